#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/admin.hpp"
#include "cli/quota_options.hpp"

namespace kreel::commands {
namespace {

struct QuotasDeleteArgs : QuotaEntityArgs {
  std::vector<std::string> keys;
};

Result<void> check(const QuotasDeleteArgs& args) {
  return check_quota_entity(args, true);
}

// What is to go; a quota that is not there is an error.
Result<QuotaChange> change_of(const QuotasDeleteArgs& args, const std::vector<QuotaInfo>& quotas) {
  QuotaChange change;
  change.entity = quota_entity(args);
  const auto found = std::ranges::find(quotas, change.entity, &QuotaInfo::entity);
  if (found == quotas.end()) {
    return fail(ErrorKind::kNotFound, fmt::format("{} has no quota", describe(change.entity)),
                "kreel quotas list shows who has which");
  }
  std::vector<std::string> present;
  for (const auto& [key, value] : found->values) present.push_back(key);
  for (const std::string& key : args.keys.empty() ? present : args.keys) {
    if (std::ranges::find(present, key) == present.end()) {
      const auto near = nearest(key, present);
      return fail(
          ErrorKind::kNotFound,
          fmt::format("{} has no quota \"{}\"", describe(change.entity), escape_control(key)),
          near ? fmt::format("did you mean {}?", *near)
               : fmt::format("there is {}", fmt::join(present, ", ")));
    }
    if (std::ranges::find(change.values, key, [](const auto& item) { return item.first; }) ==
        change.values.end()) {
      change.values.emplace_back(key, std::nullopt);
    }
  }
  return change;
}

Result<ExitCode> run(const QuotasDeleteArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto quotas,
             looked_up_for(AclOperation::kAlterConfigs, *admin, admin->list_quotas()));
  TRY_ASSIGN(const QuotaChange change, change_of(args, quotas));
  std::vector<std::string> keys;
  for (const auto& [key, value] : change.values) keys.push_back(key);
  const std::string what = fmt::format("{} of {}", fmt::join(keys, ", "), describe(change.entity));
  if (context.dry_run()) {
    context.note(fmt::format("would delete: {}", what));
    return ExitCode::kDone;
  }
  Output& output = context.output();
  TRY(output.begin("quotas.delete", {{"quota"}, {"result"}}));
  TRY(context.confirm({.what = fmt::format("delete {}", what)}));
  TRY(admin->alter_quotas(change, false));
  for (const std::string& key : keys) output.row({key, "deleted"});
  output.end();
  return ExitCode::kDone;
}

}  // namespace

Command quotas_delete() {
  auto options = quota_entity_options<QuotasDeleteArgs>();
  options.insert(options.begin(), argument("QUOTA...", &QuotasDeleteArgs::keys).optional());
  return command<QuotasDeleteArgs>({
      .name = "quotas delete",
      .summary = "Take quotas away",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange,
      .options = std::move(options),
      .details = "Without QUOTA all quotas that were set for exactly this user, client id or "
                 "address. A default may hold for them afterwards.",
      .exclusive = exclusive_quota_options(),
      .check = check,
      .examples = {{"kreel quotas delete --user app", "All of one user; asks first"},
                   {"kreel quotas delete --user app --client-id batch request_percentage --yes",
                    "One of several"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotFound,
                ExitCode::kRefused, ExitCode::kNotAuthorized},
      .see_also = {"quotas list", "quotas set"},
  });
}

}  // namespace kreel::commands
