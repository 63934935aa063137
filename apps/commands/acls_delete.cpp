#include <algorithm>

#include <fmt/format.h>

#include "cli/acl_options.hpp"
#include "cli/admin.hpp"
#include "cli/counted.hpp"

namespace kreel::commands {
namespace {

struct AclsDeleteArgs : AclFilterArgs {
  bool all = false;
};

Result<void> check(const AclsDeleteArgs& args) {
  if (args.all && has_filters(args)) {
    return fail(ErrorKind::kUsage, "--all is all of them: nothing else goes with it");
  }
  if (!args.all && !has_filters(args)) {
    return fail(ErrorKind::kUsage, "which ACLs?",
                "--principal USER, --topic TOPIC and such; --all for all of the cluster");
  }
  TRY(acl_filters(args));
  return {};
}

Result<void> print_acls(Output& output, std::string_view kind, const std::vector<Acl>& acls,
                        std::string_view result) {
  auto columns = acl_columns();
  columns.push_back({"result"});
  TRY(output.begin(kind, std::move(columns)));
  for (const Acl& acl : acls) {
    auto row = acl_row(acl);
    row.emplace_back(result);
    output.row(std::move(row));
  }
  return {};
}

// A person who is asked sees the rules first; a script that said --yes gets the results alone.
Result<void> ask(CommandContext& context, const std::vector<Acl>& doomed) {
  TRY_ASSIGN(const bool will_ask, context.will_ask());
  if (will_ask && context.streams().err_is_terminal) {
    Streams to_stderr(context.streams().err, context.streams().err);
    Output preview(to_stderr, {});
    TRY(print_acls(preview, "acls.plan", doomed, "to be deleted"));
    preview.end();
  }
  const auto denials = std::ranges::count(doomed, AclPermission::kDeny, &Acl::permission);
  if (denials > 0) {
    context.note(
        fmt::format("{} among them: without denials more is allowed", counted(denials, "denial")));
  }
  const std::string what = doomed.size() == 1
                               ? "delete the ACL " + to_string(doomed.front())
                               : fmt::format("delete {}", counted(std::ssize(doomed), "ACL"));
  return context.confirm({.what = what});
}

// That very rule and no other.
AclFilter filter_for(const Acl& acl) {
  AclFilter filter;
  filter.resource = acl.resource;
  filter.name = acl.name;
  filter.pattern = acl.pattern;
  filter.principal = acl.principal;
  filter.host = acl.host;
  filter.operation = acl.operation;
  filter.permission = acl.permission;
  return filter;
}

Result<ExitCode> delete_acls(CommandContext& context, AdminClient& admin,
                             const std::vector<Acl>& doomed) {
  Output& output = context.output();
  // The head alone: a wrong --columns is told before anything is deleted.
  TRY(print_acls(output, "acls.delete", {}, ""));
  TRY(ask(context, doomed));
  std::vector<AclFilter> filters;
  for (const Acl& acl : doomed) filters.push_back(filter_for(acl));
  TRY_ASSIGN(const auto deleted, admin.delete_acls(filters));
  ItemErrors errors(output);
  for (std::size_t i = 0; i < doomed.size(); ++i) {
    const ItemError* error = deleted[i].error ? &*deleted[i].error : nullptr;
    for (const AclResult& result : deleted[i].acls) {
      if (result.error) error = &*result.error;
    }
    if (error != nullptr) {
      errors.add(error->error);
      continue;
    }
    errors.succeeded();
    auto row = acl_row(doomed[i]);
    // Somebody else may have been faster.
    row.emplace_back(deleted[i].acls.empty() ? "was gone" : "deleted");
    output.row(std::move(row));
  }
  output.end();
  return errors.exit();
}

Result<ExitCode> run(const AclsDeleteArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto filters, acl_filters(args));
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto present, all_acls(*admin, AclOperation::kAlter));
  const auto doomed = acls_of(present, filters);
  if (doomed.empty()) {
    return fail(ErrorKind::kNotFound, "there is no such ACL",
                "kreel acls list with the same options shows nothing");
  }
  if (!context.dry_run()) return delete_acls(context, *admin, doomed);
  TRY(print_acls(context.output(), "acls.delete", doomed, "would be deleted"));
  context.output().end();
  return ExitCode::kDone;
}

}  // namespace

Command acls_delete() {
  auto options = acl_filter_options<AclsDeleteArgs>();
  options.push_back(option("--all", &AclsDeleteArgs::all).help("All rules of the cluster"));
  return command<AclsDeleteArgs>({
      .name = "acls delete",
      .summary = "Delete rules that say who may do what",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange,
      .options = std::move(options),
      .details = "Takes the options of acls list, and deletes what that lists: the very rules that "
                 "are shown before, and none that somebody adds meanwhile.",
      .exclusive = {},
      .check = check,
      .examples = {{"kreel acls delete --principal alice --dry-run", "What would go"},
                   {"kreel acls delete --allow alice --op write --topic orders --yes",
                    "One rule, in a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized,
                ExitCode::kNotFound, ExitCode::kRefused},
      .see_also = {"acls list", "acls add"},
  });
}

}  // namespace kreel::commands
