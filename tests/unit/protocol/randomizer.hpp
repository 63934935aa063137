#pragma once

#include <array>
#include <memory>

#include "base/random.hpp"
#include "protocol/visit.hpp"

namespace kreel::protocol {

enum class Tags { kNone, kSome };

/// Fills the fields that one version of a message has with random values: edges of the integers,
/// null where it is legal, short arrays and strings. Fields of other versions keep their defaults,
/// tagged ones do with Tags::kNone.
class Randomizer {
 public:
  Randomizer(Version version, Random& random, Tags tags)
      : version_(version), random_(random), tags_(tags) {}

  template <class Struct>
  void fill_fields(Struct& value) {
    Fields<Struct> fields{value, *this};
    Struct::fields(fields);
  }

 private:
  static constexpr std::uint64_t kMaxElements = 3;
  static constexpr std::uint64_t kMaxLetters = 6;

  /// The visitor of one struct: nothing but what differs from struct to struct, as each is
  /// compiled.
  template <class Struct>
  struct Fields {
    template <class T>
    void operator()(const char*, T Struct::*field, FieldVersions versions) {
      if (versions.contains(all.version_)) {
        all.fill(value.*field, versions.nullable_in(all.version_));
      }
    }
    template <class T>
    void tagged(std::uint32_t, const char*, T Struct::*field, FieldVersions versions) {
      if (all.tags_ == Tags::kNone || !versions.contains(all.version_) || all.below(2) == 0) return;
      all.fill(value.*field, versions.nullable_in(all.version_));
    }
    Struct& value;
    Randomizer& all;
  };

  std::uint64_t below(std::uint64_t bound) { return random_.next_u64() % bound; }

  Bytes some_bytes() {
    Bytes bytes(below(kMaxLetters + 1));
    random_.fill(bytes);
    return bytes;
  }

  template <class Int>
  Int integer() {
    const std::array<Int, 4> edges = {std::numeric_limits<Int>::min(),
                                      std::numeric_limits<Int>::max(), static_cast<Int>(-1),
                                      Int{0}};
    const std::uint64_t pick = below(8);
    return pick < edges.size() ? edges[pick] : static_cast<Int>(random_.next_u64());
  }

  template <class T>
  void fill(T& value, bool nullable) {
    if constexpr (is_optional<T>::value) {
      value.reset();
      if (!nullable || below(3) != 0) fill(value.emplace(), false);
    } else if constexpr (std::is_same_v<T, bool>) {
      value = below(2) == 0;
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(integer<std::underlying_type_t<T>>());
    } else if constexpr (std::is_integral_v<T>) {
      value = integer<T>();
    } else if constexpr (std::is_same_v<T, double>) {
      value = static_cast<double>(integer<std::int32_t>()) / 8;
    } else if constexpr (std::is_same_v<T, Uuid>) {
      random_.fill(value.bytes);
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = as_text(some_bytes());
    } else if constexpr (std::is_same_v<T, Bytes>) {
      value = some_bytes();
    } else if constexpr (std::is_same_v<T, Records>) {
      const auto owned = std::make_shared<Bytes>(some_bytes());
      value = nullable && below(3) == 0 ? Records::null() : Records::memory(*owned, owned);
    } else if constexpr (ArrayField<T>) {
      value.clear();
      value.resize(below(kMaxElements + 1));
      for (auto& element : value) fill(element, false);
    } else {
      value = T();
      fill_fields(value);
    }
  }

  Version version_;
  Random& random_;
  Tags tags_;
};

template <class Message>
Message random_message(Version version, Random& random, Tags tags = Tags::kSome) {
  Message message;
  Randomizer(version, random, tags).fill_fields(message);
  return message;
}

}  // namespace kreel::protocol
