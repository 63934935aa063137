#pragma once

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "protocol/error_code.hpp"
#include "protocol/visit.hpp"

namespace kreel::protocol {

/// `text` in quotes. Bytes outside of printable ASCII become \u00HH: a dump is one line for people,
/// whatever a stranger put into a name.
std::string json_quoted(std::string_view text);

/// Prints the fields that one version of a message has, in their order on the wire, as one line of
/// JSON. For debugging: opaque bytes and records show their size alone, so that no payload and no
/// secret gets into a log (CVE-2026-33558).
template <class Struct>
class JsonDumper {
 public:
  JsonDumper(const Struct& value, Version version, std::string& out)
      : value_(value), version_(version), out_(out) {}

  template <class T>
  void operator()(const char* name, T Struct::*field, FieldVersions versions) {
    if (!versions.contains(version_)) return;
    out_ += std::exchange(separator_, ",");
    fmt::format_to(std::back_inserter(out_), "\"{}\":", name);
    dump(value_.*field);
  }
  template <class T>
  void tagged(std::uint32_t, const char* name, T Struct::*field, FieldVersions versions) {
    (*this)(name, field, versions);
  }

 private:
  template <class T>
  void dump(const T& value) {
    auto to = std::back_inserter(out_);
    if constexpr (is_optional<T>::value) {
      if (!value) {
        out_ += "null";
      } else {
        dump(*value);
      }
    } else if constexpr (std::is_same_v<T, ErrorCode>) {
      fmt::format_to(to, "\"{}\"", to_string(value));
    } else if constexpr (std::is_arithmetic_v<T>) {
      fmt::format_to(to, "{}", value);
    } else if constexpr (std::is_same_v<T, Uuid>) {
      fmt::format_to(to, "\"{}\"", value.to_string());
    } else if constexpr (std::is_same_v<T, std::string>) {
      out_ += json_quoted(value);
    } else if constexpr (std::is_same_v<T, Bytes>) {
      fmt::format_to(to, "\"{} bytes\"", value.size());
    } else if constexpr (std::is_same_v<T, Records>) {
      if (value.is_null()) {
        out_ += "null";
      } else {
        fmt::format_to(to, "\"{} bytes\"", value.size_bytes());
      }
    } else if constexpr (ArrayField<T>) {
      out_ += '[';
      const char* separator = "";
      for (const auto& element : value) {
        out_ += std::exchange(separator, ",");
        dump(element);
      }
      out_ += ']';
    } else {
      out_ += '{';
      JsonDumper<T> nested(value, version_, out_);
      T::fields(nested);
      out_ += '}';
    }
  }

  const Struct& value_;
  Version version_;
  std::string& out_;
  const char* separator_ = "";
};

template <class Message>
std::string json_text(const Message& message, Version version) {
  std::string out = "{";
  JsonDumper<Message> dumper(message, version, out);
  Message::fields(dumper);
  out += '}';
  return out;
}

}  // namespace kreel::protocol
