#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kreel/acls.hpp>

#include "cli/admin.hpp"
#include "cli/command.hpp"
#include "cli/output.hpp"

namespace kreel::cli {

// Whose rules, of what, about what: what commands of ACLs are told; their Args begin with it.
struct AclArgs {
  std::vector<std::string> allowed;
  std::vector<std::string> denied;
  std::vector<std::string> operations;
  std::vector<std::string> topics;
  std::vector<std::string> groups;
  bool cluster = false;
  std::vector<std::string> transactional_ids;
  std::vector<std::string> delegation_tokens;
  std::vector<std::string> users;
  std::vector<std::string> hosts;
};

// The same for commands that look for rules.
struct AclFilterArgs : AclArgs {
  std::vector<std::string> principals;
  std::string pattern = "any";
};

template <class Args>
std::vector<OptionOf<Args>> acl_options() {
  using A = AclArgs;
  using Texts = std::vector<std::string> Args::*;
  return {option("--allow", static_cast<Texts>(&A::allowed))
              .value("USER")
              .alias("--allow-principal")
              .help("Rules that allow this user something: his name, User:NAME, or * for "
                    "everybody"),
          option("--deny", static_cast<Texts>(&A::denied))
              .value("USER")
              .alias("--deny-principal")
              .help("Rules that deny this user something"),
          option("--op", static_cast<Texts>(&A::operations))
              .value("OPERATION")
              .alias("--operation")
              .help("read, write, create, delete, alter, describe, describe-configs, "
                    "alter-configs, cluster-action, idempotent-write, create-tokens, "
                    "describe-tokens, two-phase-commit or all; commas between several"),
          option("-t,--topic", static_cast<Texts>(&A::topics))
              .value("TOPIC")
              .kind(ValueKind::kTopic)
              .help("About this topic; * is all topics"),
          option("-g,--group", static_cast<Texts>(&A::groups))
              .value("GROUP")
              .kind(ValueKind::kGroup)
              .help("About this consumer group"),
          option("--cluster", static_cast<bool Args::*>(&A::cluster)).help("About the cluster"),
          option("--txn-id", static_cast<Texts>(&A::transactional_ids))
              .value("ID")
              .alias("--transactional-id")
              .help("About this transactional id"),
          option("--delegation-token", static_cast<Texts>(&A::delegation_tokens))
              .value("ID")
              .help("About this delegation token"),
          option("--user-principal", static_cast<Texts>(&A::users))
              .value("USER")
              .help("About tokens of this user"),
          option("--host", static_cast<Texts>(&A::hosts))
              .value("ADDRESS")
              .help("From this IP address alone")};
}

template <class Args>
std::vector<OptionOf<Args>> acl_filter_options() {
  using A = AclFilterArgs;
  auto options = acl_options<Args>();
  options.push_back(
      option("--principal", static_cast<std::vector<std::string> Args::*>(&A::principals))
          .value("USER")
          .help("Rules of this user that allow or deny"));
  options.push_back(
      option("--pattern", static_cast<std::string Args::*>(&A::pattern))
          .value("KIND")
          .choices({"any", "literal", "prefixed", "match"})
          .help("How rules name what they are about; match: all that apply to the name"));
  return options;
}

// What a rule or a question is about.
struct AclTarget {
  AclResource resource = AclResource::kAny;
  std::string name;
};

// --topic, --group and so on.
Result<std::vector<AclTarget>> acl_targets(const AclArgs& args);
// "topic:orders", "group:billing", "cluster", "txn-id:load", "user:User:bob".
Result<AclTarget> parse_acl_target(const std::string& text);
// `topic "orders"`, "the cluster".
std::string describe(const AclTarget& target);
// "--topic", the option that names such a resource.
std::string_view acl_target_option(AclResource resource);

// "alice" is "User:alice".
Result<std::string> parse_principal(const std::string& text);
// Of "read,describe-configs" and such. kUsage for what is none, with the nearest.
Result<std::vector<AclOperation>> parse_operations(const std::vector<std::string>& texts);
// As it is typed: "describe-configs".
std::string operation_word(AclOperation operation);
// kUsage where no request needs that operation of such a resource, with those that exist.
Result<void> check_operation(AclOperation operation, AclResource resource, bool may_be_all);
Result<void> check_address(const std::string& host);

// Rules that fit one of them are meant.
Result<std::vector<AclFilter>> acl_filters(const AclFilterArgs& args);
std::vector<Acl> acls_of(const std::vector<Acl>& acls, const std::vector<AclFilter>& filters);
bool has_filters(const AclFilterArgs& args);

// All ACLs of the cluster, for a command that is going to do `purpose` with them.
Result<std::vector<Acl>> all_acls(AdminClient& admin, AclOperation purpose);

std::vector<Column> acl_columns();
std::vector<Value> acl_row(const Acl& acl);

}  // namespace kreel::cli
