#include "broker/authorization/authorize.hpp"

namespace kreel::broker {

bool authorize(Call<protocol::ApiVersions>&, RequestContext&) {
  return true;
}
bool authorize(Call<protocol::SaslHandshake>&, RequestContext&) {
  return true;
}
bool authorize(Call<protocol::SaslAuthenticate>&, RequestContext&) {
  return true;
}
/// Its one rule is about a field, which the handler fills.
bool authorize(Call<protocol::DescribeCluster>&, RequestContext&) {
  return true;
}

/// The error is told where the version has a field for it; of the directory nothing is.
bool authorize(Call<protocol::DescribeLogDirs>& call, RequestContext& context) {
  constexpr protocol::Version kFirstLogDirsWithErrorAtTop = 3;
  if (context.access.may(rules::describe_log_dirs)) return true;
  protocol::DescribeLogDirsResponse response;
  if (context.version >= kFirstLogDirsWithErrorAtTop) {
    response.error_code = rules::describe_log_dirs.error;
  }
  call.reply(response);
  return false;
}

bool authorize(Call<protocol::DescribeUserScramCredentials>& call, RequestContext& context) {
  return require(call, context, rules::describe_users);
}
bool authorize(Call<protocol::AlterUserScramCredentials>& call, RequestContext& context) {
  return require(call, context, rules::alter_users);
}
bool authorize(Call<protocol::DescribeClientQuotas>& call, RequestContext& context) {
  return require(call, context, rules::describe_quotas);
}
bool authorize(Call<protocol::AlterClientQuotas>& call, RequestContext& context) {
  return require(call, context, rules::alter_quotas);
}
bool authorize(Call<protocol::DescribeAcls>& call, RequestContext& context) {
  return require(call, context, rules::describe_acls);
}
bool authorize(Call<protocol::CreateAcls>& call, RequestContext& context) {
  return require(call, context, rules::create_acls);
}
bool authorize(Call<protocol::DeleteAcls>& call, RequestContext& context) {
  return require(call, context, rules::delete_acls);
}
bool authorize(Call<protocol::ElectLeaders>& call, RequestContext& context) {
  return require(call, context, rules::elect_leaders);
}
bool authorize(Call<protocol::AlterPartitionReassignments>& call, RequestContext& context) {
  return require(call, context, rules::alter_reassignments);
}
bool authorize(Call<protocol::ListPartitionReassignments>& call, RequestContext& context) {
  return require(call, context, rules::list_reassignments);
}
bool authorize(Call<protocol::DescribeQuorum>& call, RequestContext& context) {
  return require(call, context, rules::describe_quorum);
}
bool authorize(Call<protocol::UpdateFeatures>& call, RequestContext& context) {
  return require(call, context, rules::update_features);
}
bool authorize(Call<protocol::ListConfigResources>& call, RequestContext& context) {
  return require(call, context, rules::list_config_resources);
}
bool authorize(Call<protocol::AlterReplicaLogDirs>& call, RequestContext& context) {
  return require(call, context, rules::alter_log_dirs);
}

}  // namespace kreel::broker
