#pragma once

#include <fmt/core.h>

#include "protocol/visit.hpp"
#include "protocol/wire_writer.hpp"

namespace kreel::protocol {

struct Encoding {
  Version version = 0;
  bool flexible = false;
};

template <class Struct>
void encode_struct(const Struct& value, Encoding encoding, WireWriter& out);

template <class T>
void encode_value(const T& value, bool nullable, Encoding encoding, WireWriter& out) {
  if constexpr (std::is_same_v<T, bool>) {
    out.write_bool(value);
  } else if constexpr (std::is_enum_v<T>) {
    if (value != T{}) out.note_error_code();  // ErrorCode is the only enum on the wire
    out.write_int(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::is_integral_v<T>) {
    out.write_int(value);
  } else if constexpr (std::is_same_v<T, double>) {
    out.write_double(value);
  } else if constexpr (std::is_same_v<T, Uuid>) {
    out.write_uuid(value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.write_string_length(static_cast<std::int64_t>(value.size()), encoding.flexible);
    out.write_view(as_bytes(value));
  } else if constexpr (std::is_same_v<T, Bytes>) {
    out.write_length(static_cast<std::int64_t>(value.size()), encoding.flexible);
    out.write_view(value);
  } else if constexpr (std::is_same_v<T, Records>) {
    out.write_records(value, encoding.flexible);
  } else if constexpr (is_optional<T>::value) {
    using Inner = typename T::value_type;
    if (!value && !nullable) {
      out.fail(fmt::format("null is not legal in version {}", encoding.version));
    } else if constexpr (Described<Inner>) {
      if (nullable) out.write_int<std::int8_t>(value ? 1 : -1);
      if (value) encode_struct(*value, encoding, out);
    } else if (value) {
      encode_value(*value, false, encoding, out);
    } else if constexpr (std::is_same_v<Inner, std::string>) {
      out.write_string_length(-1, encoding.flexible);
    } else {
      out.write_length(-1, encoding.flexible);
    }
  } else if constexpr (ArrayField<T>) {
    out.write_length(static_cast<std::int64_t>(value.size()), encoding.flexible);
    for (const auto& element : value) encode_value(element, false, encoding, out);
  } else {
    static_assert(Described<T>);
    encode_struct(value, encoding, out);
  }
}

/// The fields without a tag, in order; also the place that notices a value which would get lost.
template <class Struct>
class FieldEncoder {
 public:
  FieldEncoder(const Struct& value, Encoding encoding, WireWriter& out)
      : value_(value), encoding_(encoding), out_(out) {}

  template <class T>
  void operator()(const char* name, T Struct::*field, FieldVersions versions) {
    if (!versions.contains(encoding_.version)) return check_dropped(name, field, versions);
    Encoding encoding = encoding_;
    if (versions.keeps_plain_length) encoding.flexible = false;
    encode_value(value_.*field, versions.nullable_in(encoding_.version), encoding, out_);
  }

  template <class T>
  void tagged(std::uint32_t, const char* name, T Struct::*field, FieldVersions versions) {
    if (!versions.contains(encoding_.version)) return check_dropped(name, field, versions);
    if (value_.*field != defaults().*field) ++tag_count_;
  }

  std::uint32_t tag_count() const { return tag_count_; }
  static const Struct& defaults() {
    static const Struct kDefaults;
    return kDefaults;
  }

 private:
  template <class T>
  void check_dropped(const char* name, T Struct::*field, FieldVersions versions) {
    if (versions.may_be_dropped || value_.*field == defaults().*field) return;
    out_.fail(fmt::format("version {} cannot carry {}", encoding_.version, name));
  }

  const Struct& value_;
  Encoding encoding_;
  WireWriter& out_;
  std::uint32_t tag_count_ = 0;
};

/// The tagged fields that are not at their defaults, each with its size in front.
template <class Struct>
class TagEncoder {
 public:
  TagEncoder(const Struct& value, Encoding encoding, WireWriter& out)
      : value_(value), encoding_(encoding), out_(out) {}

  template <class T>
  void operator()(const char*, T Struct::*, FieldVersions) {}

  template <class T>
  void tagged(std::uint32_t tag, const char*, T Struct::*field, FieldVersions versions) {
    if (!versions.contains(encoding_.version)) return;
    if (value_.*field == FieldEncoder<Struct>::defaults().*field) return;
    WireWriter scratch;
    encode_value(value_.*field, versions.nullable_in(encoding_.version), encoding_, scratch);
    if (scratch.failed()) out_.fail(scratch.error());
    out_.write_unsigned_varint(tag);
    out_.write_unsigned_varint(scratch.size_bytes());
    out_.write_view(scratch.bytes());
  }

 private:
  const Struct& value_;
  Encoding encoding_;
  WireWriter& out_;
};

template <class Struct>
void encode_struct(const Struct& value, Encoding encoding, WireWriter& out) {
  FieldEncoder<Struct> fields(value, encoding, out);
  Struct::fields(fields);
  if (!encoding.flexible) return;
  out.write_unsigned_varint(fields.tag_count());
  if (fields.tag_count() == 0) return;
  TagEncoder<Struct> tags(value, encoding, out);
  Struct::fields(tags);
}

}  // namespace kreel::protocol
