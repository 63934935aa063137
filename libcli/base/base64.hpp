#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kreel {

/// Standard base64 with padding (RFC 4648 section 4).
void append_base64(std::string_view bytes, std::string& out);
std::string to_base64(std::string_view bytes);
/// nullopt unless the whole of `text` is padded base64 without blanks or stray bits.
std::optional<std::string> decode_base64(std::string_view text);

/// The same for base64url without padding (section 5).
std::optional<std::string> decode_base64_url(std::string_view text);
std::string to_base64_url(std::string_view bytes);

}  // namespace kreel
