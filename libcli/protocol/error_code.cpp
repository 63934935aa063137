#include "protocol/error_code.hpp"

#include <algorithm>
#include <array>

#include "kreel/errors.hpp"

namespace kreel::protocol {
namespace {

constexpr auto kErrors = std::to_array<ProtocolError>({
#define KREEL_ERROR(name, number, retriable, text) {number, #name, retriable, text},
#include "protocol/error_code.def"
#undef KREEL_ERROR
});

constexpr bool codes_have_no_gap() {
  for (std::size_t i = 0; i < kErrors.size(); ++i) {
    if (kErrors[i].code != static_cast<int>(i) - 1) return false;
  }
  return true;
}
static_assert(codes_have_no_gap(), "entry() goes by place");

/// UNKNOWN_SERVER_ERROR for a number outside the table.
const ProtocolError& entry(ErrorCode code) {
  const auto place = static_cast<std::size_t>(static_cast<int>(code) + 1);
  return kErrors[place < kErrors.size() ? place : 0];
}

}  // namespace

std::string_view to_string(ErrorCode code) {
  return entry(code).name;
}

std::string_view describe(ErrorCode code) {
  return entry(code).text;
}

bool is_retriable(ErrorCode code) {
  return entry(code).retriable;
}

std::optional<ErrorCode> error_code_from_name(std::string_view name) {
  const auto at = std::ranges::find(kErrors, name, &ProtocolError::name);
  if (at == kErrors.end()) return std::nullopt;
  return static_cast<ErrorCode>(at->code);
}

}  // namespace kreel::protocol

namespace kreel {

std::span<const ProtocolError> protocol_errors() {
  return protocol::kErrors;
}

}  // namespace kreel
