#pragma once

#include <string>
#include <string_view>

namespace kreel::client {

/// `bytes` as a JSON string, quotes included; as {"b64":"…"} when they are not UTF-8.
void append_json_bytes(std::string_view bytes, std::string& out);

}  // namespace kreel::client
