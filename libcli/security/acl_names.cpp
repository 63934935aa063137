#include <algorithm>
#include <array>
#include <span>

#include "base/text.hpp"
#include "kreel/acls.hpp"

namespace kreel {
namespace {

using enum AclOperation;

// In the order of Kafka's numbers, from 1 on.
constexpr auto kResources = std::to_array<std::string_view>(
    {"Any", "Topic", "Group", "Cluster", "TransactionalId", "DelegationToken", "User"});
constexpr auto kPatterns = std::to_array<std::string_view>({"Any", "Match", "Literal", "Prefixed"});
constexpr auto kOperations = std::to_array<std::string_view>(
    {"Any", "All", "Read", "Write", "Create", "Delete", "Alter", "Describe", "ClusterAction",
     "DescribeConfigs", "AlterConfigs", "IdempotentWrite", "CreateTokens", "DescribeTokens",
     "TwoPhaseCommit"});
constexpr auto kPermissions = std::to_array<std::string_view>({"Any", "Deny", "Allow"});

template <class Kind>
std::string_view name_of(Kind kind, std::span<const std::string_view> names) {
  const auto at = static_cast<std::size_t>(static_cast<std::int8_t>(kind)) - 1;
  // Newer brokers may have more kinds.
  return at < names.size() ? names[at] : "Unknown";
}

template <class Kind>
std::optional<Kind> find_name(std::string_view text, std::span<const std::string_view> names) {
  std::string plain(text);
  std::erase_if(plain, [](char c) { return c == '-' || c == '_'; });
  const auto found = std::ranges::find_if(
      names, [&](std::string_view name) { return equals_ignore_case(name, plain); });
  if (found == names.end()) return std::nullopt;
  return static_cast<Kind>(found - names.begin() + 1);
}

}  // namespace

std::string_view to_string(AclResource resource) {
  return name_of(resource, kResources);
}
std::string_view to_string(AclPattern pattern) {
  return name_of(pattern, kPatterns);
}
std::string_view to_string(AclOperation operation) {
  return name_of(operation, kOperations);
}
std::string_view to_string(AclPermission permission) {
  return name_of(permission, kPermissions);
}

std::optional<AclResource> parse_acl_resource(std::string_view name) {
  return find_name<AclResource>(name, kResources);
}
std::optional<AclPattern> parse_acl_pattern(std::string_view name) {
  return find_name<AclPattern>(name, kPatterns);
}
std::optional<AclOperation> parse_acl_operation(std::string_view name) {
  return find_name<AclOperation>(name, kOperations);
}

const std::vector<AclOperation>& acl_operations(AclResource resource) {
  static const std::vector<AclOperation> kNone;
  static const std::vector<AclOperation> kOfTopic = {
      kRead, kWrite, kCreate, kDelete, kAlter, kDescribe, kDescribeConfigs, kAlterConfigs};
  static const std::vector<AclOperation> kOfGroup = {kRead, kDelete, kDescribe, kDescribeConfigs,
                                                     kAlterConfigs};
  static const std::vector<AclOperation> kOfCluster = {
      kCreate,          kAlter,        kDescribe,       kClusterAction,
      kDescribeConfigs, kAlterConfigs, kIdempotentWrite};
  static const std::vector<AclOperation> kOfTransactionalId = {kWrite, kDescribe, kTwoPhaseCommit};
  static const std::vector<AclOperation> kOfDelegationToken = {kDescribe};
  static const std::vector<AclOperation> kOfUser = {kCreateTokens, kDescribeTokens};
  switch (resource) {
    case AclResource::kTopic:
      return kOfTopic;
    case AclResource::kGroup:
      return kOfGroup;
    case AclResource::kCluster:
      return kOfCluster;
    case AclResource::kTransactionalId:
      return kOfTransactionalId;
    case AclResource::kDelegationToken:
      return kOfDelegationToken;
    case AclResource::kUser:
      return kOfUser;
    case AclResource::kAny:
      break;
  }
  return kNone;
}

}  // namespace kreel
