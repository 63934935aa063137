#include "cli/admin.hpp"

#include <fnmatch.h>

#include <algorithm>

#include <fmt/format.h>

namespace kreel::cli {

Result<ClientConfig> client_config(CommandContext& context, PropertyScope scope) {
  TRY_ASSIGN(const Configuration* found, context.configuration());
  TRY(confirm_writes(context, scope, *found));
  TRY_ASSIGN(const auto properties, context.client_properties(scope));
  std::map<std::string, std::string> by_name;
  for (const ClientProperty& property : properties) by_name[property.name] = property.value;
  TRY_ASSIGN(ClientConfig config, ClientConfig::from_properties(by_name));
  config.timeout_ms = context.timeout().count();
  return config;
}

Result<void> confirm_writes(CommandContext& context, PropertyScope scope,
                            const Configuration& where) {
  if (scope != PropertyScope::kProducer) return {};
  return context.confirm_if_protected({.what = "write records"}, where);
}

Result<std::unique_ptr<AdminClient>> connect_admin(CommandContext& context) {
  TRY_ASSIGN(const ClientConfig config, client_config(context, PropertyScope::kGlobal));
  TRY_ASSIGN(const Configuration* configuration, context.configuration());
  return connect_admin(config, *configuration);
}

Result<std::unique_ptr<AdminClient>> connect_admin(const ClientConfig& config,
                                                   const Configuration& where) {
  TRY_ASSIGN(auto admin, AdminClient::connect(config));
  if (where.cluster_id) TRY(check_cluster(*admin, *where.cluster_id, "kreel.cluster.id"));
  return admin;
}

Result<void> check_cluster(AdminClient& admin, const std::string& expected,
                           std::string_view said_by) {
  TRY_ASSIGN(const ClusterInfo cluster, admin.describe_cluster());
  if (cluster.cluster_id == expected) return {};
  return fail(ErrorKind::kRefused,
              fmt::format("this is cluster \"{}\", not \"{}\" ({})",
                          cluster.cluster_id.value_or("without an id"), expected, said_by),
              "nothing was changed; -b or -P names another cluster");
}

Error denied_for(AclOperation purpose, AclResource resource, std::string_view name,
                 const AdminClient& admin, const Error& error) {
  if (error.kind() != ErrorKind::kNotAuthorized) return error;
  return not_authorized(purpose, resource, name, admin.user());
}

Result<std::vector<TopicInfo>> require_topics(AdminClient& admin,
                                              std::span<const std::string> names,
                                              AclOperation purpose) {
  TRY_ASSIGN(auto topics, admin.describe_topics(names));
  for (const TopicInfo& topic : topics) {
    if (!topic.error) continue;
    return fail(denied_for(purpose, AclResource::kTopic, topic.name, admin, topic.error->error));
  }
  return topics;
}

std::vector<std::string> expand_patterns(std::span<const std::string> patterns,
                                         std::span<const std::string> names) {
  std::vector<std::string> expanded;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(expanded, name) == expanded.end()) expanded.push_back(name);
  };
  for (const std::string& pattern : patterns) {
    if (pattern.find_first_of("*?[") == std::string::npos) {
      add(pattern);
      continue;
    }
    for (const std::string& name : names) {
      if (::fnmatch(pattern.c_str(), name.c_str(), 0) == 0) add(name);
    }
  }
  return expanded;
}

void ItemErrors::add(const Error& error) {
  output_.error(error);
  mixed_ = mixed_ || (kind_ && *kind_ != error.kind());
  kind_ = error.kind();
}

ExitCode ItemErrors::exit() const {
  if (!kind_) return ExitCode::kDone;
  return mixed_ || any_success_ ? ExitCode::kFailed : exit_code(*kind_);
}

ExitCode print_deleted(Output& output, std::span<const NamedResult> results) {
  ItemErrors errors(output);
  for (const NamedResult& result : results) {
    if (result.error) {
      errors.add(result.error->error);
      continue;
    }
    errors.succeeded();
    output.row({result.name, "deleted"});
  }
  output.end();
  return errors.exit();
}

}  // namespace kreel::cli
