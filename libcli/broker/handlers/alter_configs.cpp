// AlterConfigs, versions 0-2.
//   Replaces all settings of a resource.   2: flexible

#include "broker/handlers/admin_common.hpp"
#include "broker/handlers/config_resource.hpp"

namespace kreel::broker {
namespace {

using protocol::AlterConfigsRequest;
using protocol::AlterConfigsResponse;

void change(Broker& broker, const AlterConfigsRequest& request, AlterConfigsResponse& response) {
  std::vector<ConfigResourceChange> resources;
  for (const auto& asked : request.resources) {
    auto& resource = resources.emplace_back();
    resource.type = asked.resource_type;
    resource.name = asked.resource_name;
    resource.replaces_all = true;
    for (const auto& config : asked.configs) {
      resource.changes.push_back({.name = config.name,
                                  .operation = static_cast<std::int8_t>(ConfigOperation::kSet),
                                  .value = config.value});
    }
  }
  change_and_answer(broker, resources, request.validate_only, response.responses);
}

}  // namespace

void handle(Call<protocol::AlterConfigs> call, RequestContext& context) {
  answer_after(std::move(call), context, change);
}

}  // namespace kreel::broker
