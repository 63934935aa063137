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
  const auto results = change_configs(broker, resources, request.validate_only);
  for (std::size_t i = 0; i < results.size(); ++i) {
    response.responses.push_back({.error_code = results[i].error,
                                  .error_message = reply_message(results[i].message),
                                  .resource_type = resources[i].type,
                                  .resource_name = resources[i].name});
  }
}

}  // namespace

void handle(Call<protocol::IncrementalAlterConfigs> call, RequestContext& context) {
  answer_after(std::move(call), context, change);
}

}  // namespace kreel::broker
