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
  std::string_view exception;
  std::string_view text;  // what Java says where the broker says nothing
};

constexpr auto kErrorFacts = std::to_array<ErrorFacts>({
#define KREEL_JAVA_ERROR(code, exception, text) {code, #exception, text},
#include "kafka/java_errors.def"
#undef KREEL_JAVA_ERROR
});

const ErrorFacts& facts_of(std::int16_t code) {
  const auto at = std::ranges::find(kErrorFacts, code, &ErrorFacts::code);
  return at == kErrorFacts.end() ? kErrorFacts.front() : *at;
}

// The library's text is `topic "x": WORDS OF THE BROKER (NAME)` where the broker said something.
std::string words_of_broker(const ItemError& error, std::string_view name) {
  const std::string& text = error.error.message();
  const std::string end = fmt::format(" ({})", name);
  const auto quoted = text.find("\": ");
  const auto numbered = text.find("]: ");
  // Behind a name, or what has none: "the cluster: ".
  std::size_t begin = std::min(quoted, numbered);
  begin = begin == std::string::npos ? text.find(": ") : begin + 1;
  if (!text.ends_with(end) || begin == std::string::npos) return {};
  return text.substr(begin + 2, text.size() - end.size() - begin - 2);
}

// The code that the library's text ends with: "… (NAME)", or "…: NAME".
const ProtocolError* code_at_end(std::string_view text) {
  if (text.ends_with(')')) text.remove_suffix(1);
  const std::string_view name = text.substr(text.find_last_of(" (") + 1);
  const auto codes = protocol_errors();
  const auto at = std::ranges::find(codes, name, &ProtocolError::name);
  return at == codes.end() ? nullptr : &*at;
}

// "not authorized: WRITE on topic "x"" has no code.
std::int16_t authorization_code(std::string_view text) {
  if (text.find(" on topic ") != std::string_view::npos) return 29;
  if (text.find(" on group ") != std::string_view::npos) return 30;
  if (text.find(" on transactional") != std::string_view::npos) return 53;
  return 31;
}

constexpr std::int16_t kUnknownTopicOrPartition = 3;

// What Apache's broker says of a wrong password, which kreel's client and librdkafka tell in words
// of their own: `authentication failed for user "al" (PLAIN)`, "…: SASL authentication error: …
// (after 3ms in state AUTH_REQ)".
std::string login_failure(std::string_view text) {
  constexpr std::string_view kOwn = "authentication failed for user ";
  constexpr std::string_view kLibrary = "SASL authentication error: ";
  if (text.starts_with(kOwn) && text.ends_with("(PLAIN)")) {
    return "Authentication failed: Invalid username or password";
  }
  const auto mechanism = text.rfind('(');
  if (text.starts_with(kOwn) && mechanism != std::string_view::npos && text.ends_with(')')) {
    return fmt::format(
        "Authentication failed during authentication due to invalid credentials with SASL "
        "mechanism {}",
        text.substr(mechanism + 1, text.size() - mechanism - 2));
  }
  const auto said = text.find(kLibrary);
  if (said == std::string_view::npos) return std::string(text);
  const std::string_view reason = text.substr(said + kLibrary.size());
  return std::string(reason.substr(0, reason.rfind(" (after ")));
}

// As short as it can be while it is still this number, with a point always.
template <class Real>
std::string java_real(Real number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  const Real size = std::abs(number);
  const bool is_plain = size == 0 || (size >= Real(1e-3) && size < Real(1e7));
  std::array<char, 64> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), number,
                    is_plain ? std::chars_format::fixed : std::chars_format::scientific);
  const std::string digits(text.data(), end.ptr);
  const auto e = digits.find('e');
  std::string mantissa = digits.substr(0, e);
  if (mantissa.find('.') == std::string::npos) mantissa += ".0";
  if (e == std::string::npos) return mantissa;
  std::string_view exponent = std::string_view(digits).substr(e + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  return fmt::format("{}E{}", mantissa, *parse_int32(exponent));
}

std::size_t bucket_of(std::int32_t hash, std::size_t capacity) {
  const auto bits = static_cast<std::uint32_t>(hash);
  return (bits ^ (bits >> 16)) & (capacity - 1);
}

std::vector<std::int32_t> hashes_of(const std::vector<std::string>& keys) {
  std::vector<std::int32_t> hashes;
  for (const std::string& key : keys) hashes.push_back(java_hash(key));
  return hashes;
}

std::vector<std::size_t> by_bucket(const std::vector<std::int32_t>& hashes,
                                   std::vector<std::size_t> order, std::size_t capacity) {
  // floor(0.75 n) keys fit; one more doubles the table.
  while (hashes.size() > capacity * 3 / 4) capacity *= 2;
  std::ranges::stable_sort(order, {},
                           [&](std::size_t i) { return bucket_of(hashes[i], capacity); });
  return order;
}

}  // namespace

std::string JavaError::text() const {
  return message.empty() ? type : fmt::format("{}: {}", type, message);
}

bool JavaError::is_answer() const {
  return kind == Kind::kThrown && type.starts_with(kErrors);
}

JavaError java_error(const ItemError& error, std::string_view broker_text) {
  JavaError result{JavaError::Kind::kThrown, "", "", error.error.kind()};
  if (error.code == 0) return java_error(error.error, "metadata");
  const auto codes = protocol_errors();
  const auto named = std::ranges::find(codes, error.code, &ProtocolError::code);
  const ErrorFacts& facts = facts_of(error.code);
  result.type = std::string(kErrors) + std::string(facts.exception);
  result.message = words_of_broker(error, named == codes.end() ? "" : named->name);
  if (result.message.empty()) result.message = broker_text;
  if (result.message.empty()) result.message = facts.text;
  return result;
}

JavaError java_error(const Error& error, std::string_view call) {
  JavaError result{JavaError::Kind::kThrown, "", error.message(), error.kind()};
  if (const ProtocolError* named = code_at_end(error.message())) {
    return java_error(ItemError{error, named->code});
  }
  switch (error.kind()) {
    case ErrorKind::kUnreachable:
      result.type = std::string(kErrors) + "TimeoutException";
      result.message = fmt::format("Timed out waiting for a node assignment. Call: {}", call);
      break;
    case ErrorKind::kAuthentication:
      result.type = std::string(kErrors) + "SaslAuthenticationException";
      result.message = login_failure(result.message);
      break;
    case ErrorKind::kNotAuthorized:
      return java_error(ItemError{error, authorization_code(error.message())});
    case ErrorKind::kNotFound:
      // Of a partition that the topic has not: kreel looks before it asks.
      result.type = std::string(kErrors) + "UnknownTopicOrPartitionException";
      result.message = facts_of(kUnknownTopicOrPartition).text;
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

JavaError no_broker_with_groups(const JavaError& error) {
  if (!error.type.ends_with("TimeoutException")) return error;
  JavaError result = error;
  result.type = "org.apache.kafka.common.KafkaException";
  result.message = "Failed to find brokers to send ListGroups";
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

std::vector<std::size_t> hash_map_order(const std::vector<std::int32_t>& hashes,
                                        std::size_t capacity) {
  std::vector<std::size_t> order(hashes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return by_bucket(hashes, std::move(order), capacity);
}

std::vector<std::size_t> hash_map_order(const std::vector<std::string>& keys,
                                        std::size_t capacity) {
  return hash_map_order(hashes_of(keys), capacity);
}

std::size_t table_size_for(std::size_t count) {
  std::size_t capacity = 1;
  while (capacity < count) capacity *= 2;
  return capacity;
}

std::vector<std::size_t> copied_hash_map_order(const std::vector<std::string>& keys) {
  return by_bucket(hashes_of(keys), hash_map_order(keys), table_size_for(keys.size()));
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
