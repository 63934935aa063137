// ListConfigResources, versions 0-1. Version 0 was ListClientMetricsResources.
//   1: kinds of resources (KIP-1142)

#include <algorithm>
#include <string>
#include <vector>

#include "broker/handlers/admin_common.hpp"
#include "broker/handlers/config_resource.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using Type = ConfigResourceType;

constexpr protocol::Version kFirstListWithTypes = 1;

bool can_be_listed(std::int8_t type) {
  switch (static_cast<Type>(type)) {
    case Type::kTopic:
    case Type::kBroker:
    case Type::kBrokerLogger:
    case Type::kClientMetrics:
    case Type::kGroup:
      return true;
  }
  return false;
}

}  // namespace

void handle(Call<protocol::ListConfigResources> call, RequestContext& context) {
  const std::vector<std::int8_t>& types = call.request.resource_types;
  protocol::ListConfigResourcesResponse response;
  if (!std::ranges::all_of(types, can_be_listed)) {
    response.error_code = ErrorCode::UNSUPPORTED_VERSION;
    return call.reply(response);
  }
  const auto is_asked = [&](Type type) {
    const bool all = types.empty() && context.version >= kFirstListWithTypes;
    return all || std::ranges::count(types, static_cast<std::int8_t>(type)) != 0;
  };
  const auto add = [&](Type type, std::string name) {
    response.config_resources.push_back(
        {.resource_name = std::move(name), .resource_type = static_cast<std::int8_t>(type)});
  };
  // Client metrics are not taken here, so none have settings.
  const auto snapshot = context.broker.catalog().snapshot();
  if (is_asked(Type::kGroup)) {
    for (const auto& [group, overrides] : *snapshot->group_overrides()) add(Type::kGroup, group);
  }
  for (const Type type : {Type::kBrokerLogger, Type::kBroker}) {
    if (is_asked(type)) add(type, std::to_string(context.broker.config().node_id));
  }
  if (is_asked(Type::kTopic)) {
    for (const auto& [name, topic] : snapshot->topics()) add(Type::kTopic, name);
  }
  call.reply(response);
}

}  // namespace kreel::broker
