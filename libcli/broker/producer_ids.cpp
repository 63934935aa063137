#include "broker/producer_ids.hpp"

#include <memory>
#include <utility>

#include "broker/broker.hpp"
#include "broker/io_thread.hpp"

namespace kreel::broker {

void next_producer_id(Broker& broker, IoThread& io,
                      std::function<void(std::optional<ProducerId>)> done) {
  if (const auto id = broker.catalog().next_producer_id()) return done(*id);
  auto id = std::make_shared<std::optional<ProducerId>>();
  broker.run_blocking(
      [&broker, id] {
        if (broker.catalog().reserve_producer_ids()) *id = broker.catalog().next_producer_id();
      },
      io, [id, done = std::move(done)] { done(*id); });
}

}  // namespace kreel::broker
