#include <algorithm>

#include "cli/admin.hpp"
#include "cli/quota_options.hpp"

namespace kreel::commands {
namespace {

struct QuotasListArgs : QuotaEntityArgs {};

Result<void> check(const QuotasListArgs& args) {
  return check_quota_entity(args, false);
}

/// Whether it is of all that was asked for, and maybe of more.
bool is_of(const QuotaInfo& quota, const QuotaEntity& asked) {
  return std::ranges::all_of(asked, [&quota](const QuotaPart& part) {
    return std::ranges::find(quota.entity, part) != quota.entity.end();
  });
}

Result<ExitCode> run(const QuotasListArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto quotas, admin->list_quotas());
  Output& output = context.output();
  TRY(output.begin("quotas.list", quota_columns()));
  const QuotaEntity asked = quota_entity(args);
  for (const QuotaInfo& quota : quotas) {
    if (!is_of(quota, asked)) continue;
    for (const auto& [key, value] : quota.values) output.row(quota_row(quota.entity, key, value));
  }
  output.end();
  return ExitCode::kDone;
}

}  // namespace

Command quotas_list() {
  return command<QuotasListArgs>({
      .name = "quotas list",
      .summary = "List what users, client ids and addresses may use",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = quota_entity_options<QuotasListArgs>(),
      .details =
          "Of several quotas the most specific one holds: of a user's client id, of his default "
          "client id, of the user, then the same of the default user, then of the client id and of "
          "the default client id. Rates are per second.",
      .exclusive = exclusive_quota_options(),
      .check = check,
      .examples = {{"kreel quotas list", "All of them"},
                   {"kreel quotas list --user app", "Of one user, his client ids included"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized},
      .see_also = {"quotas set", "quotas delete"},
  });
}

}  // namespace kreel::commands
