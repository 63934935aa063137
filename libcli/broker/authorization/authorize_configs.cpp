#include "broker/authorization/authorize.hpp"
#include "broker/handlers/config_resource.hpp"

namespace kreel::broker {
namespace {

/// The rules of one API, by what the settings belong to.
struct ConfigRules {
  const AccessRule& topic;
  const AccessRule& group;
  const AccessRule& other;

  const AccessRule& of(std::int8_t resource_type) const {
    switch (static_cast<ConfigResourceType>(resource_type)) {
      case ConfigResourceType::kTopic:
        return topic;
      case ConfigResourceType::kGroup:
        return group;
      default:
        return other;
    }
  }
};

template <class Api, class Item, class Answer>
bool require_configs(Call<Api>& call, RequestContext& context, const ConfigRules& rules,
                     std::vector<Item> Api::Request::*resources,
                     std::vector<Answer> Api::Response::*answers) {
  const auto allowed = [&](const auto& resource) {
    const AccessRule& rule = rules.of(resource.resource_type);
    return context.access.may(rule, rule.resource == AclResource::kCluster
                                        ? kAclCluster
                                        : std::string_view(resource.resource_name));
  };
  typename Api::Request refused;
  refused.*resources = take_denied(call.request.*resources, allowed);
  if ((refused.*resources).empty()) return true;
  auto response =
      error_reply<Api>(refused, context, protocol::ErrorCode::CLUSTER_AUTHORIZATION_FAILED);
  for (auto& answer : response.*answers) answer.error_code = rules.of(answer.resource_type).error;
  return answer_beside(call, !(call.request.*resources).empty(), std::move(response), answers);
}

}  // namespace

bool authorize(Call<protocol::DescribeConfigs>& call, RequestContext& context) {
  return require_configs(call, context,
                         {.topic = rules::describe_topic_configs,
                          .group = rules::describe_group_configs,
                          .other = rules::describe_other_configs},
                         &protocol::DescribeConfigsRequest::resources,
                         &protocol::DescribeConfigsResponse::results);
}

bool authorize(Call<protocol::AlterConfigs>& call, RequestContext& context) {
  return require_configs(call, context,
                         {.topic = rules::alter_topic_configs,
                          .group = rules::alter_group_configs,
                          .other = rules::alter_other_configs},
                         &protocol::AlterConfigsRequest::resources,
                         &protocol::AlterConfigsResponse::responses);
}

bool authorize(Call<protocol::IncrementalAlterConfigs>& call, RequestContext& context) {
  return require_configs(call, context,
                         {.topic = rules::change_topic_configs,
                          .group = rules::change_group_configs,
                          .other = rules::change_other_configs},
                         &protocol::IncrementalAlterConfigsRequest::resources,
                         &protocol::IncrementalAlterConfigsResponse::responses);
}

}  // namespace kreel::broker
