#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kreel::protocol {

/// What a reply tells a client, in Kafka's own names and numbers.
enum class ErrorCode : std::int16_t {
#define KREEL_ERROR(name, number, retriable, text) name = number,
#include "protocol/error_code.def"
#undef KREEL_ERROR
};

/// "UNKNOWN_TOPIC_OR_PARTITION"; "UNKNOWN_SERVER_ERROR" for a number outside the table.
std::string_view to_string(ErrorCode code);
/// What the code means and what to do about it, for people.
std::string_view describe(ErrorCode code);
bool is_retriable(ErrorCode code);
std::optional<ErrorCode> error_code_from_name(std::string_view name);

}  // namespace kreel::protocol
