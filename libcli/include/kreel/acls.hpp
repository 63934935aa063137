#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kreel/error.hpp"
#include "kreel/export.hpp"

namespace kreel {

// Kafka's access control lists; the numbers are those of its protocol.

enum class AclResource : std::int8_t {
  kAny = 1,  ///< in filters alone
  kTopic,
  kGroup,
  kCluster,
  kTransactionalId,
  kDelegationToken,
  kUser
};

enum class AclPattern : std::int8_t {
  kAny = 1,  ///< in filters alone
  kMatch,    ///< in filters alone: whatever applies to a resource of the filter's name
  kLiteral,  ///< of this name, or "*" for all
  kPrefixed
};

enum class AclOperation : std::int8_t {
  kAny = 1,  ///< in filters alone
  kAll,
  kRead,
  kWrite,
  kCreate,
  kDelete,
  kAlter,
  kDescribe,
  kClusterAction,
  kDescribeConfigs,
  kAlterConfigs,
  kIdempotentWrite,
  kCreateTokens,
  kDescribeTokens,
  kTwoPhaseCommit
};

enum class AclPermission : std::int8_t {
  kAny = 1,  ///< in filters alone
  kDeny,
  kAllow
};

inline constexpr std::string_view kAclWildcard = "*";
inline constexpr std::string_view kAclAnyPrincipal = "User:*";
/// The one name of AclResource::kCluster.
inline constexpr std::string_view kAclCluster = "kafka-cluster";

/// The value of authorizer.class.name that has a broker ask its ACLs.
inline constexpr std::string_view kStandardAuthorizer =
    "org.apache.kafka.metadata.authorizer.StandardAuthorizer";

/// One rule: who may, or may not, do what with which resources.
struct Acl {
  AclResource resource = AclResource::kTopic;
  std::string name;
  AclPattern pattern = AclPattern::kLiteral;
  std::string principal;  ///< "User:alice", "User:*"
  std::string host{kAclWildcard};
  AclOperation operation = AclOperation::kRead;
  AclPermission permission = AclPermission::kAllow;
  auto operator<=>(const Acl&) const = default;
};

/// Which ACLs are meant; what is not said may be anything.
struct AclFilter {
  AclResource resource = AclResource::kAny;
  std::optional<std::string> name;
  AclPattern pattern = AclPattern::kAny;
  std::optional<std::string> principal;
  std::optional<std::string> host;
  AclOperation operation = AclOperation::kAny;
  AclPermission permission = AclPermission::kAny;

  KREEL_API bool matches(const Acl& acl) const;
};

/// What somebody wants to do.
struct AclQuestion {
  std::string_view principal;  ///< "User:alice"
  std::string_view host;       ///< an IP address
  AclOperation operation = AclOperation::kRead;
  AclResource resource = AclResource::kTopic;
  std::string_view name;
};

/// What a broker is told beside its ACLs, by super.users and allow.everyone.if.no.acl.found.
struct AclPolicy {
  std::vector<std::string> super_users;
  bool allow_everyone_if_no_acl_found = false;
};

struct AclDecision {
  enum class Reason {
    kSuperUser,
    kRule,           ///< `rule` decides
    kNoRule,         ///< there are ACLs for the resource, and none says that he may
    kNothingApplies  ///< no ACL is for the resource: the policy decides
  };
  bool allowed = false;
  Reason reason = Reason::kNothingApplies;
  std::optional<Acl> rule;
};

/// Decides as a broker with these ACLs does: super users may do everything, then a denial wins over
/// what is allowed.
KREEL_API AclDecision decide(const std::vector<Acl>& acls, const AclPolicy& policy,
                             const AclQuestion& question);

/// What somebody is told who may not do it, with the `kreel acls add` line that would let him as
/// its hint: `not authorized: WRITE on topic "orders" (User:alice)`. `user` may be empty: not
/// known.
KREEL_API Error not_authorized(AclOperation operation, AclResource resource, std::string_view name,
                               std::string_view user);

/// "Topic", "TransactionalId"; "Literal"; "DescribeConfigs"; "Allow".
KREEL_API std::string_view to_string(AclResource resource);
KREEL_API std::string_view to_string(AclPattern pattern);
KREEL_API std::string_view to_string(AclOperation operation);
KREEL_API std::string_view to_string(AclPermission permission);

/// By those names, in capitals or not, with or without "-" and "_" between the words.
KREEL_API std::optional<AclResource> parse_acl_resource(std::string_view name);
KREEL_API std::optional<AclPattern> parse_acl_pattern(std::string_view name);
KREEL_API std::optional<AclOperation> parse_acl_operation(std::string_view name);

/// What may be done with a resource of this kind: what a rule about it can usefully name.
KREEL_API const std::vector<AclOperation>& acl_operations(AclResource resource);

}  // namespace kreel
