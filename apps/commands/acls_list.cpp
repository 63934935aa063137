#include "cli/acl_options.hpp"
#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct AclsListArgs : AclFilterArgs {};

Result<void> check(const AclsListArgs& args) {
  TRY(acl_filters(args));
  return {};
}

Result<ExitCode> run(const AclsListArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto filters, acl_filters(args));
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto acls, all_acls(*admin, AclOperation::kDescribe));
  Output& output = context.output();
  TRY(output.begin("acls.list", acl_columns()));
  for (const Acl& acl : acls_of(acls, filters)) output.row(acl_row(acl));
  output.end();
  return ExitCode::kDone;
}

}  // namespace

Command acls_list() {
  return command<AclsListArgs>({
      .name = "acls list",
      .summary = "List the rules that say who may do what",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = acl_filter_options<AclsListArgs>(),
      .details = "Of each option that is given, a rule has to fit one value. Super users "
                 "(super.users) are a setting of the brokers and not listed.",
      .exclusive = {},
      .check = check,
      .examples = {{"kreel acls list", "All of them"},
                   {"kreel acls list --principal alice", "What alice may and may not"},
                   {"kreel acls list --topic orders --pattern match",
                    "All rules that apply to a topic, those for prefixes and * too"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized},
      .see_also = {"acls check", "acls add", "acls delete"},
  });
}

}  // namespace kreel::commands
