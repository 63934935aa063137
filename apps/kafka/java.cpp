#include "kafka/java.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <numeric>

#include <fmt/format.h>
#include <kreel/errors.hpp>
#include <kreel/text.hpp>

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kErrors = "org.apache.kafka.common.errors.";

struct ErrorFacts {
  std::int16_t code;
  std::string_view exception;  // where it is not the code's name in camel case
  std::string_view text;       // what Java says where the broker says nothing
};

constexpr auto kErrorFacts = std::to_array<ErrorFacts>({
    {-1, "UnknownServerException",
     "The server experienced an unexpected error when processing the request."},
    {1, "", "The requested offset is not within the range of offsets maintained by the server."},
    {3, "", "This server does not host this topic-partition."},
    {5, "",
     "There is no leader for this topic-partition as we are in the middle of a leadership "
     "election."},
    {6, "NotLeaderOrFollowerException",
     "For requests intended only for the leader, this error indicates that the broker is not the "
     "current leader. For requests intended for any replica, this error indicates that the broker "
     "is not a replica of the topic partition."},
    {7, "TimeoutException", "The request timed out."},
    {10, "RecordTooLargeException",
     "The request included a message larger than the max message size the server will accept."},
    {15, "", "The coordinator is not available."},
    {16, "", "This is not the correct coordinator."},
    {17, "InvalidTopicException",
     "The request attempted to perform an operation on an invalid topic."},
    {19, "", "Messages are rejected since there are fewer in-sync replicas than required."},
    {24, "", "The group id is invalid."},
    {25, "", "The coordinator is not aware of this member."},
    {29, "", "Topic authorization failed."},
    {30, "", "Group authorization failed."},
    {31, "", "Cluster authorization failed."},
    {35, "", "The version of API is not supported."},
    {36, "TopicExistsException", "Topic with this name already exists."},
    {37, "", "Number of partitions is below 1."},
    {38, "",
     "Replication factor is below 1 or larger than the number of available brokers."},
    {39, "", "Replica assignment is invalid."},
    {40, "InvalidConfigurationException", "Configuration is invalid."},
    {41, "", "This is not the correct controller for this cluster."},
    {42, "",
     "This most likely occurs because of a request being malformed by the client library or the "
     "message was sent to an incompatible broker. See the broker logs for more details."},
    {44, "", "Request parameters do not satisfy the configured policy."},
    {48, "InvalidTxnStateException",
     "The producer attempted a transactional operation in an invalid state."},
    {53, "", "The transactional id authorization failed."},
    {54, "", "Security features are disabled."},
    {56, "KafkaStorageException", "Disk error when trying to access log file on the disk."},
    {57, "", "The user-specified log directory is not found in the broker config."},
    {58, "", "SASL Authentication failed."},
    {68, "GroupNotEmptyException", "The group is not empty."},
    {69, "", "The group id does not exist."},
    {73, "", "Topic deletion is disabled."},
    {80, "", "Replica is not available for the requested topic-partition."},
    {83, "", "Eligible topic partition leaders are not available."},
    {84, "", "Leader election not needed for topic partition."},
    {85, "", "No partition reassignment is in progress."},
    {86, "",
     "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to "
     "it."},
    {91, "", "A request illegally referred to a resource that does not exist."},
    {95, "", "The version of an unsupported feature."},
    {105, "", "The transactionalId could not be found."},
});

// UNKNOWN_TOPIC_OR_PARTITION is UnknownTopicOrPartitionException.
std::string camel_case(std::string_view name) {
  std::string result;
  bool upper = true;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    const bool is_lower = !upper && c >= 'A' && c <= 'Z';
    result += is_lower ? static_cast<char>(c - 'A' + 'a') : c;
    upper = false;
  }
  constexpr std::string_view kSuffix = "Exception";
  return result.ends_with(kSuffix) ? result : result + std::string(kSuffix);
}

// The library's text is `topic "x": WORDS OF THE BROKER (NAME)` where the broker said something.
std::string words_of_broker(const ItemError& error, std::string_view name) {
  const std::string& text = error.error.message();
  const std::string end = fmt::format(" ({})", name);
  const auto quoted = text.find("\": ");
  const auto numbered = text.find("]: ");
  const auto colon = std::min(quoted, numbered);
  if (!text.ends_with(end) || colon == std::string::npos) return {};
  return text.substr(colon + 3, text.size() - end.size() - colon - 3);
}

// As short as it can be while it is still this number, with a point always.
template <class Real>
std::string java_real(Real number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  const Real size = std::abs(number);
  const bool is_plain = size == 0 || (size >= Real(1e-3) && size < Real(1e7));
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 is_plain ? std::chars_format::fixed
                                          : std::chars_format::scientific);
  const std::string digits(text.data(), end.ptr);
  const auto e = digits.find('e');
  std::string mantissa = digits.substr(0, e);
  if (mantissa.find('.') == std::string::npos) mantissa += ".0";
  if (e == std::string::npos) return mantissa;
  std::string_view exponent = std::string_view(digits).substr(e + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  return fmt::format("{}E{}", mantissa, *parse_int32(exponent));
}

std::size_t bucket_of(const std::string& key, std::size_t capacity) {
  const auto hash = static_cast<std::uint32_t>(java_hash(key));
  return (hash ^ (hash >> 16)) & (capacity - 1);
}

std::vector<std::size_t> by_bucket(const std::vector<std::string>& keys,
                                   std::vector<std::size_t> order, std::size_t capacity) {
  // floor(0.75 n) keys fit; one more doubles the table.
  while (keys.size() > capacity * 3 / 4) capacity *= 2;
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return bucket_of(keys[i], capacity); });
  return order;
}

}  // namespace

std::string JavaError::text() const {
  return message.empty() ? type : fmt::format("{}: {}", type, message);
}

JavaError java_error(const ItemError& error, std::string_view broker_text) {
  JavaError result{JavaError::Kind::kThrown, "", "", error.error.kind()};
  if (error.code == 0) return java_error(error.error, "metadata");
  const auto codes = protocol_errors();
  const auto named = std::ranges::find(codes, error.code, &ProtocolError::code);
  const auto facts = std::ranges::find(kErrorFacts, error.code, &ErrorFacts::code);
  const bool has_facts = facts != kErrorFacts.end();
  if (has_facts && !facts->exception.empty()) {
    result.type = std::string(kErrors) + std::string(facts->exception);
  } else {
    result.type = std::string(kErrors) +
                  (named == codes.end() ? "UnknownServerException" : camel_case(named->name));
  }
  result.message = words_of_broker(error, named == codes.end() ? "" : named->name);
  if (result.message.empty()) result.message = broker_text;
  if (result.message.empty()) {
    result.message = has_facts ? std::string(facts->text) : error.error.message();
  }
  return result;
}

JavaError java_error(const Error& error, std::string_view call) {
  JavaError result{JavaError::Kind::kThrown, "", error.message(), error.kind()};
  switch (error.kind()) {
    case ErrorKind::kUnreachable:
      result.type = std::string(kErrors) + "TimeoutException";
      result.message = fmt::format("Timed out waiting for a node assignment. Call: {}", call);
      break;
    case ErrorKind::kAuthentication:
      result.type = std::string(kErrors) + "SaslAuthenticationException";
      break;
    case ErrorKind::kNotAuthorized:
      result.type = std::string(kErrors) + "ClusterAuthorizationException";
      break;
    case ErrorKind::kUsage:
      result.type = "org.apache.kafka.common.config.ConfigException";
      break;
    default:
      result.type = std::string(kErrors) + "UnsupportedVersionException";
      break;
  }
  return result;
}

std::string log_line(std::string_view level, std::string_view message, std::string_view logger,
                     std::int64_t now_ms) {
  const auto seconds = static_cast<std::time_t>(now_ms / 1000);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return fmt::format("[{:04}-{:02}-{:02} {:02}:{:02}:{:02},{:03}] {} {} ({})\n",
                     local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, local.tm_hour,
                     local.tm_min, local.tm_sec, now_ms % 1000, level, message, logger);
}

std::string java_double(double number) {
  return java_real(number);
}

std::string java_float(float number) {
  return java_real(number);
}

std::int32_t java_hash(std::string_view text) {
  std::uint32_t hash = 0;
  for (const char c : text) hash = 31 * hash + static_cast<unsigned char>(c);
  return static_cast<std::int32_t>(hash);
}

std::vector<std::size_t> hash_map_order(const std::vector<std::string>& keys,
                                        std::size_t capacity) {
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return by_bucket(keys, std::move(order), capacity);
}

std::vector<std::size_t> copied_hash_map_order(const std::vector<std::string>& keys) {
  std::size_t capacity = 1;
  while (capacity < keys.size()) capacity *= 2;
  return by_bucket(keys, hash_map_order(keys), capacity);
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string java_name(const TopicPartition& at) {
  return fmt::format("{}-{}", at.topic, at.partition);
}

std::string java_name(const BrokerInfo& broker) {
  return fmt::format("{}:{} (id: {} rack: {} isFenced: {})", broker.host, broker.port, broker.id,
                     broker.rack.value_or("null"), broker.fenced);
}

}  // namespace kreel::kafka_tools
