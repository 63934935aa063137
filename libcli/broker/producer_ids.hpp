#pragma once

#include <functional>
#include <optional>

#include "base/types.hpp"

namespace kreel::broker {

class Broker;
class IoThread;

/// A producer id that nobody has had; nullopt when none can be made durable. `done` is called on
/// the io thread, at once unless a new block of ids has to be written.
void next_producer_id(Broker& broker, IoThread& io,
                      std::function<void(std::optional<ProducerId>)> done);

}  // namespace kreel::broker
