#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <kreel/admin.hpp>
#include <kreel/consumer.hpp>
#include <kreel/position.hpp>

#include "cli/value_types.hpp"

namespace kreel::cli {

// The value of --from: a position, or two around "..".
struct FromPosition {
  PositionRange range;
};
template <>
struct ValueType<FromPosition> {
  static constexpr ValueKind kKind = ValueKind::kPosition;
  static constexpr std::string_view kName = "POSITION";
  static Result<FromPosition> parse(std::string_view text, const TimeContext& context);
  static std::string show(const FromPosition&) { return {}; }
};

// What to read, as it was asked for.
struct ReadScope {
  std::vector<TopicPartitions> topics;
  std::optional<std::string> regex;      // in place of topics
  std::vector<std::int32_t> partitions;  // of each topic; empty: those of `topics`, or all
  std::optional<Position> from;          // empty: the log start
  std::optional<Position> until;         // empty: follow
  Isolation isolation = Isolation::kReadCommitted;  // says where a log ends
};

// With which a consumer of this configuration reads.
Isolation isolation_of(const ClientConfig& config);

// The partitions with their offsets. kNotFound for unknown topics (with the nearest), partitions
// that do not exist, an explicit offset out of range, and a regex that fits no topic.
Result<std::vector<ReadRange>> plan_ranges(AdminClient& admin, const ReadScope& scope);

// What was there when reading began, by partition.
class Backlog {
 public:
  static Result<Backlog> of(AdminClient& admin, ReadScope scope);
  bool contains(const RecordView& record) const;

 private:
  std::map<TopicPartition, std::int64_t> ends_;
};

// How many offsets lie between the starts and the ends, when all ends are fixed.
std::optional<std::int64_t> offsets_between(const std::vector<ReadRange>& ranges);

// Names for Consumer::subscribe(), each topic looked up before.
Result<std::vector<std::string>> plan_subscription(AdminClient& admin, const ReadScope& scope);
// Whether librdkafka, which knows POSIX's expressions alone, can look for topics by it.
bool is_posix_pattern(std::string_view regex);

}  // namespace kreel::cli
