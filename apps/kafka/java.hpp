#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/admin.hpp>
#include <kreel/result.hpp>

namespace kreel::kafka_tools {

// A Java exception, as Apache's tools show it: there are no stack traces here, but the class and
// the message are what scripts look for.
struct JavaError {
  enum class Kind {
    kParse,   // what the option parser throws
    kUsage,   // message and option table on stderr
    kThrown,  // anything later
    kBare     // the message alone, on stderr
  };
  Kind kind = Kind::kThrown;
  std::string type;                       // "org.apache.kafka.common.errors.TopicExistsException"
  std::string message;                    // getMessage()
  ErrorKind reason = ErrorKind::kFailed;  // for KREEL_STRICT_EXIT
  std::string cause = {};  // the exception below it, where one says more: "TYPE: MESSAGE"

  // "TYPE: MESSAGE", as Throwable.toString().
  std::string text() const;
  // An answer of a broker, or that there was none: what Java has as the cause of another exception.
  bool is_answer() const;
};

template <class T>
using Outcome = tl::expected<T, JavaError>;

inline tl::unexpected<JavaError> thrown(std::string type, std::string message,
                                        ErrorKind reason = ErrorKind::kFailed) {
  return tl::unexpected(
      JavaError{JavaError::Kind::kThrown, std::move(type), std::move(message), reason});
}
// The same for what the arguments alone show to be wrong.
inline tl::unexpected<JavaError> illegal_argument(std::string message) {
  return thrown("java.lang.IllegalArgumentException", std::move(message), ErrorKind::kUsage);
}
inline tl::unexpected<JavaError> usage_exit(std::string message) {
  return tl::unexpected(
      JavaError{JavaError::Kind::kUsage, "", std::move(message), ErrorKind::kUsage});
}

// The exception that Java's clients throw for an error of the protocol. Its message is what the
// broker said; `broker_text` where the library has kept only words of its own.
JavaError java_error(const ItemError& error, std::string_view broker_text = {});
// For a call that failed as a whole; `call` is what Java's admin client names it: "listTopics".
JavaError java_error(const Error& error, std::string_view call);

// What Java says instead where all brokers were to be asked for their groups, and none was found.
JavaError no_broker_with_groups(const JavaError& error);

template <class T>
Outcome<T> in_java(Result<T> result, std::string_view call) {
  if (!result) return tl::unexpected(java_error(result.error(), call));
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

// "[2026-01-31 12:00:00,123] WARN MESSAGE (LOGGER)" and a line feed, local time, as log4j has it.
std::string log_line(std::string_view level, std::string_view message, std::string_view logger,
                     std::int64_t now_ms);

// Double.toString(): "1024.0", "1.0E7", "1.0E-4".
std::string java_double(double number);
std::string java_float(float number);
// String.hashCode() of ASCII text.
std::int32_t java_hash(std::string_view text);
// The order in which a HashMap with `capacity` to begin with has the keys that were put into it in
// this order: indexes of `keys`.
std::vector<std::size_t> hash_map_order(const std::vector<std::string>& keys,
                                        std::size_t capacity = 16);
// The same for keys with these hash codes.
std::vector<std::size_t> hash_map_order(const std::vector<std::int32_t>& hashes,
                                        std::size_t capacity);
// The capacity of a HashMap(count).
std::size_t table_size_for(std::size_t count);
// That of a HashMap(keys.size()) that was filled by going through such a map.
std::vector<std::size_t> copied_hash_map_order(const std::vector<std::string>& keys);

// "a, b, c"
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// "topic-0", as TopicPartition.toString().
std::string java_name(const TopicPartition& at);
// "host:9092 (id: 1 rack: null isFenced: false)", as Node.toString().
std::string java_name(const BrokerInfo& broker);

}  // namespace kreel::kafka_tools
