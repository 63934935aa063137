// IncrementalAlterConfigs, versions 0-1.
//   Sets, deletes, appends and subtracts (KIP-339).   1: flexible

#include "broker/handlers/admin_common.hpp"
#include "broker/handlers/config_resource.hpp"

namespace kreel::broker {
namespace {

using protocol::IncrementalAlterConfigsRequest;
using protocol::IncrementalAlterConfigsResponse;

void change(Broker& broker, const IncrementalAlterConfigsRequest& request,
            IncrementalAlterConfigsResponse& response) {
  std::vector<ConfigResourceChange> resources;
  for (const auto& asked : request.resources) {
    auto& resource = resources.emplace_back();
    resource.type = asked.resource_type;
    resource.name = asked.resource_name;
    resource.replaces_all = false;
    for (const auto& config : asked.configs) {
      resource.changes.push_back(
          {.name = config.name, .operation = config.config_operation, .value = config.value});
    }
  }
  change_and_answer(broker, resources, request.validate_only, response.responses);
}

}  // namespace

void handle(Call<protocol::IncrementalAlterConfigs> call, RequestContext& context) {
  answer_after(std::move(call), context, change);
}

}  // namespace kreel::broker
