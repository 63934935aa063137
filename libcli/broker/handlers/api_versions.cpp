// ApiVersions, versions 0-4.
//   1: throttle time   3: flexible body, client software name and version (KIP-511)
//   4: features whose lowest level is 0 may be named
// The reply's header stays version 0 in all of them.

#include <algorithm>
#include <string_view>

#include "broker/handlers/handlers.hpp"

namespace kreel::broker {
namespace {

using protocol::ApiVersionsResponse;
using protocol::ErrorCode;

constexpr protocol::Version kFirstVersionWithSoftwareName = 3;

// KIP-511: letters and digits, with '-' and '.' in between.
bool is_software_name(std::string_view text) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (text.empty() || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::ranges::all_of(text,
                             [&](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
}

ApiVersionsResponse::ApiVersion advertised(const protocol::ApiInfo& api) {
  return {.api_key = static_cast<std::int16_t>(api.key),
          .min_version = api.advertised_min,
          .max_version = api.max};
}

}  // namespace

void handle(Call<protocol::ApiVersions> call, RequestContext& context) {
  ApiVersionsResponse response;
  if (context.version >= kFirstVersionWithSoftwareName) {
    if (!is_software_name(call.request.client_software_name) ||
        !is_software_name(call.request.client_software_version)) {
      response.error_code = ErrorCode::INVALID_REQUEST;
      return call.reply(response);
    }
    context.connection.client_software_name = call.request.client_software_name;
    context.connection.client_software_version = call.request.client_software_version;
  }
  for (const protocol::ApiInfo& api : protocol::api_table()) {
    response.api_keys.push_back(advertised(api));
  }
  call.reply(response);
}

void answer_unsupported_api_versions(ReplyTicket ticket) {
  ApiVersionsResponse response;
  response.error_code = ErrorCode::UNSUPPORTED_VERSION;
  for (const protocol::ApiInfo& api : protocol::api_table()) {
    if (api.key == protocol::ApiKey::ApiVersions) response.api_keys.push_back(advertised(api));
  }
  ReplyTicket::Origin as_version_0 = ticket.origin();
  as_version_0.version = 0;
  auto frame = encode_reply(as_version_0, response);
  KREEL_ASSERT(frame.has_value(), "version 0 carries an error and a range");
  ticket.send(std::move(*frame));
}

}  // namespace kreel::broker
