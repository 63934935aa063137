#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "kreel/admin.hpp"

namespace kreel::client {

/// Whether the brokers still answer a reader, to whom a topic without new records looks the same as
/// a broker that is gone. Times are monotonic.
class Reachability {
 public:
  enum class News { kNone, kLost, kBack };

  /// `patience_ms`: for how long silence is bearable; without it for ever.
  explicit Reachability(std::optional<std::int64_t> patience_ms) : patience_ms_(patience_ms) {}

  /// A record came, or another sign of life; kBack ends a silence.
  News heard();
  /// Nothing came, and this is how the connections stand; kLost once that has been so for a while.
  News looked(bool answering, std::int64_t now_ms);

  bool is_lost() const { return lost_; }
  /// Silence for all of the patience.
  bool gave_up(std::int64_t now_ms) const;

 private:
  std::optional<std::int64_t> patience_ms_;
  std::optional<std::int64_t> silent_since_ms_;
  bool lost_ = false;
};

/// Whether the leaders of all `partitions` answer, by librdkafka's statistics; without partitions,
/// whether any broker does. One whose connection stands is silent when nothing was received for
/// `silence_ms`.
bool leaders_answer(std::string_view statistics_json, const std::vector<TopicPartition>& partitions,
                    std::int64_t silence_ms);

}  // namespace kreel::client
