#pragma once

#include <fmt/format.h>

#include <iterator>

#include "protocol/error_code.hpp"
#include "protocol/visit.hpp"

namespace kreel::protocol {

struct SchemaField {
  int depth;
  const char* name;
  bool is_array;
  const char* wire_type;
  FieldVersions versions;
  const std::string& tag;
  std::string default_text;
};

inline void print_field(const SchemaField& field, std::string& out) {
  const auto to = std::back_inserter(out);
  const FieldVersions& versions = field.versions;
  fmt::format_to(to, "{:{}}{} {}{} {}", "", 2 * field.depth, field.name, field.is_array ? "[]" : "",
                 field.wire_type, versions.first);
  if (versions.last == kNever) {
    out += '+';
  } else if (versions.last != versions.first) {
    fmt::format_to(to, "-{}", versions.last);
  }
  if (versions.nullable_first != kNever) {
    fmt::format_to(to, " nullable={}+", versions.nullable_first);
  }
  out += field.tag;
  if (versions.may_be_dropped) out += " ignorable";
  if (versions.keeps_plain_length) out += " plain_length";
  out += field.default_text;
  out += '\n';
}

/// What a field starts with, where that is not nothing.
template <class T>
std::string default_text(const T& value) {
  if constexpr (is_optional<T>::value) {
    return value ? default_text(*value) : " default=null";
  } else if constexpr (std::is_enum_v<T>) {
    return default_text(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? " default=true" : "";
  } else if constexpr (std::is_arithmetic_v<T>) {
    return value == 0 ? std::string() : fmt::format(" default={}", value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value.empty() ? std::string() : fmt::format(" default=\"{}\"", value);
  } else {
    return {};
  }
}

template <class T>
constexpr const char* wire_type() {
  if constexpr (is_optional<T>::value) return wire_type<typename T::value_type>();
  if constexpr (std::is_enum_v<T>) return wire_type<std::underlying_type_t<T>>();
  if constexpr (std::is_same_v<T, bool>) return "bool";
  if constexpr (std::is_same_v<T, std::int8_t>) return "int8";
  if constexpr (std::is_same_v<T, std::int16_t>) return "int16";
  if constexpr (std::is_same_v<T, std::uint16_t>) return "uint16";
  if constexpr (std::is_same_v<T, std::int32_t>) return "int32";
  if constexpr (std::is_same_v<T, std::int64_t>) return "int64";
  if constexpr (std::is_same_v<T, double>) return "float64";
  if constexpr (std::is_same_v<T, Uuid>) return "uuid";
  if constexpr (std::is_same_v<T, std::string>) return "string";
  if constexpr (std::is_same_v<T, Bytes>) return "bytes";
  if constexpr (std::is_same_v<T, Records>) return "records";
  return "struct";
}

/// The struct behind arrays and optionals, void when there is none.
template <class T>
struct SchemaInner {
  using type = std::conditional_t<Described<T>, T, void>;
};
template <class T>
struct SchemaInner<std::optional<T>> : SchemaInner<T> {};
template <class T>
struct SchemaInner<std::vector<T>> : SchemaInner<T> {};

template <class T>
struct SchemaElement {
  static constexpr bool kIsArray = ArrayField<T>;
  using type = T;
};
template <class T>
requires ArrayField<T>
struct SchemaElement<T> {
  static constexpr bool kIsArray = true;
  using type = typename T::value_type;
};
template <class T>
struct SchemaElement<std::optional<T>> : SchemaElement<T> {};

/// Lists the fields of a message, one per line, nested ones deeper:
///
///   topic_data []struct 0+
///     name string 0-12 ignorable
///
/// A line is name, wire type, versions, then what applies of nullable=N+, tag=N, ignorable,
/// plain_length, default=VALUE. Structs are not named: their names are not on the wire.
template <class Struct>
class SchemaPrinter {
 public:
  SchemaPrinter(int depth, std::string& out) : depth_(depth), out_(out) {}

  template <class T>
  void operator()(const char* name, T Struct::*field, FieldVersions versions) {
    print(name, field, versions, {});
  }
  template <class T>
  void tagged(std::uint32_t tag, const char* name, T Struct::*field, FieldVersions versions) {
    print(name, field, versions, fmt::format(" tag={}", tag));
  }

 private:
  template <class T>
  void print(const char* name, T Struct::*field, FieldVersions versions, const std::string& tag) {
    using Type = typename SchemaElement<T>::type;
    print_field({depth_, name, SchemaElement<T>::kIsArray, wire_type<Type>(), versions, tag,
                 default_text(Struct().*field)},
                out_);
    using Nested = typename SchemaInner<T>::type;
    if constexpr (!std::is_void_v<Nested>) {
      SchemaPrinter<Nested> nested(depth_ + 1, out_);
      Nested::fields(nested);
    }
  }

  int depth_;
  std::string& out_;
};

/// "ProduceRequest 3-13 flexible=9+" and its fields below.
template <class Message>
std::string schema_text(std::string_view name) {
  constexpr MessageVersions kVersions = Message::versions;
  std::string out = fmt::format("{} {}-{}", name, kVersions.min, kVersions.max);
  if (kVersions.flexible_from != kNever) {
    fmt::format_to(std::back_inserter(out), " flexible={}+", kVersions.flexible_from);
  }
  out += '\n';
  SchemaPrinter<Message> printer(1, out);
  Message::fields(printer);
  return out;
}

}  // namespace kreel::protocol
