#include <fmt/format.h>

#include "cli/admin.hpp"
#include "cli/quota_options.hpp"

namespace kreel::commands {
namespace {

struct QuotasSetArgs : QuotaEntityArgs {
  std::vector<KeyValue> quotas;
};

Result<QuotaChange> change_of(const QuotasSetArgs& args) {
  QuotaChange change;
  change.entity = quota_entity(args);
  for (const KeyValue& item : args.quotas) {
    TRY_ASSIGN(auto quota, parse_quota(args, item.key, item.value));
    for (const auto& [key, value] : change.values) {
      if (key != quota.first) continue;
      return fail(ErrorKind::kUsage, fmt::format("{} is given twice", key));
    }
    change.values.emplace_back(std::move(quota));
  }
  return change;
}

Result<void> check(const QuotasSetArgs& args) {
  TRY(check_quota_entity(args, true));
  TRY(change_of(args));
  return {};
}

Result<ExitCode> run(const QuotasSetArgs& args, CommandContext& context) {
  TRY_ASSIGN(const QuotaChange change, change_of(args));
  TRY_ASSIGN(const auto admin, connect_admin(context));
  if (context.dry_run()) {
    TRY(admin->alter_quotas(change, true));
    context.note(fmt::format("would set quotas of {}", describe(change.entity)));
    return ExitCode::kDone;
  }
  Output& output = context.output();
  TRY(output.begin("quotas.set", quota_columns()));
  TRY(admin->alter_quotas(change, false));
  for (const auto& [key, value] : change.values) {
    output.row(quota_row(change.entity, key, *value));
  }
  output.end();
  return ExitCode::kDone;
}

}  // namespace

Command quotas_set() {
  auto options = quota_entity_options<QuotasSetArgs>();
  options.insert(options.begin(), argument("QUOTA=VALUE...", &QuotasSetArgs::quotas));
  return command<QuotasSetArgs>({
      .name = "quotas set",
      .summary = "Limit what a user, a client id or an address may use",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange | kUnasked,
      .options = std::move(options),
      .details =
          "producer_byte_rate and consumer_byte_rate are bytes per second, on each broker; "
          "request_percentage is time of a broker's threads, 100 for one of them; "
          "controller_mutation_rate is partitions made and deleted per second; "
          "connection_creation_rate, of addresses alone, is connections per second.\n\n"
          "Whoever uses more is told to wait and waited for: nothing is lost. Other quotas of the "
          "same user stay as they are.",
      .exclusive = exclusive_quota_options(),
      .check = check,
      .examples = {{"kreel quotas set --user app producer_byte_rate=1MiB", "One user"},
                   {"kreel quotas set --user app --client-id batch consumer_byte_rate=10MB",
                    "One of his clients"},
                   {"kreel quotas set --default-client-id producer_byte_rate=5MiB",
                    "Each client id that has no quota of its own"},
                   {"kreel quotas set --default-ip connection_creation_rate=20", "Each address"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized},
      .see_also = {"quotas list", "quotas delete"},
  });
}

}  // namespace kreel::commands
