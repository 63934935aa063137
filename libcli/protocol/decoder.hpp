#pragma once

#include "protocol/visit.hpp"
#include "protocol/wire_reader.hpp"

namespace kreel::protocol {

struct Decoding {
  Version version = 0;
  bool flexible = false;
};

template <class Struct>
void decode_struct(Struct& value, Decoding decoding, WireReader& in);

template <class T>
void decode_value(T& value, bool nullable, Decoding decoding, WireReader& in);

template <class T>
void decode_array(std::vector<T>& array, std::int32_t count, Decoding decoding, WireReader& in) {
  if (!in.claim_elements(count, sizeof(T))) return;
  array.reserve(static_cast<std::size_t>(count));
  for (std::int32_t i = 0; i < count && !in.failed(); ++i) {
    decode_value(array.emplace_back(), false, decoding, in);
  }
}

/// Strings, bytes and arrays: everything that starts with a length. Returns false for null.
template <class T>
bool decode_sized(T& value, Decoding decoding, WireReader& in) {
  if constexpr (std::is_same_v<T, std::string>) {
    const std::int32_t length = in.read_string_length(decoding.flexible);
    if (length < 0) return false;
    value.assign(as_text(in.read_view(static_cast<std::size_t>(length))));
  } else {
    const std::int32_t length = in.read_length(decoding.flexible);
    if (length < 0) return false;
    if constexpr (std::is_same_v<T, Bytes>) {
      const ByteView view = in.read_view(static_cast<std::size_t>(length));
      value.assign(view.begin(), view.end());
    } else if constexpr (std::is_same_v<T, Records>) {
      value = Records::memory(in.read_view(static_cast<std::size_t>(length)), nullptr);
    } else {
      decode_array(value, length, decoding, in);
    }
  }
  return true;
}

template <class T>
void decode_value(T& value, bool nullable, Decoding decoding, WireReader& in) {
  if constexpr (std::is_same_v<T, bool>) {
    value = in.read_bool();
  } else if constexpr (std::is_enum_v<T>) {
    value = static_cast<T>(in.read_int<std::underlying_type_t<T>>());
  } else if constexpr (std::is_integral_v<T>) {
    value = in.read_int<T>();
  } else if constexpr (std::is_same_v<T, double>) {
    value = in.read_double();
  } else if constexpr (std::is_same_v<T, Uuid>) {
    value = in.read_uuid();
  } else if constexpr (Described<T>) {
    decode_struct(value, decoding, in);
  } else if constexpr (is_optional<T>::value) {
    using Inner = typename T::value_type;
    if constexpr (Described<Inner>) {
      if (nullable && in.read_int<std::int8_t>() < 0) return value.reset();
      decode_struct(value.emplace(), decoding, in);
    } else if (!decode_sized(value.emplace(), decoding, in)) {
      value.reset();
      if (!nullable) in.fail();
    }
  } else if constexpr (std::is_same_v<T, Records>) {
    if (!decode_sized(value, decoding, in) && !nullable) in.fail();
  } else {
    if (!decode_sized(value, decoding, in)) in.fail();
  }
}

template <class Struct>
class FieldDecoder {
 public:
  FieldDecoder(Struct& value, Decoding decoding, WireReader& in)
      : value_(value), decoding_(decoding), in_(in) {}

  template <class T>
  void operator()(const char*, T Struct::*field, FieldVersions versions) {
    if (!versions.contains(decoding_.version)) return;
    Decoding decoding = decoding_;
    if (versions.keeps_plain_length) decoding.flexible = false;
    decode_value(value_.*field, versions.nullable_in(decoding_.version), decoding, in_);
  }

  template <class T>
  void tagged(std::uint32_t, const char*, T Struct::*, FieldVersions) {}

 private:
  Struct& value_;
  Decoding decoding_;
  WireReader& in_;
};

template <class Struct>
class TagDecoder {
 public:
  TagDecoder(Struct& value, std::uint32_t tag, Decoding decoding, WireReader& in)
      : value_(value), tag_(tag), decoding_(decoding), in_(in) {}

  template <class T>
  void operator()(const char*, T Struct::*, FieldVersions) {}

  template <class T>
  void tagged(std::uint32_t tag, const char*, T Struct::*field, FieldVersions versions) {
    if (tag != tag_ || !versions.contains(decoding_.version)) return;
    known_ = true;
    decode_value(value_.*field, versions.nullable_in(decoding_.version), decoding_, in_);
  }

  bool known() const { return known_; }

 private:
  Struct& value_;
  std::uint32_t tag_;
  Decoding decoding_;
  WireReader& in_;
  bool known_ = false;
};

/// Tags must rise, so that none comes twice; unknown ones are skipped without keeping them.
template <class Struct>
void decode_tags(Struct& value, Decoding decoding, WireReader& in) {
  const std::uint32_t count = in.read_unsigned_varint();
  std::int64_t previous = -1;
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    const std::uint32_t tag = in.read_unsigned_varint();
    const std::uint32_t size_bytes = in.read_unsigned_varint();
    if (static_cast<std::int64_t>(tag) <= previous || size_bytes > in.remaining()) in.fail();
    if (in.failed()) return;
    previous = tag;
    const std::size_t after = in.remaining() - size_bytes;
    TagDecoder<Struct> decoder(value, tag, decoding, in);
    Struct::fields(decoder);
    if (!decoder.known()) in.skip(size_bytes);
    if (in.remaining() != after) in.fail();
  }
}

template <class Struct>
void decode_struct(Struct& value, Decoding decoding, WireReader& in) {
  FieldDecoder<Struct> fields(value, decoding, in);
  Struct::fields(fields);
  if (decoding.flexible) decode_tags(value, decoding, in);
}

}  // namespace kreel::protocol
