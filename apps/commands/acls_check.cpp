#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/acl_options.hpp"
#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct AclsCheckArgs {
  std::string user;
  std::string operation;
  std::string resource;
  std::optional<std::string> host;
};

// What is asked, and of which address; "*" stands for those that no rule names.
struct Asked {
  std::string principal;
  AclOperation operation = AclOperation::kRead;
  AclTarget target;
  std::string host;
};

Result<Asked> asked_by(const AclsCheckArgs& args) {
  Asked asked;
  TRY_ASSIGN(asked.principal, parse_principal(args.user));
  TRY_ASSIGN(const auto operations, parse_operations({args.operation}));
  if (operations.size() != 1) return fail(ErrorKind::kUsage, "one operation at a time");
  asked.operation = operations.front();
  TRY_ASSIGN(asked.target, parse_acl_target(args.resource));
  TRY(check_operation(asked.operation, asked.target.resource, false));
  asked.host = args.host.value_or(std::string(kAclWildcard));
  TRY(check_address(asked.host));
  return asked;
}

Result<void> check(const AclsCheckArgs& args) {
  TRY(asked_by(args));
  return {};
}

AclDecision answer(const Asked& asked, const std::string& host, const std::vector<Acl>& acls) {
  const std::string address = host == kAclWildcard ? "" : host;
  return decide(
      acls, {},
      {asked.principal, address, asked.operation, asked.target.resource, asked.target.name});
}

std::string_view reason_word(const AclDecision& decision) {
  if (decision.rule) return "rule";
  return decision.reason == AclDecision::Reason::kNoRule ? "no_rule" : "no_acl";
}

void print(Output& output, const std::string& host, const AclDecision& decision) {
  std::vector<Value> row{host, decision.allowed ? "allowed" : "denied", reason_word(decision)};
  const auto rule =
      decision.rule ? acl_row(*decision.rule) : std::vector<Value>(acl_columns().size());
  row.insert(row.end(), rule.begin(), rule.end());
  output.row(std::move(row));
}

// "--topic orders", as it is typed for acls add.
std::string typed(const AclTarget& target) {
  const std::string option(acl_target_option(target.resource));
  if (target.resource == AclResource::kCluster) return option;
  return fmt::format("{} {}", option, escape_control(target.name));
}

Error denial(const Asked& asked, const AclDecision& decision) {
  const std::string what = fmt::format("{} may not {} {}", escape_control(asked.principal),
                                       operation_word(asked.operation), describe(asked.target));
  if (decision.rule) {
    return Error(ErrorKind::kConditionFalse,
                 fmt::format("{}: {}", what, to_string(*decision.rule)));
  }
  if (decision.reason == AclDecision::Reason::kNoRule) {
    return Error(
        ErrorKind::kConditionFalse,
        fmt::format("{}: there are ACLs for it, and none allows it", what),
        fmt::format("kreel acls add --allow {} --op {} {}", escape_control(asked.principal),
                    operation_word(asked.operation), typed(asked.target)));
  }
  return Error(ErrorKind::kConditionFalse, fmt::format("{}: no ACL is for it", what),
               "a broker with allow.everyone.if.no.acl.found=true allows it");
}

Result<ExitCode> run(const AclsCheckArgs& args, CommandContext& context) {
  TRY_ASSIGN(const Asked asked, asked_by(args));
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const FoundAcls found, admin->list_acls({}));
  if (found.error) return fail(found.error->error);
  Output& output = context.output();
  std::vector<Column> columns{{"from"}, {"answer"}, {"reason"}};
  for (Column& column : acl_columns()) columns.push_back(std::move(column));
  TRY(output.begin("acls.check", std::move(columns)));
  const AclDecision decision = answer(asked, asked.host, found.acls);
  print(output, asked.host, decision);
  if (!args.host) {
    // Where an address makes a difference.
    std::set<std::string> hosts;
    for (const Acl& acl : found.acls) hosts.insert(acl.host);
    for (const std::string& host : hosts) {
      const AclDecision other = answer(asked, host, found.acls);
      if (other.allowed != decision.allowed) print(output, host, other);
    }
  }
  if (!decision.allowed && output.is_json()) output.error(denial(asked, decision));
  output.end();
  if (decision.allowed) return ExitCode::kDone;
  context.streams().out.flush_now();
  if (!output.is_json()) output.error(denial(asked, decision));
  return ExitCode::kConditionFalse;
}

}  // namespace

Command acls_check() {
  return command<AclsCheckArgs>({
      .name = "acls check",
      .summary = "Tell whether a user may do something, and which rule decides",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = {argument("USER", &AclsCheckArgs::user),
                  argument("OPERATION", &AclsCheckArgs::operation),
                  argument("RESOURCE", &AclsCheckArgs::resource),
                  option("--host", &AclsCheckArgs::host)
                      .value("ADDRESS")
                      .help("Coming from this IP address")
                      .fallback("any; addresses with another answer are listed, too")},
      .details =
          "RESOURCE is topic:NAME, group:NAME, cluster, txn-id:ID, delegation-token:ID or "
          "user:NAME. The rules are read from the cluster and judged as its brokers do: a denial "
          "wins, then what is allowed; a name's own rules count like those of prefixes and *. "
          "REASON is rule, no_rule (there are rules for the resource, and none says so) or no_acl "
          "(there are none).\n\n"
          "Brokers tell nobody who their super users are: they may do everything. Topics may also "
          "be "
          "created by who has create on the cluster.",
      .exclusive = {},
      .check = check,
      .examples = {{"kreel acls check alice read topic:orders", "Exit code 0 or 10"},
                   {"kreel acls check alice idempotent-write cluster --host 10.0.0.7",
                    "From one address"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized,
                ExitCode::kConditionFalse},
      .see_also = {"acls list", "acls add"},
  });
}

}  // namespace kreel::commands
