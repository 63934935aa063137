#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <kreel/acls.hpp>
#include <kreel/text.hpp>

#include "kafka/client.hpp"

namespace kreel::kafka_tools {
namespace {

using Texts = std::vector<std::string>;

// A resource pattern, or a filter for such.
struct AclPlace {
  AclResource resource = AclResource::kAny;
  std::string name;
  AclPattern pattern = AclPattern::kLiteral;

  auto operator<=>(const AclPlace&) const = default;
};

// Java has HashMaps here, in an order that changes with each JVM.
using AclRules = std::map<AclPlace, std::set<Acl>>;

// "DESCRIBE_CONFIGS" of "DescribeConfigs".
std::string java_enum(std::string_view name) {
  std::string result;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (is_upper && !result.empty()) result += '_';
    result += is_upper ? c : static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

std::string place_text(const AclPlace& place) {
  return fmt::format("ResourcePattern(resourceType={}, name={}, patternType={})",
                     java_enum(to_string(place.resource)), place.name,
                     java_enum(to_string(place.pattern)));
}

std::string rule_text(const Acl& acl) {
  return fmt::format("(principal={}, host={}, operation={}, permissionType={})", acl.principal,
                     acl.host, java_enum(to_string(acl.operation)),
                     java_enum(to_string(acl.permission)));
}

std::string rule_lines(const std::vector<Acl>& acls) {
  Texts lines;
  for (const Acl& acl : acls) lines.push_back("\t" + rule_text(acl));
  return join(lines, "\n");
}

AclPlace place_of(const Acl& acl) {
  return {acl.resource, acl.name, acl.pattern};
}

AclFilter filter_of(const AclPlace& place) {
  AclFilter filter;
  filter.resource = place.resource;
  filter.name = place.name;
  filter.pattern = place.pattern;
  return filter;
}

// "User:alice"; what has no colon is none.
Outcome<Texts> principals(const Options& options, std::string_view option) {
  Texts result;
  for (const std::string& value : options.values(option)) {
    const std::string text(trim(value));
    if (text.find(':') == std::string::npos) {
      return illegal_argument(
          fmt::format("expected a string in format principalType:principalName but got {}", text));
    }
    result.push_back(text);
  }
  return result;
}

Texts hosts(const Options& options, std::string_view option) {
  if (!options.has(option)) return {std::string(kAclWildcard)};
  Texts result;
  for (const std::string& value : options.values(option)) result.emplace_back(trim(value));
  return result;
}

// Java knows "DescribeConfigs" in any case, without marks between the words.
std::vector<AclOperation> typed_operations(const Options& options) {
  if (!options.has("operation")) return {AclOperation::kAll};
  std::vector<AclOperation> operations;
  for (const std::string& value : options.values("operation")) {
    const auto known = value.find_first_of("-_") == std::string::npos
                           ? parse_acl_operation(trim(value))
                           : std::nullopt;
    operations.push_back(known.value_or(AclOperation{}));
  }
  return operations;
}

Outcome<AclPattern> pattern_type(const Options& options) {
  TRY_ASSIGN(const std::string text, options.value_or("resource-pattern-type", "literal"));
  for (const auto pattern :
       {AclPattern::kAny, AclPattern::kMatch, AclPattern::kLiteral, AclPattern::kPrefixed}) {
    if (equals_ignore_case(text, to_string(pattern))) return pattern;
  }
  return thrown("joptsimple.OptionArgumentConversionException",
                fmt::format("Cannot parse argument '{}' of option resource-pattern-type", text),
                ErrorKind::kUsage);
}

Outcome<std::vector<AclPlace>> places(const Options& options) {
  TRY_ASSIGN(const AclPattern pattern, pattern_type(options));
  std::vector<AclPlace> result;
  const auto add = [&](AclResource resource, std::string_view option) {
    for (const std::string& value : options.values(option)) {
      // Kafka trims all names but these.
      const bool as_typed = resource == AclResource::kTransactionalId;
      result.push_back({resource, std::string(as_typed ? value : trim(value)), pattern});
    }
  };
  add(AclResource::kTopic, "topic");
  add(AclResource::kGroup, "group");
  const bool is_cluster = options.has("cluster") || options.has("idempotent");
  if (is_cluster && pattern == AclPattern::kLiteral) {
    result.push_back({AclResource::kCluster, std::string(kAclCluster), pattern});
  }
  add(AclResource::kTransactionalId, "transactional-id");
  add(AclResource::kDelegationToken, "delegation-token");
  add(AclResource::kUser, "user-principal");
  return result;
}

// The rules for one place that the options ask for; none where nobody is named.
Outcome<std::set<Acl>> rules_at(const AclPlace& place, const Options& options,
                                const std::vector<AclOperation>& operations) {
  std::set<Acl> rules;
  const auto add = [&](const Texts& who, const Texts& from, AclPermission permission) {
    for (const std::string& principal : who) {
      for (const std::string& host : from) {
        for (const AclOperation operation : operations) {
          rules.insert({.resource = place.resource,
                        .name = place.name,
                        .pattern = place.pattern,
                        .principal = principal,
                        .host = host,
                        .operation = operation,
                        .permission = permission});
        }
      }
    }
  };
  TRY_ASSIGN(const Texts allowed, principals(options, "allow-principal"));
  TRY_ASSIGN(const Texts denied, principals(options, "deny-principal"));
  add(allowed, hosts(options, "allow-host"), AclPermission::kAllow);
  add(denied, hosts(options, "deny-host"), AclPermission::kDeny);
  return rules;
}

// What producers and consumers need of a resource of this kind.
std::vector<AclOperation> operations_of_clients(const Options& options, AclResource resource) {
  using enum AclOperation;
  std::vector<AclOperation> operations;
  const auto add = [&operations](std::initializer_list<AclOperation> more) {
    operations.insert(operations.end(), more);
  };
  if (options.has("producer")) {
    if (resource == AclResource::kTopic) add({kWrite, kDescribe, kCreate});
    if (resource == AclResource::kTransactionalId) add({kWrite, kDescribe});
    if (resource == AclResource::kCluster && options.has("idempotent")) add({kIdempotentWrite});
  }
  if (options.has("consumer")) {
    if (resource == AclResource::kTopic) add({kRead, kDescribe});
    if (resource == AclResource::kGroup) add({kRead});
  }
  return operations;
}

Outcome<void> check_operations(const AclPlace& place, const std::set<Acl>& rules) {
  std::vector<AclOperation> known = acl_operations(place.resource);
  known.push_back(AclOperation::kAll);
  const bool all_known = std::ranges::all_of(rules, [&known](const Acl& acl) {
    return std::ranges::find(known, acl.operation) != known.end();
  });
  if (all_known) return {};
  Texts names;
  for (const AclOperation operation : known) names.push_back(java_enum(to_string(operation)));
  return usage_exit(fmt::format("ResourceType {} only supports operations [{}]",
                                java_enum(to_string(place.resource)), join(names, ", ")));
}

Outcome<AclRules> asked_rules(const Options& options) {
  TRY_ASSIGN(const auto all_places, places(options));
  if (all_places.empty()) {
    return usage_exit(
        "You must provide at least one resource: --topic <topic> or --cluster or --group <group> "
        "or --delegation-token <Delegation Token ID>");
  }
  const bool by_client = options.has("producer") || options.has("consumer");
  AclRules asked;
  for (const AclPlace& place : all_places) {
    const auto operations =
        by_client ? operations_of_clients(options, place.resource) : typed_operations(options);
    if (operations.empty()) continue;
    TRY_ASSIGN(asked[place], rules_at(place, options, operations));
  }
  for (const auto& [place, rules] : asked) TRY(check_operations(place, rules));
  return asked;
}

tl::unexpected<JavaError> acl_failure(const ItemError& error) {
  constexpr std::int16_t kSecurityDisabled = 54;
  return tl::unexpected(
      java_error(error, error.code == kSecurityDisabled ? "No Authorizer is configured." : ""));
}

Outcome<std::vector<Acl>> described(const AclFilter& filter, ToolAdmin& tool) {
  TRY_ASSIGN(AdminClient * admin, tool.connect("describeAcls"));
  TRY_ASSIGN(FoundAcls found, in_java(admin->list_acls(filter), "describeAcls"));
  if (found.error) return acl_failure(*found.error);
  return std::move(found.acls);
}

Outcome<Ending> add_acls(const Options& options, ToolAdmin& tool, ToolContext& context) {
  TRY_ASSIGN(const AclPattern pattern, pattern_type(options));
  if (pattern != AclPattern::kLiteral && pattern != AclPattern::kPrefixed) {
    return usage_exit(
        fmt::format("A '--resource-pattern-type' value of '{}' is not valid when adding acls.",
                    java_enum(to_string(pattern))));
  }
  TRY_ASSIGN(const AclRules asked, asked_rules(options));
  for (const auto& [place, rules] : asked) {
    if (!rules.empty()) continue;
    return usage_exit(
        "You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.");
  }
  for (const auto& [place, rules] : asked) {
    TRY_ASSIGN(const auto present, described(filter_of(place), tool));
    std::vector<Acl> missing;
    for (const Acl& acl : rules) {
      if (std::ranges::find(present, acl) == present.end()) {
        missing.push_back(acl);
        continue;
      }
      context.out_line(fmt::format("Acl (pattern={}, entry={}) already exists.", place_text(place),
                                   rule_text(acl)));
    }
    if (missing.empty()) continue;
    context.out_line(fmt::format("Adding ACLs for resource `{}`: \n {}\n", place_text(place),
                                 rule_lines(missing)));
    TRY_ASSIGN(AdminClient * admin, tool.connect("createAcls"));
    TRY_ASSIGN(const auto results, in_java(admin->create_acls(missing), "createAcls"));
    for (const AclResult& result : results) {
      if (result.error) return acl_failure(*result.error);
    }
  }
  return Ending{};
}

// As Java's console, which is not there unless both ends are a terminal.
Outcome<bool> confirmed(std::string_view question, const Options& options, ToolContext& context) {
  if (options.has("force")) return true;
  context.out_line(question);
  cli::Streams& streams = context.host().streams;
  if (!streams.in_is_terminal || !streams.out_is_terminal) {
    return thrown("java.lang.NullPointerException",
                  "Cannot invoke \"java.io.Console.readLine()\" because the return value of "
                  "\"java.lang.System.console()\" is null",
                  ErrorKind::kRefused);
  }
  streams.out.flush_now();
  const auto line = context.host().answer();
  if (line) return equals_ignore_case(*line, "y");
  return thrown("java.lang.NullPointerException",
                "Cannot invoke \"String.equalsIgnoreCase(String)\" because the return value of "
                "\"java.io.Console.readLine()\" is null",
                ErrorKind::kRefused);
}

Outcome<void> delete_at(const AclPlace& place, const std::set<Acl>& rules, ToolAdmin& tool) {
  std::vector<AclFilter> filters;
  for (const Acl& acl : rules) {
    AclFilter& filter = filters.emplace_back(filter_of(place));
    filter.principal = acl.principal;
    filter.host = acl.host;
    filter.operation = acl.operation;
    filter.permission = acl.permission;
  }
  if (filters.empty()) filters.push_back(filter_of(place));
  TRY_ASSIGN(AdminClient * admin, tool.connect("deleteAcls"));
  TRY_ASSIGN(const auto deleted, in_java(admin->delete_acls(filters), "deleteAcls"));
  for (const DeletedAcls& one : deleted) {
    if (one.error) return acl_failure(*one.error);
    for (const AclResult& result : one.acls) {
      if (result.error) return acl_failure(*result.error);
    }
  }
  return {};
}

Outcome<Ending> remove_acls(const Options& options, ToolAdmin& tool, ToolContext& context) {
  TRY_ASSIGN(const AclRules asked, asked_rules(options));
  for (const auto& [place, rules] : asked) {
    const std::string question =
        rules.empty() ? fmt::format(
                            "Are you sure you want to delete all ACLs for resource filter `{}`? "
                            "(y/n)",
                            place_text(place))
                      : fmt::format(
                            "Are you sure you want to remove ACLs: \n {}\n from resource filter "
                            "`{}`? (y/n)",
                            rule_lines({rules.begin(), rules.end()}), place_text(place));
    TRY_ASSIGN(const bool is_confirmed, confirmed(question, options, context));
    if (is_confirmed) TRY(delete_at(place, rules, tool));
  }
  return Ending{};
}

void print_rules(const AclRules& rules, const std::string* principal, ToolContext& context) {
  for (const auto& [place, acls] : rules) {
    std::vector<Acl> shown;
    for (const Acl& acl : acls) {
      if (principal == nullptr || acl.principal == *principal) shown.push_back(acl);
    }
    if (shown.empty()) continue;
    context.out_line(
        fmt::format("Current ACLs for resource `{}`:\n{}\n", place_text(place), rule_lines(shown)));
  }
}

Outcome<Ending> list_acls(const Options& options, ToolAdmin& tool, ToolContext& context) {
  TRY_ASSIGN(const auto wanted, places(options));
  TRY_ASSIGN(const Texts listed, principals(options, "principal"));
  std::vector<AclFilter> filters;
  for (const AclPlace& place : wanted) filters.push_back(filter_of(place));
  if (filters.empty()) filters.emplace_back();
  AclRules rules;
  for (const AclFilter& filter : filters) {
    TRY_ASSIGN(const auto found, described(filter, tool));
    for (const Acl& acl : found) rules[place_of(acl)].insert(acl);
  }
  if (listed.empty()) print_rules(rules, nullptr, context);
  for (const std::string& principal : std::set<std::string>(listed.begin(), listed.end())) {
    context.out_line(fmt::format("ACLs for principal `{}`", principal));
    print_rules(rules, &principal, context);
  }
  return Ending{};
}

Outcome<void> check_acl_options(const Options& options) {
  const bool server = options.has("bootstrap-server");
  const bool controller = options.has("bootstrap-controller");
  if (server && controller) {
    return usage_exit("Only one of --bootstrap-server or --bootstrap-controller must be specified");
  }
  if (!server && !controller) {
    return usage_exit("One of --bootstrap-server or --bootstrap-controller must be specified");
  }
  if (int{options.has("add")} + int{options.has("remove")} + int{options.has("list")} != 1) {
    return usage_exit("Command must include exactly one action: --list, --add, --remove. ");
  }
  constexpr auto kChanges = std::to_array<std::string_view>(
      {"producer", "consumer", "allow-host", "allow-principal", "deny-host", "deny-principal"});
  constexpr auto kRules =
      std::to_array<std::string_view>({"operation", "deny-principal", "deny-host"});
  TRY(exclude(options, "list", kChanges));
  TRY(exclude(options, "producer", kRules));
  TRY(exclude(options, "consumer", kRules));
  if (options.has("principal") && !options.has("list")) {
    return usage_exit("The --principal option is only available if --list is set");
  }
  if (options.has("producer") && !options.has("topic")) {
    return usage_exit("With --producer you must specify a --topic");
  }
  if (options.has("idempotent") && !options.has("producer")) {
    return usage_exit("The --idempotent option is only available if --producer is set");
  }
  const bool too_much =
      !options.has("producer") && (options.has("cluster") || options.has("transactional-id"));
  if (options.has("consumer") && (!options.has("topic") || !options.has("group") || too_much)) {
    return usage_exit(
        "With --consumer you must specify a --topic and a --group and no --cluster or "
        "--transactional-id option should be specified.");
  }
  return {};
}

Outcome<Ending> run_acls(const Options& options, ToolContext& context) {
  TRY(check_acl_options(options));
  ClientSettings settings;
  TRY_ASSIGN(settings.file, options.value("command-config"));
  if (options.has("command-config") && !settings.file) {
    context.out_line("Did not load any properties since the property file is not specified");
  }
  TRY_ASSIGN(const auto controller, options.value_or("bootstrap-controller", ""));
  TRY_ASSIGN(settings.bootstrap, options.value_or("bootstrap-server", controller));
  TRY_ASSIGN(ToolAdmin tool, ToolAdmin::make(settings, context));
  if (options.has("add")) return add_acls(options, tool, context);
  if (options.has("remove")) return remove_acls(options, tool, context);
  return list_acls(options, tool, context);
}

// On standard output, all of it.
Ending show_acls_error(const JavaError& error, ToolContext& context) {
  const bool of_call = error.type.starts_with("org.apache.kafka.common.errors.");
  context.out_line("Error while executing ACL command: " +
                   (of_call ? error.text() : error.message));
  context.out_line((of_call ? "java.util.concurrent.ExecutionException: " : "") + error.text());
  context.out_line("");
  return failed(1, error);
}

}  // namespace

Tool acls_tool() {
  return {
      .about = "This tool helps to manage acls on kafka.",
      .flags =
          {{"bootstrap-server", Takes::kValue, "String: server to connect to",
            "The servers to connect to."},
           {"bootstrap-controller", Takes::kValue, "String: controller to connect to",
            "The controllers to connect to."},
           {"command-config", Takes::kMaybeValue, "String: command-config",
            "Property file with the settings of the admin client."},
           {"add", Takes::kNothing, "", "Add ACLs."},
           {"remove", Takes::kNothing, "", "Remove ACLs."},
           {"list", Takes::kNothing, "", "List ACLs, of all resources or of those that are named."},
           {"topic", Takes::kValue, "String: topic", "A topic; * for all."},
           {"cluster", Takes::kNothing, "", "The cluster."},
           {"group", Takes::kValue, "String: group", "A consumer group; * for all."},
           {"transactional-id", Takes::kValue, "String: transactional-id",
            "A transactional id; * for all."},
           {"delegation-token", Takes::kValue, "String: delegation-token",
            "A delegation token; * for all."},
           {"user-principal", Takes::kValue, "String: user-principal",
            "A user whose tokens are made or described."},
           {"resource-pattern-type", Takes::kValue, "ANY|MATCH|LITERAL|PREFIXED",
            "LITERAL and PREFIXED are kinds of patterns; ANY and MATCH, not for --add, mean the "
            "patterns of that name and those that apply to it.",
            "LITERAL"},
           {"operation", Takes::kValue, "String",
            "Read, Write, Create, Delete, Alter, Describe, ClusterAction, DescribeConfigs, "
            "AlterConfigs, IdempotentWrite, CreateTokens, DescribeTokens, TwoPhaseCommit or All.",
            "All"},
           {"allow-principal", Takes::kValue, "String: allow-principal",
            "Who is allowed something: User:name."},
           {"deny-principal", Takes::kValue, "String: deny-principal",
            "Who is denied something, whatever else allows it."},
           {"allow-host", Takes::kValue, "String: allow-host",
            "The address from which it is allowed; without it, any."},
           {"deny-host", Takes::kValue, "String: deny-host",
            "The address from which it is denied; without it, any."},
           {"principal", Takes::kMaybeValue, "String: principal",
            "With --list: the ACLs of this principal."},
           {"producer", Takes::kNothing, "",
            "Write, Describe and Create of topics, Write and Describe of transactional ids."},
           {"idempotent", Takes::kNothing, "",
            "With --producer: IdempotentWrite of the cluster, too."},
           {"consumer", Takes::kNothing, "", "Read and Describe of topics, Read of groups."},
           {"force", Takes::kNothing, "", "Do not ask."},
           {"help", Takes::kNothing, "", "Print usage information."},
           {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_acls,
      .on_error = show_acls_error,
      .parse_errors_show_table = true,
  };
}

}  // namespace kreel::kafka_tools
