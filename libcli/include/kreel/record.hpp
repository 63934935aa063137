#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kreel/export.hpp"
#include "kreel/result.hpp"

namespace kreel {

enum class TimestampType { kNone, kCreateTime, kLogAppendTime };

/// "create_time", "log_append_time", "none".
KREEL_API std::string_view to_string(TimestampType type);

struct RecordHeaderView {
  std::string_view name;
  std::optional<std::string_view> value;  ///< null and empty differ
};

/// A record whose bytes belong to somebody else: see there how long they live.
struct RecordView {
  std::string_view topic;
  std::optional<std::int32_t> partition;  ///< empty in a record to be produced: the partitioner's
  std::optional<std::int64_t> offset;     ///< empty before it is written
  std::optional<std::int64_t> timestamp_ms;  ///< since 1970-01-01 UTC; empty: the producer's clock
  TimestampType timestamp_type = TimestampType::kNone;
  std::optional<std::string_view> key;  ///< null and empty differ
  std::optional<std::string_view> value;
  std::span<const RecordHeaderView> headers;  ///< in order, with duplicates
};

/// A record that owns its bytes. A value type.
struct Record {
  std::string topic;
  std::optional<std::int32_t> partition;
  std::optional<std::int64_t> offset;
  std::optional<std::int64_t> timestamp_ms;
  TimestampType timestamp_type = TimestampType::kNone;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;

  bool operator==(const Record&) const = default;
  KREEL_API static Record copy_of(const RecordView& view);
};

/// `record` as a view that lasts until the next call on this object or a change of `record`: header
/// storage is reused from record to record.
class KREEL_API RecordViewBuffer {
 public:
  RecordView view_of(const Record& record);

 private:
  std::vector<RecordHeaderView> headers_;
};

/// Appends `record` to `out` as one JSON object and a line feed: {"topic":…,"partition":…,
/// "offset":…,"ts":…,"ts_type":…,"key":…,"value":…,"headers":[[name,value],…]}. Bytes that are not
/// UTF-8 become {"b64":"…"}; null is null and empty is "".
KREEL_API void append_jsonl(const RecordView& record, std::string& out);

/// Reads what append_jsonl() wrote, in any key order and with absent keys as null. Every key that
/// it does not know is an error. `source` and `line_number` (from 1) stand in front of the message:
/// "stdin:1042:17: expected ','". ErrorKind::kBadInput.
KREEL_API Result<Record> parse_jsonl(std::string_view line, std::string_view source,
                                     std::int64_t line_number);

}  // namespace kreel
