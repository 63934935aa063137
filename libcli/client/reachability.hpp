#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <memory>
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
  bool is_silent() const { return silent_since_ms_.has_value(); }
  /// Silence for all of the patience.
  bool gave_up(std::int64_t now_ms) const;
  /// The reader did not look for a while, so nothing is known of that time.
  void was_away() { silent_since_ms_.reset(); }

 private:
  std::optional<std::int64_t> patience_ms_;
  std::optional<std::int64_t> silent_since_ms_;
  bool lost_ = false;
};

/// Partitions that are not read to their end, and where their next fetch begins; -1 where that is
/// not known yet.
using UnreadPositions = std::map<TopicPartition, std::int64_t>;

/// Whether fetches bring what there is. Brokers may answer and yet give nothing, for instance when
/// each says that another one leads. Times are monotonic.
class FetchProgress {
 public:
  explicit FetchProgress(std::optional<std::int64_t> patience_ms) : patience_ms_(patience_ms) {}

  /// A record came, or the word that a partition is at its end.
  void heard() { moved_ms_.reset(); }
  void looked(UnreadPositions unread, std::int64_t now_ms);
  void was_away() { moved_ms_.reset(); }

  /// Something is unread, and none of it has moved between the last two looks.
  bool stands_still() const { return stands_still_ && moved_ms_; }
  /// One of the partitions that have not moved for all of the patience.
  const TopicPartition* gave_up(std::int64_t now_ms) const;

 private:
  std::optional<std::int64_t> patience_ms_;
  std::optional<std::int64_t> moved_ms_;
  UnreadPositions unread_;
  bool stands_still_ = false;
};

/// librdkafka's statistics, as far as they say how reading goes.
class ReadStatistics {
 public:
  explicit ReadStatistics(std::string_view json);
  ~ReadStatistics();

  /// Whether the leaders of all `partitions` answer; without partitions, whether any broker does.
  /// One whose connection stands is silent when nothing was received for `silence_ms`.
  bool leaders_answer(const std::vector<TopicPartition>& partitions,
                      std::int64_t silence_ms) const;
  UnreadPositions unread(const std::vector<TopicPartition>& partitions) const;

 private:
  std::unique_ptr<nlohmann::json> root_;
};

}  // namespace kreel::client
