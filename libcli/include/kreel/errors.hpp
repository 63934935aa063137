#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kreel/export.hpp"

namespace kreel {

/// One error code of the Kafka protocol: what a broker puts into a reply.
struct ProtocolError {
  std::int16_t code = 0;  ///< -1 to 136 in Kafka 4.3; 0 is no error
  std::string_view name;  ///< Kafka's own: "UNKNOWN_TOPIC_OR_PARTITION"
  /// Whether the same request may succeed later without a change (Java clients retry it).
  bool retriable = false;
  std::string_view text;  ///< what it means and what to do, in one sentence or two
};

/// All of them, by rising code. Static storage; safe from any thread.
KREEL_API std::span<const ProtocolError> protocol_errors();

}  // namespace kreel
