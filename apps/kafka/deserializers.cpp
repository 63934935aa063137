#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "kafka/message_format.hpp"

namespace kreel::kafka_tools {
namespace {

tl::unexpected<JavaError> not_serialized(std::string message) {
  return thrown("org.apache.kafka.common.errors.SerializationException", std::move(message),
                ErrorKind::kBadInput);
}

// The bytes as a number, most significant byte first.
std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

Outcome<std::uint64_t> sized(std::string_view bytes, std::size_t size, std::string_view who) {
  if (bytes.size() == size) return big_endian(bytes);
  return not_serialized(fmt::format("Size of data received by {} is not {}", who, size));
}

Outcome<std::string> as_string(std::string_view bytes) {
  return java_text(bytes);
}

Outcome<std::string> as_long(std::string_view bytes) {
  TRY_ASSIGN(const std::uint64_t number, sized(bytes, 8, "LongDeserializer"));
  return std::to_string(static_cast<std::int64_t>(number));
}

Outcome<std::string> as_integer(std::string_view bytes) {
  TRY_ASSIGN(const std::uint64_t number, sized(bytes, 4, "IntegerDeserializer"));
  return std::to_string(static_cast<std::int32_t>(static_cast<std::uint32_t>(number)));
}

Outcome<std::string> as_short(std::string_view bytes) {
  TRY_ASSIGN(const std::uint64_t number, sized(bytes, 2, "ShortDeserializer"));
  return std::to_string(static_cast<std::int16_t>(static_cast<std::uint16_t>(number)));
}

Outcome<std::string> as_double(std::string_view bytes) {
  if (bytes.size() != 8) {
    return not_serialized("Size of data received by Deserializer is not 8");
  }
  return java_double(std::bit_cast<double>(big_endian(bytes)));
}

Outcome<std::string> as_float(std::string_view bytes) {
  if (bytes.size() != 4) {
    return not_serialized("Size of data received by Deserializer is not 4");
  }
  const auto bits = static_cast<std::uint32_t>(big_endian(bytes));
  return java_float(std::bit_cast<float>(bits));
}

Outcome<std::string> as_boolean(std::string_view bytes) {
  if (bytes.size() != 1) {
    return not_serialized("Size of data received by BooleanDeserializer is not 1");
  }
  if (bytes[0] == 1) return std::string("true");
  if (bytes[0] == 0) return std::string("false");
  return not_serialized(fmt::format(
      "Unexpected byte received by BooleanDeserializer: {}",
      static_cast<int>(static_cast<signed char>(bytes[0]))));
}

Outcome<std::string> as_uuid(std::string_view bytes) {
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-';
  };
  if (bytes.size() != 36 || !std::ranges::all_of(bytes, is_hex)) {
    return not_serialized("Error parsing data into UUID");
  }
  std::string text(bytes);
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// Bytes.toString(): what is printable in ASCII, all else as \xHH.
Outcome<std::string> as_bytes(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      text += "\\\\";
    } else if (byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else {
      text += fmt::format("\\x{:02X}", byte);
    }
  }
  return text;
}

Outcome<std::string> as_byte_buffer(std::string_view bytes) {
  return fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", bytes.size());
}

Outcome<std::string> as_void(std::string_view) {
  return thrown("java.lang.IllegalArgumentException",
                "Data should be null for a VoidDeserializer.", ErrorKind::kBadInput);
}

Outcome<std::string> as_is(std::string_view bytes) {
  return std::string(bytes);
}

struct NamedDeserializer {
  std::string_view name;
  Outcome<std::string> (*read)(std::string_view);
};
constexpr auto kDeserializers = std::to_array<NamedDeserializer>({
    {"StringDeserializer", as_string},
    {"LongDeserializer", as_long},
    {"IntegerDeserializer", as_integer},
    {"ShortDeserializer", as_short},
    {"DoubleDeserializer", as_double},
    {"FloatDeserializer", as_float},
    {"BooleanDeserializer", as_boolean},
    {"UUIDDeserializer", as_uuid},
    {"BytesDeserializer", as_bytes},
    {"ByteBufferDeserializer", as_byte_buffer},
    {"ByteArrayDeserializer", as_is},
    {"VoidDeserializer", as_void},
});

}  // namespace

Outcome<Deserializer> find_deserializer(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  const auto at = std::ranges::find(kDeserializers, last, &NamedDeserializer::name);
  if (at == kDeserializers.end()) {
    return thrown("java.lang.ClassNotFoundException", std::string(name), ErrorKind::kUsage);
  }
  return Deserializer(at->read);
}

}  // namespace kreel::kafka_tools
