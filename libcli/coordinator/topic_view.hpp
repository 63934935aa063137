#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.hpp"

namespace kreel::coordinator {

/// The topics as of now. Asked on every shard's thread, so implementations are thread-safe.
class TopicView {
 public:
  struct Topic {
    Uuid id;
    std::int32_t partition_count = 0;
  };

  virtual ~TopicView() = default;
  virtual std::optional<Topic> find(std::string_view name) const = 0;
  virtual std::optional<std::string> name_of(const Uuid& id) const = 0;
};

}  // namespace kreel::coordinator
