#include "kafka/line_message.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kKafkaException = "org.apache.kafka.common.KafkaException";
constexpr int kLineIdleMs = 200;
constexpr std::size_t kLineReadBytes = 1 << 16;

bool is_java_true(std::string_view text) {
  return equals_ignore_case(trim(text), "true");
}

// Bytes of the UTF-8 sequence at the front of `text`; 0 where there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80                     ? 1
                             : first >= 0xc2 && first < 0xe0  ? 2
                             : first >= 0xe0 && first < 0xf0  ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool outside = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
  return overlong || outside ? 0 : length;
}

}  // namespace

std::string java_text(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    result += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

Outcome<PropertyMap> property_map(const std::vector<std::string>& texts) {
  PropertyMap map;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    if (equals == 0) return illegal_argument("Invalid command line properties: " + text);
    map[text.substr(0, equals)] = equals == std::string::npos ? "" : text.substr(equals + 1);
  }
  return map;
}

Outcome<LineMessage> LineMessage::make(const PropertyMap& properties) {
  LineMessage result;
  const auto flag = [&](std::string_view name, bool& into) {
    if (const auto at = properties.find(name); at != properties.end()) {
      into = is_java_true(at->second);
    }
  };
  const auto text = [&](std::string_view name, std::string& into) {
    if (const auto at = properties.find(name); at != properties.end()) into = at->second;
  };
  flag("parse.key", result.parse_key_);
  flag("parse.headers", result.parse_headers_);
  flag("ignore.error", result.ignore_error_);
  text("key.separator", result.key_separator_);
  text("headers.delimiter", result.headers_delimiter_);
  text("headers.separator", result.headers_separator_);
  text("headers.key.separator", result.header_key_separator_);
  if (const auto at = properties.find("null.marker"); at != properties.end()) {
    result.null_marker_ = at->second;
  }
  TRY(result.check());
  return result;
}

Outcome<void> LineMessage::check() const {
  struct Named {
    std::string_view name;
    const std::string* value;
  };
  std::vector<Named> parts = {{"headers.delimiter", &headers_delimiter_},
                              {"headers.separator", &headers_separator_},
                              {"headers.key.separator", &header_key_separator_}};
  const auto same = [](std::string_view left, std::string_view right) {
    return thrown(std::string(kKafkaException),
                  fmt::format("{} and {} may not be equal", left, right), ErrorKind::kUsage);
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (std::size_t j = i + 1; j < parts.size(); ++j) {
      if (*parts[i].value == *parts[j].value) return same(parts[i].name, parts[j].name);
    }
  }
  if (!null_marker_) return {};
  parts.insert(parts.begin(), {"key.separator", &key_separator_});
  for (const Named& part : parts) {
    if (*null_marker_ == *part.value) return same("null.marker", part.name);
  }
  return {};
}

Outcome<std::optional<std::string_view>> LineMessage::take(std::string_view& line,
                                                           const std::string& separator,
                                                           std::string_view what,
                                                           std::string_view whole,
                                                           std::int64_t number) const {
  const auto at = line.find(separator);
  if (at == std::string_view::npos) {
    if (ignore_error_) return std::optional<std::string_view>();
    return thrown(std::string(kKafkaException),
                  fmt::format("No {} found on line number {}: '{}'", what, number, whole),
                  ErrorKind::kBadInput);
  }
  const std::string_view taken = line.substr(0, at);
  line.remove_prefix(at + separator.size());
  return std::optional<std::string_view>(taken);
}

std::optional<std::string> LineMessage::unless_null(std::string_view text) const {
  if (null_marker_ && text == *null_marker_) return std::nullopt;
  return std::string(text);
}

Outcome<void> LineMessage::add_headers(std::string_view text, std::int64_t number,
                                       Record& record) const {
  if (null_marker_ && text == *null_marker_) return {};
  while (true) {
    const auto end = text.find(headers_separator_);
    const std::string_view pair = text.substr(0, end);
    const auto colon = pair.find(header_key_separator_);
    if (colon == std::string_view::npos) {
      if (!ignore_error_) {
        return thrown(std::string(kKafkaException),
                      fmt::format("No header key separator found in pair '{}' on line number {}",
                                  pair, number),
                      ErrorKind::kBadInput);
      }
      record.headers.emplace_back(std::string(pair), std::nullopt);
    } else {
      const std::string_view key = pair.substr(0, colon);
      if (null_marker_ && key == *null_marker_) {
        return thrown(std::string(kKafkaException),
                      fmt::format("Header keys should not be equal to the null marker '{}' as they "
                                  "can't be null",
                                  *null_marker_),
                      ErrorKind::kBadInput);
      }
      record.headers.emplace_back(std::string(key),
                                  unless_null(pair.substr(colon + header_key_separator_.size())));
    }
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + headers_separator_.size());
  }
}

Outcome<Record> LineMessage::parse(std::string_view line, std::int64_t number) const {
  Record record;
  std::string_view rest = line;
  if (parse_headers_) {
    TRY_ASSIGN(const auto headers,
               take(rest, headers_delimiter_, "headers delimiter", line, number));
    if (headers) TRY(add_headers(*headers, number, record));
  }
  if (parse_key_) {
    TRY_ASSIGN(const auto key, take(rest, key_separator_, "key separator", line, number));
    if (key) record.key = unless_null(*key);
  }
  record.value = unless_null(rest);
  return record;
}

bool JavaLines::fill() {
  std::array<pollfd, 2> waits{pollfd{descriptor_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
  while (::poll(waits.data(), waits.size(), kLineIdleMs) <= 0) idle_();
  if (waits[1].revents != 0) return false;
  std::array<char, kLineReadBytes> bytes;
  ssize_t got = 0;
  do {
    got = ::read(descriptor_, bytes.data(), bytes.size());
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return false;
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> JavaLines::next() {
  std::size_t scanned = at_;
  while (true) {
    if (after_return_ && at_ < buffer_.size()) {
      if (buffer_[at_] == '\n') ++at_;
      scanned = std::max(scanned, at_);
      after_return_ = false;
    }
    const auto end = buffer_.find_first_of("\r\n", scanned);
    if (end != std::string::npos) {
      const std::string line = java_text(std::string_view(buffer_).substr(at_, end - at_));
      after_return_ = buffer_[end] == '\r';
      at_ = end + 1;
      return line;
    }
    if (at_end_) break;
    const std::size_t left = buffer_.size() - at_;
    at_end_ = !fill();
    scanned = at_end_ ? at_ : left;
  }
  if (at_ >= buffer_.size()) return std::nullopt;
  const std::string line = java_text(std::string_view(buffer_).substr(at_));
  at_ = buffer_.size();
  return line;
}

}  // namespace kreel::kafka_tools
