#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/acl_options.hpp"
#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct AclsAddArgs : AclArgs {
  bool prefixed = false;
  bool producer = false;
  bool consumer = false;
};

// What those who write to topics, or read them, need; as Kafka's own tool has it.
std::vector<AclOperation> operations_of_roles(const AclsAddArgs& args, AclResource resource) {
  using enum AclOperation;
  std::vector<AclOperation> operations;
  const auto add = [&operations](std::initializer_list<AclOperation> more) {
    operations.insert(operations.end(), more);
  };
  if (args.producer && resource == AclResource::kTopic) add({kWrite, kDescribe, kCreate});
  if (args.producer && resource == AclResource::kTransactionalId) add({kWrite, kDescribe});
  if (args.consumer && resource == AclResource::kTopic) add({kRead, kDescribe});
  if (args.consumer && resource == AclResource::kGroup) add({kRead});
  return operations;
}

bool may_be_topic(std::string_view name) {
  constexpr std::size_t kBytesMax = 249;
  return name.size() <= kBytesMax && std::ranges::all_of(name, [](unsigned char c) {
           return (c < 0x80 && std::isalnum(c) != 0) || c == '.' || c == '_' || c == '-';
         });
}

Result<void> check_name(const AclTarget& target, bool prefixed) {
  const std::string name = escape_control(target.name);
  if (target.resource == AclResource::kCluster) {
    if (!prefixed) return {};
    return fail(ErrorKind::kUsage, "--prefixed is for names, and the cluster has none");
  }
  const std::string_view option = acl_target_option(target.resource);
  if (target.name == kAclWildcard) {
    if (!prefixed) return {};
    return fail(ErrorKind::kUsage, fmt::format("{} '*' is all of them, not a prefix", option),
                "leave out --prefixed");
  }
  // Any other resource may have any name.
  if (target.resource != AclResource::kTopic || may_be_topic(target.name)) return {};
  const std::size_t star = name.find('*');
  return fail(
      ErrorKind::kUsage, fmt::format("no topic can be called \"{}\"", name),
      star == 0 ? "--topic '*' is all of them"
      : star != std::string::npos
          ? fmt::format("--topic {} --prefixed is for all that begin so", name.substr(0, star))
      : name.find(',') != std::string::npos
          ? "--topic may be repeated: a rule for each"
          : "names are of letters, digits, '.', '_' and '-', at most 249");
}

// A rule of a user whom nobody can be would go unnoticed, and a denial be missed.
Result<std::string> parse_user(const std::string& text) {
  TRY_ASSIGN(std::string principal, parse_principal(text));
  const std::string kind = principal.substr(0, principal.find(':'));
  if (kind == "User" || to_lower(kind) != "user") return principal;
  return fail(ErrorKind::kUsage,
              fmt::format("\"{}\" is nobody: it is spelt User:", escape_control(text)),
              fmt::format("User{}", escape_control(principal.substr(kind.size()))));
}

// Names in certificates may have commas and stars, and have an equals sign.
std::vector<std::string> warnings_of(const AclsAddArgs& args) {
  std::vector<std::string> warnings;
  for (const auto* texts : {&args.allowed, &args.denied}) {
    for (const std::string& text : *texts) {
      if (text == kAclWildcard || text == kAclAnyPrincipal) continue;
      if (text.find('=') != std::string::npos) continue;
      const std::string name = escape_control(text);
      if (text.find(',') != std::string::npos) {
        warnings.push_back(
            fmt::format("\"{}\" is one user: --allow and --deny may be repeated", name));
      } else if (text.find(':') != std::string::npos && !text.starts_with("User:")) {
        warnings.push_back(fmt::format(
            "\"{}\" is no user: clients are User:NAME, unless a broker makes principals of its own",
            name));
      } else if (text.ends_with('*')) {
        warnings.push_back(fmt::format("\"{}\" is one user: there are no patterns of users", name));
      }
    }
  }
  return warnings;
}

Result<std::vector<AclOperation>> operations_for(const AclsAddArgs& args, const AclTarget& target) {
  if (!args.producer && !args.consumer) {
    TRY_ASSIGN(auto operations, parse_operations(args.operations));
    for (const AclOperation operation : operations) {
      TRY(check_operation(operation, target.resource, true));
    }
    return operations;
  }
  auto operations = operations_of_roles(args, target.resource);
  if (!operations.empty()) return operations;
  return fail(ErrorKind::kUsage,
              fmt::format("{} says nothing about {}", args.producer ? "--producer" : "--consumer",
                          describe(target)),
              args.producer && args.consumer ? "they are for --topic, --group and --txn-id"
              : args.producer                ? "it is for --topic and --txn-id"
                                             : "it is for --topic and --group");
}

// The rules that were asked for, each once.
Result<std::set<Acl>> acls_to_add(const AclsAddArgs& args) {
  std::vector<std::pair<std::string, AclPermission>> subjects;
  for (const std::string& text : args.allowed) {
    TRY_ASSIGN(std::string principal, parse_user(text));
    subjects.emplace_back(std::move(principal), AclPermission::kAllow);
  }
  for (const std::string& text : args.denied) {
    TRY_ASSIGN(std::string principal, parse_user(text));
    subjects.emplace_back(std::move(principal), AclPermission::kDeny);
  }
  std::vector<std::string> hosts = args.hosts;
  if (hosts.empty()) hosts.emplace_back(kAclWildcard);
  for (const std::string& host : hosts) TRY(check_address(host));
  TRY_ASSIGN(const auto targets, acl_targets(args));
  std::set<Acl> acls;
  for (const AclTarget& target : targets) {
    TRY(check_name(target, args.prefixed));
    TRY_ASSIGN(const auto operations, operations_for(args, target));
    for (const auto& [principal, permission] : subjects) {
      for (const AclOperation operation : operations) {
        for (const std::string& host : hosts) {
          acls.insert({.resource = target.resource,
                       .name = target.name,
                       .pattern = args.prefixed ? AclPattern::kPrefixed : AclPattern::kLiteral,
                       .principal = principal,
                       .host = host,
                       .operation = operation,
                       .permission = permission});
        }
      }
    }
  }
  return acls;
}

Result<void> check(const AclsAddArgs& args) {
  if (args.allowed.empty() && args.denied.empty()) {
    return fail(ErrorKind::kUsage, "who is allowed or denied something?",
                "--allow USER, --deny USER");
  }
  const bool has_role = args.producer || args.consumer;
  if (args.operations.empty() && !has_role) {
    return fail(ErrorKind::kUsage, "which operations?",
                "--op read,write and such, --producer or --consumer");
  }
  if (!args.operations.empty() && has_role) {
    return fail(ErrorKind::kUsage,
                "--producer and --consumer say which operations: --op does not "
                "go with them");
  }
  if (has_role && !args.denied.empty()) {
    return fail(ErrorKind::kUsage, "--producer and --consumer allow something",
                "--deny USER --op OPERATION denies it");
  }
  TRY_ASSIGN(const auto targets, acl_targets(args));
  if (targets.empty()) {
    return fail(ErrorKind::kUsage, "about what?",
                "--topic TOPIC, --group GROUP, --cluster, --txn-id ID and such");
  }
  TRY(acls_to_add(args));
  return {};
}

Result<ExitCode> run(const AclsAddArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto wanted, acls_to_add(args));
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto present, all_acls(*admin, AclOperation::kAlter));
  for (const std::string& warning : warnings_of(args)) context.warn(warning);
  std::vector<Acl> missing;
  std::ranges::set_difference(wanted, present, std::back_inserter(missing));
  Output& output = context.output();
  auto columns = acl_columns();
  columns.push_back({"result"});
  TRY(output.begin("acls.add", std::move(columns)));
  const auto print = [&output](const Acl& acl, std::string_view result) {
    auto row = acl_row(acl);
    row.emplace_back(result);
    output.row(std::move(row));
  };
  ItemErrors errors(output);
  for (const Acl& acl : wanted) {
    if (!std::ranges::binary_search(present, acl)) continue;
    errors.succeeded();
    print(acl, "present");
  }
  if (context.dry_run()) {
    for (const Acl& acl : missing) print(acl, "would be added");
    output.end();
    return ExitCode::kDone;
  }
  std::vector<AclResult> results;
  if (!missing.empty()) {
    TRY_ASSIGN(results, admin->create_acls(missing));
  }
  for (const AclResult& result : results) {
    if (result.error) {
      errors.add(result.error->error);
      continue;
    }
    errors.succeeded();
    print(result.acl, "added");
  }
  output.end();
  return errors.exit();
}

}  // namespace

Command acls_add() {
  auto options = acl_options<AclsAddArgs>();
  options.push_back(option("--prefixed", &AclsAddArgs::prefixed)
                        .help("About all resources whose names begin with the name"));
  options.push_back(option("--producer", &AclsAddArgs::producer)
                        .help("In place of --op: write, describe and create of topics, write and "
                              "describe of transactional ids"));
  options.push_back(option("--consumer", &AclsAddArgs::consumer)
                        .help("In place of --op: read and describe of topics, read of groups"));
  return command<AclsAddArgs>({
      .name = "acls add",
      .summary = "Allow or deny users something",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange | kUnasked,
      .options = std::move(options),
      .details =
          "A rule for each user, operation, resource and address. Denials win over what is "
          "allowed. Who may read, write, delete or alter something may describe it, and "
          "alter-configs has describe-configs in it.\n\n"
          "Apache Kafka knows IPv6 addresses in Java's spelling alone: 0:0:0:0:0:0:0:1 for ::1. "
          "Kreel's broker takes any.",
      .exclusive = {},
      .check = check,
      .examples = {{"kreel acls add --allow alice --op read,write --topic orders", "One topic"},
                   {"kreel acls add --allow bill --consumer -t orders -g bill- --prefixed",
                    "To read, as groups bill-…"},
                   {"kreel acls add --deny '*' --op delete --topic '*'", "Nobody may"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized,
                ExitCode::kRefused},
      .see_also = {"acls check", "acls list", "acls delete"},
  });
}

}  // namespace kreel::commands
