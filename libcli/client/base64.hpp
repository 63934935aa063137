#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kreel::client {

/// Standard base64 with padding (RFC 4648 section 4).
void append_base64(std::string_view bytes, std::string& out);
/// nullopt unless the whole of `text` is padded base64 without blanks or stray bits.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace kreel::client
