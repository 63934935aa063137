#include "cli/acl_options.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

struct AclKind {
  AclResource resource;
  std::string_view option;
  std::string_view typed;  // before the colon
  std::string_view word;
};

constexpr auto kAclKinds = std::to_array<AclKind>({
    {AclResource::kTopic, "--topic", "topic", "topic"},
    {AclResource::kGroup, "--group", "group", "group"},
    {AclResource::kCluster, "--cluster", "cluster", "cluster"},
    {AclResource::kTransactionalId, "--txn-id", "txn-id", "transactional id"},
    {AclResource::kDelegationToken, "--delegation-token", "delegation-token", "delegation token"},
    {AclResource::kUser, "--user-principal", "user", "user"},
});

const AclKind& kind_of(AclResource resource) {
  return *std::ranges::find(kAclKinds, resource, &AclKind::resource);
}

Error empty_name(std::string_view option) {
  return Error(ErrorKind::kUsage, fmt::format("{}: the name is empty", option));
}

std::vector<std::string> operation_words(AclResource resource, bool may_be_all) {
  std::vector<std::string> words;
  for (const AclOperation operation : acl_operations(resource)) {
    words.push_back(operation_word(operation));
  }
  if (may_be_all) words.emplace_back("all");
  return words;
}

std::vector<std::string> all_operation_words() {
  std::vector<std::string> words;
  for (auto number = static_cast<int>(AclOperation::kAll);
       number <= static_cast<int>(AclOperation::kTwoPhaseCommit); ++number) {
    words.push_back(operation_word(static_cast<AclOperation>(number)));
  }
  return words;
}

struct AclSubject {
  std::optional<std::string> principal;
  AclPermission permission = AclPermission::kAny;
};

Result<std::vector<AclSubject>> acl_subjects(const AclFilterArgs& args) {
  std::vector<AclSubject> subjects;
  for (const std::string& text : args.principals) {
    TRY_ASSIGN(std::string principal, parse_principal(text));
    subjects.push_back({std::move(principal), AclPermission::kAny});
  }
  for (const std::string& text : args.allowed) {
    TRY_ASSIGN(std::string principal, parse_principal(text));
    subjects.push_back({std::move(principal), AclPermission::kAllow});
  }
  for (const std::string& text : args.denied) {
    TRY_ASSIGN(std::string principal, parse_principal(text));
    subjects.push_back({std::move(principal), AclPermission::kDeny});
  }
  if (subjects.empty()) subjects.emplace_back();
  return subjects;
}

// The filter once for each of the values, or as it is where there is none.
template <class T, class Put>
std::vector<AclFilter> multiplied(const std::vector<AclFilter>& filters,
                                  const std::vector<T>& values, Put put) {
  if (values.empty()) return filters;
  std::vector<AclFilter> all;
  for (const AclFilter& filter : filters) {
    for (const T& value : values) put(all.emplace_back(filter), value);
  }
  return all;
}

}  // namespace

Result<std::vector<AclTarget>> acl_targets(const AclArgs& args) {
  std::vector<AclTarget> targets;
  const auto add = [&targets](AclResource resource, const std::vector<std::string>& names) {
    for (const std::string& name : names) targets.push_back({resource, name});
  };
  add(AclResource::kTopic, args.topics);
  add(AclResource::kGroup, args.groups);
  if (args.cluster) targets.push_back({AclResource::kCluster, std::string(kAclCluster)});
  add(AclResource::kTransactionalId, args.transactional_ids);
  add(AclResource::kDelegationToken, args.delegation_tokens);
  for (const std::string& text : args.users) {
    // All users are "*", of whatever kind.
    if (text == kAclWildcard) {
      targets.push_back({AclResource::kUser, text});
      continue;
    }
    TRY_ASSIGN(std::string principal, parse_principal(text));
    targets.push_back({AclResource::kUser, std::move(principal)});
  }
  for (const AclTarget& target : targets) {
    if (target.name.empty()) return fail(empty_name(kind_of(target.resource).option));
  }
  return targets;
}

Result<AclTarget> parse_acl_target(const std::string& text) {
  const auto colon = text.find(':');
  const std::string word = text.substr(0, colon);
  AclTarget target;
  const auto known = std::ranges::find(kAclKinds, to_lower(word), &AclKind::typed);
  if (known != kAclKinds.end()) {
    target.resource = known->resource;
  } else {
    target.resource = parse_acl_resource(word).value_or(AclResource::kAny);
  }
  if (target.resource == AclResource::kCluster) {
    target.name = kAclCluster;
    if (colon == std::string::npos || text.substr(colon + 1) == kAclCluster) return target;
    return fail(ErrorKind::kUsage, "there is one cluster, and it is not named",
                "RESOURCE is \"cluster\" alone");
  }
  if (target.resource == AclResource::kAny || colon == std::string::npos) {
    return fail(
        ErrorKind::kUsage,
        fmt::format("\"{}\" does not say what kind of resource it is", escape_control(text)),
        "topic:NAME, group:NAME, cluster, txn-id:ID, delegation-token:ID or user:NAME");
  }
  target.name = text.substr(colon + 1);
  if (target.name.empty()) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\" names nothing", escape_control(text)),
                fmt::format("{}NAME", escape_control(text)));
  }
  if (target.resource == AclResource::kUser) {
    TRY_ASSIGN(target.name, parse_principal(target.name));
  }
  return target;
}

std::string describe(const AclTarget& target) {
  if (target.resource == AclResource::kCluster) return "the cluster";
  return fmt::format("{} \"{}\"", kind_of(target.resource).word, escape_control(target.name));
}

std::string_view acl_target_option(AclResource resource) {
  return kind_of(resource).option;
}

Result<std::string> parse_principal(const std::string& text) {
  const auto colon = text.find(':');
  // A certificate's name may have a colon, too.
  const bool has_type = colon != std::string::npos && colon > 0 &&
                        std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                                    [](unsigned char c) { return std::isalpha(c) != 0; });
  const std::string principal = has_type ? text : "User:" + text;
  if (!principal.ends_with(':')) return principal;
  return fail(ErrorKind::kUsage, fmt::format("\"{}\" names no user", escape_control(text)),
              "alice, User:alice, or * for everybody");
}

Result<std::vector<AclOperation>> parse_operations(const std::vector<std::string>& texts) {
  std::vector<AclOperation> operations;
  for (const std::string& text : texts) {
    for (const std::string_view part : split(text, ',')) {
      const std::string_view word = trim(part);
      const auto operation = parse_acl_operation(word);
      if (operation && *operation != AclOperation::kAny) {
        operations.push_back(*operation);
        continue;
      }
      const auto words = all_operation_words();
      const auto near = nearest(to_lower(word), words);
      return fail(ErrorKind::kUsage,
                  fmt::format("no operation is called \"{}\"", escape_control(word)),
                  near ? fmt::format("did you mean {}?", *near)
                       : fmt::format("they are {}", fmt::join(words, ", ")));
    }
  }
  return operations;
}

std::string operation_word(AclOperation operation) {
  std::string word;
  for (const char c : to_string(operation)) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (is_upper && !word.empty()) word += '-';
    word += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return word;
}

Result<void> check_operation(AclOperation operation, AclResource resource, bool may_be_all) {
  const auto& known = acl_operations(resource);
  if (may_be_all && operation == AclOperation::kAll) return {};
  if (std::ranges::find(known, operation) != known.end()) return {};
  const std::string_view word = kind_of(resource).word;
  return fail(
      ErrorKind::kUsage, fmt::format("{} means nothing for a {}", operation_word(operation), word),
      fmt::format("a {} has {}", word, fmt::join(operation_words(resource, may_be_all), ", ")));
}

Result<void> check_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (host == kAclWildcard || ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
      ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) {
    return {};
  }
  return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not an IP address", escape_control(host)),
              "brokers compare the addresses of connections, not names");
}

Result<std::vector<AclFilter>> acl_filters(const AclFilterArgs& args) {
  TRY_ASSIGN(const auto subjects, acl_subjects(args));
  TRY_ASSIGN(const auto targets, acl_targets(args));
  TRY_ASSIGN(const auto operations, parse_operations(args.operations));
  AclFilter first;
  first.pattern = parse_acl_pattern(args.pattern).value_or(AclPattern::kAny);
  std::vector<AclFilter> filters{first};
  filters = multiplied(filters, subjects, [](AclFilter& filter, const AclSubject& subject) {
    filter.principal = subject.principal;
    filter.permission = subject.permission;
  });
  filters = multiplied(filters, targets, [](AclFilter& filter, const AclTarget& target) {
    filter.resource = target.resource;
    filter.name = target.name;
  });
  filters = multiplied(filters, operations, [](AclFilter& filter, AclOperation operation) {
    filter.operation = operation;
  });
  return multiplied(filters, args.hosts,
                    [](AclFilter& filter, const std::string& host) { filter.host = host; });
}

std::vector<Acl> acls_of(const std::vector<Acl>& acls, const std::vector<AclFilter>& filters) {
  std::vector<Acl> found;
  for (const Acl& acl : acls) {
    const bool is_meant = std::ranges::any_of(
        filters, [&acl](const AclFilter& filter) { return filter.matches(acl); });
    if (is_meant) found.push_back(acl);
  }
  return found;
}

bool has_filters(const AclFilterArgs& args) {
  const auto lists = {&args.allowed,    &args.denied,
                      &args.principals, &args.topics,
                      &args.groups,     &args.transactional_ids,
                      &args.users,      &args.delegation_tokens,
                      &args.operations, &args.hosts};
  const bool any = std::ranges::any_of(lists, [](const auto* list) { return !list->empty(); });
  return any || args.cluster || args.pattern == "literal" || args.pattern == "prefixed";
}

Result<std::vector<Acl>> all_acls(AdminClient& admin, AclOperation purpose) {
  TRY_ASSIGN(FoundAcls found, looked_up_for(purpose, admin, admin.list_acls({})));
  if (!found.error) return std::move(found.acls);
  return fail(denied_for(purpose, AclResource::kCluster, kAclCluster, admin, found.error->error));
}

std::vector<Column> acl_columns() {
  return {{"principal"}, {"permission"}, {"operation"}, {"resource"},
          {"name"},      {"pattern"},    {"host"}};
}

std::vector<Value> acl_row(const Acl& acl) {
  return {acl.principal,
          to_string(acl.permission),
          to_string(acl.operation),
          to_string(acl.resource),
          acl.name,
          to_string(acl.pattern),
          acl.host};
}

}  // namespace kreel::cli
