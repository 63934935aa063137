// ApiVersions, versions 0-4.
//   1: throttle time   3: flexible body, client software name and version (KIP-511)
//   4: features whose lowest level is 0 may be named
// The reply's header stays version 0 in all of them.

#include <algorithm>
#include <string_view>

#include "broker/handlers/handlers.hpp"
#include "coordinator/transaction_marker.hpp"

namespace kreel::broker {
namespace {

using protocol::ApiVersionsResponse;
using protocol::ErrorCode;

constexpr protocol::Version kFirstVersionWithSoftwareName = 3;
constexpr protocol::Version kFirstVersionWithLevelZero = 4;

// KIP-511: letters and digits, with '-' and '.' in between.
bool is_software_name(std::string_view text) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (text.empty() || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::ranges::all_of(text,
                             [&](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
}

// KIP-584. Clients of version 3 cannot read a feature whose lowest level is 0 (KAFKA-17011).
void tell_features(protocol::Version version, ApiVersionsResponse& response) {
  constexpr const char* kFeature = "transaction.version";
  constexpr std::int16_t kLevel = coordinator::kTransactionsV2;
  if (version < kFirstVersionWithSoftwareName) return;
  if (version >= kFirstVersionWithLevelZero) {
    response.supported_features.push_back(
        {.name = kFeature, .min_version = 0, .max_version = kLevel});
  }
  response.finalized_features_epoch = 0;
  response.finalized_features.push_back(
      {.name = kFeature, .max_version_level = kLevel, .min_version_level = kLevel});
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
  tell_features(context.version, response);
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
