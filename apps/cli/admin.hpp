#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/acls.hpp>
#include <kreel/admin.hpp>
#include <kreel/client_config.hpp>

#include "cli/context.hpp"

namespace kreel::cli {

// How to reach the cluster that flags, environment and profile name. Who asks for a producer's
// configuration is going to write: a protected profile is confirmed first.
Result<ClientConfig> client_config(CommandContext& context, PropertyScope scope);

// That confirmation, for a configuration that was found elsewhere.
Result<void> confirm_writes(CommandContext& context, PropertyScope scope,
                            const Configuration& where);

// kRefused unless the cluster has this id; `said_by` names the setting that wants it.
Result<void> check_cluster(AdminClient& admin, const std::string& expected,
                           std::string_view said_by);

// A connection for admin calls, with the command's --timeout. kRefused where it leads to another
// cluster than the profile's kreel.cluster.id.
Result<std::unique_ptr<AdminClient>> connect_admin(CommandContext& context);

// The same for a configuration that was found elsewhere.
Result<std::unique_ptr<AdminClient>> connect_admin(const ClientConfig& config,
                                                   const Configuration& where);

// The topics of these names; an unknown one is the error of the whole, with the nearest name. Who
// may not even look them up is told what he needs for `purpose`.
Result<std::vector<TopicInfo>> require_topics(AdminClient& admin,
                                              std::span<const std::string> names,
                                              AclOperation purpose = AclOperation::kDescribe);

// A denial that a command meets while it looks what there is, as one of what it is going to do: the
// right to change something has the right to look at it in it. Other errors as they are.
Error denied_for(AclOperation purpose, AclResource resource, std::string_view name,
                 const AdminClient& admin, const Error& error);

// The same for what is about the cluster.
template <class T>
Result<T> looked_up_for(AclOperation purpose, const AdminClient& admin, Result<T> found) {
  if (found) return found;
  return fail(denied_for(purpose, AclResource::kCluster, kAclCluster, admin, found.error()));
}

// Names that contain * or ? stand for all that match; the others are kept as they are.
std::vector<std::string> expand_patterns(std::span<const std::string> patterns,
                                         std::span<const std::string> names);

// Prints each error as its item's; the exit code of a command in which these were the failures:
// the kind's own when all failed alike and nothing succeeded, else 1.
class ItemErrors {
 public:
  explicit ItemErrors(Output& output) : output_(output) {}
  void add(const Error& error);
  void succeeded() { any_success_ = true; }
  // kDone without errors.
  ExitCode exit() const;

 private:
  Output& output_;
  bool any_success_ = false;
  std::optional<ErrorKind> kind_;
  bool mixed_ = false;
};

// A row "deleted" for each that is gone, an error for each that is not; ends the output.
ExitCode print_deleted(Output& output, std::span<const NamedResult> results);

}  // namespace kreel::cli
