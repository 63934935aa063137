#pragma once

#include <cstdint>
#include <limits>

namespace kreel::protocol {

using Version = std::int16_t;

inline constexpr Version kNever = std::numeric_limits<Version>::max();

/// The versions of one message: what can be encoded and decoded, and from which version on it uses
/// the compact, tagged form (KIP-482).
struct MessageVersions {
  Version min = 0;
  Version max = 0;
  Version flexible_from = kNever;

  constexpr bool contains(Version version) const { return version >= min && version <= max; }
  constexpr bool flexible(Version version) const { return version >= flexible_from; }
};

/// The versions in which one field exists, in Kafka's terms.
struct FieldVersions {
  Version first = 0;
  Version last = kNever;
  Version nullable_first = kNever;
  bool may_be_dropped = false;
  bool keeps_plain_length = false;

  constexpr bool contains(Version version) const { return version >= first && version <= last; }
  constexpr bool nullable_in(Version version) const { return version >= nullable_first; }

  /// Null is legal on the wire from `version` on; the field's type is std::optional.
  constexpr FieldVersions nullable(Version version) const {
    FieldVersions changed = *this;
    changed.nullable_first = version;
    return changed;
  }
  /// A value that is not the default may be left out of a version that lacks the field; without
  /// this it is an encode error.
  constexpr FieldVersions ignorable() const {
    FieldVersions changed = *this;
    changed.may_be_dropped = true;
    return changed;
  }
  /// The length in front stays int16 or int32 in flexible versions too. One field has it: the
  /// client id of the request header, so that a broker can read it before it knows the version.
  constexpr FieldVersions plain_length() const {
    FieldVersions changed = *this;
    changed.keeps_plain_length = true;
    return changed;
  }
};

constexpr FieldVersions since(Version first) {
  return {.first = first};
}
constexpr FieldVersions between(Version first, Version last) {
  return {.first = first, .last = last};
}

}  // namespace kreel::protocol
