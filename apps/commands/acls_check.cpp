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

// What brokers are told beside their ACLs, where they tell it and the asker may know: Apache
// Kafka's do not.
struct Policy : AclPolicy {
  bool is_known = false;
};

Policy policy_of(AdminClient& admin) {
  Policy policy;
  const auto cluster = admin.describe_cluster();
  if (!cluster || cluster->brokers.empty()) return policy;
  const std::vector<ConfigResource> broker{
      {ConfigResourceType::kBroker, std::to_string(cluster->brokers.front().id)}};
  const auto described = admin.describe_configs(broker, {.keys = {}, .synonyms = false});
  if (!described || described->empty() || described->front().error) return policy;
  for (const ConfigEntry& entry : described->front().entries) {
    if (!entry.value) continue;
    if (entry.name == "allow.everyone.if.no.acl.found") {
      policy.allow_everyone_if_no_acl_found = *entry.value == "true";
    }
    if (entry.name != "super.users") continue;
    policy.is_known = true;
    for (const std::string_view user : split(*entry.value, ';')) {
      policy.super_users.emplace_back(trim(user));
    }
  }
  return policy;
}

AclDecision answer(const Asked& asked, const std::string& host, const std::vector<Acl>& acls,
                   const AclPolicy& policy) {
  const std::string address = host == kAclWildcard ? "" : host;
  return decide(
      acls, policy,
      {asked.principal, address, asked.operation, asked.target.resource, asked.target.name});
}

std::string_view reason_word(const AclDecision& decision) {
  if (decision.rule) return "rule";
  switch (decision.reason) {
    case AclDecision::Reason::kSuperUser:
      return "super_user";
    case AclDecision::Reason::kNoRule:
      return "no_rule";
    default:
      return "no_acl";
  }
}

void print(Output& output, const std::string& host, const AclDecision& decision) {
  std::vector<Value> row{host, decision.allowed ? "allowed" : "denied", reason_word(decision)};
  const auto rule =
      decision.rule ? acl_row(*decision.rule) : std::vector<Value>(acl_columns().size());
  row.insert(row.end(), rule.begin(), rule.end());
  output.row(std::move(row));
}

// The `kreel acls add` line that would let him.
std::string line_that_allows(const Asked& asked) {
  constexpr std::string_view kUser = "User:";
  const auto& [resource, name] = asked.target;
  if (!asked.principal.starts_with(kUser)) return "";
  return std::string(not_authorized(asked.operation, resource, name,
                                    std::string_view(asked.principal).substr(kUser.size()))
                         .hint());
}

Error denial(const Asked& asked, const AclDecision& decision, const Policy& policy) {
  const std::string what = fmt::format("{} may not {} {}", escape_control(asked.principal),
                                       operation_word(asked.operation), describe(asked.target));
  const std::string unless =
      policy.is_known ? "" : ", unless super.users of the brokers names the user";
  if (decision.rule) {
    return Error(ErrorKind::kConditionFalse,
                 fmt::format("{}: {}{}", what, to_string(*decision.rule), unless));
  }
  if (decision.reason == AclDecision::Reason::kNoRule) {
    return Error(ErrorKind::kConditionFalse,
                 fmt::format("{}: there are ACLs for it, and none allows it{}", what, unless),
                 line_that_allows(asked));
  }
  return Error(ErrorKind::kConditionFalse, fmt::format("{}: no ACL is for it{}", what, unless),
               policy.is_known ? line_that_allows(asked)
                               : "a broker with allow.everyone.if.no.acl.found=true allows it");
}

Result<ExitCode> run(const AclsCheckArgs& args, CommandContext& context) {
  TRY_ASSIGN(const Asked asked, asked_by(args));
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto acls, all_acls(*admin, AclOperation::kDescribe));
  const Policy policy = policy_of(*admin);
  AclFilter about;
  about.resource = asked.target.resource;
  about.name = asked.target.name;
  about.pattern = AclPattern::kMatch;
  const auto relevant = acls_of(acls, {about});
  Output& output = context.output();
  std::vector<Column> columns{{"from"}, {"answer"}, {"reason"}};
  for (Column& column : acl_columns()) columns.push_back(std::move(column));
  TRY(output.begin("acls.check", std::move(columns)));
  const AclDecision decision = answer(asked, asked.host, relevant, policy);
  print(output, asked.host, decision);
  if (!args.host) {
    // Where an address makes a difference.
    std::set<std::string> hosts;
    for (const Acl& acl : relevant) hosts.insert(acl.host);
    for (const std::string& host : hosts) {
      const AclDecision other = answer(asked, host, relevant, policy);
      if (other.allowed != decision.allowed) print(output, host, other);
    }
  }
  if (!decision.allowed && output.is_json()) output.error(denial(asked, decision, policy));
  output.end();
  if (decision.allowed) return ExitCode::kDone;
  context.streams().out.flush_now();
  if (!output.is_json()) output.error(denial(asked, decision, policy));
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
          "REASON is rule, no_rule (there are rules for the resource, and none says so), no_acl "
          "(there are none) or super_user.\n\n"
          "Apache Kafka's brokers tell nobody who their super users are, and kreel's tell who has "
          "describe-configs on the cluster: elsewhere the answer is without them. Topics may also "
          "be created by who has create on the cluster.",
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
