#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/position.hpp>
#include <kreel/result.hpp>

namespace kreel::cli {

// What a value is, for shell completion, for --help and for reading it.
enum class ValueKind {
  kText,
  kNumber,
  kSize,
  kDuration,
  kPosition,
  kTime,
  kTopic,
  kGroup,
  kFile,
  kDirectory,
  kBroker,
  kProfile,
  kChoice,
  kKeyValue
};

struct Size {
  std::int64_t bytes = 0;
};
struct Instant {
  std::int64_t time_ms = 0;  // since 1970-01-01 UTC
};
struct KeyValue {
  std::string key;
  std::string value;
  bool operator==(const KeyValue&) const = default;
};

// ValueType<T>: how a T is read from the command line, shown in help and completed in a shell. A
// command's Args may hold any T that has one, std::optional<T> and std::vector<T>. The errors of
// parse() do not name the option: the caller does.
template <class T>
struct ValueType;

template <>
struct ValueType<std::string> {
  static constexpr ValueKind kKind = ValueKind::kText;
  static constexpr std::string_view kName = "TEXT";
  static Result<std::string> parse(std::string_view text, const TimeContext&) {
    return std::string(text);
  }
  static std::string show(const std::string& value) { return value; }
};

#define KREEL_VALUE_TYPE(TYPE, KIND, NAME)                                        \
  template <>                                                                     \
  struct ValueType<TYPE> {                                                        \
    static constexpr ValueKind kKind = ValueKind::KIND;                           \
    static constexpr std::string_view kName = NAME;                               \
    static Result<TYPE> parse(std::string_view text, const TimeContext& context); \
    static std::string show(const TYPE& value);                                   \
  }

KREEL_VALUE_TYPE(std::int32_t, kNumber, "N");
KREEL_VALUE_TYPE(std::int64_t, kNumber, "N");
KREEL_VALUE_TYPE(double, kNumber, "X");
KREEL_VALUE_TYPE(std::chrono::milliseconds, kDuration, "DURATION");
KREEL_VALUE_TYPE(Size, kSize, "SIZE");
KREEL_VALUE_TYPE(Instant, kTime, "TIME");
KREEL_VALUE_TYPE(KeyValue, kKeyValue, "KEY=VALUE");
KREEL_VALUE_TYPE(Position, kPosition, "POSITION");
KREEL_VALUE_TYPE(PositionRange, kPosition, "POSITION..POSITION");
KREEL_VALUE_TYPE(RewindBy, kDuration, "DURATION|N");
KREEL_VALUE_TYPE(TopicPartitions, kTopic, "TOPIC[:PARTITIONS]");
// The partitions of one topic: "0,3-5".
KREEL_VALUE_TYPE(std::vector<std::int32_t>, kText, "PARTITIONS");

#undef KREEL_VALUE_TYPE

}  // namespace kreel::cli
