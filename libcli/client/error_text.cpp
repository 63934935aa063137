#include "client/error_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.hpp"

namespace kreel::client {
namespace {

using protocol::ErrorCode;

std::string quoted(const Subject& subject) {
  if (subject.resource == "cluster") return "the cluster";
  // Their names are made here, of kinds and names.
  if (subject.resource == "quota") return "quota of " + subject.name;
  if (subject.partition) {
    return TopicPartition{escape_control(subject.name), *subject.partition}.to_string();
  }
  return fmt::format("{} \"{}\"", subject.resource, escape_control(subject.name));
}

/// What a denial is about, which may be another resource than the one that was asked for.
AclResource denied_resource(ErrorCode code) {
  switch (code) {
    case ErrorCode::GROUP_AUTHORIZATION_FAILED:
      return AclResource::kGroup;
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED:
      return AclResource::kCluster;
    case ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return AclResource::kTransactionalId;
    default:
      return AclResource::kTopic;
  }
}

Error denied(ErrorCode code, const Subject& subject) {
  const AclResource resource = denied_resource(code);
  const auto operation = parse_acl_operation(subject.operation);
  const auto& possible = acl_operations(resource);
  const bool fits = operation && std::ranges::find(possible, *operation) != possible.end();
  return not_authorized(fits ? *operation : AclOperation::kDescribe, resource, subject.name,
                        subject.user);
}

/// "DescribeConfigs" in other letters: "DESCRIBE_CONFIGS", "describe-configs".
std::string respelled(AclOperation operation, char between, int (*letter)(int)) {
  std::string text;
  for (const char c : to_string(operation)) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isupper(byte) != 0 && !text.empty()) text += between;
    text += static_cast<char>(letter(byte));
  }
  return text;
}

/// As a shell takes it for one word.
std::string shell_word(std::string_view text) {
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
  });
  if (plain) return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return escape_control(word) + "'";
}

std::string acl_target(AclResource resource, std::string_view name) {
  switch (resource) {
    case AclResource::kCluster:
      return "--cluster";
    case AclResource::kGroup:
      return "--group " + shell_word(name);
    case AclResource::kTransactionalId:
      return "--txn-id " + shell_word(name);
    case AclResource::kDelegationToken:
      return "--delegation-token " + shell_word(name);
    case AclResource::kUser:
      return "--user-principal " + shell_word(name);
    default:
      return "--topic " + shell_word(name);
  }
}

std::string resource_words(AclResource resource, std::string_view name) {
  if (resource == AclResource::kCluster) return "the cluster";
  return fmt::format("{} \"{}\"", kind_words(resource), escape_control(name));
}

std::string plain_words(ErrorCode code, const Subject& subject) {
  switch (code) {
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode::UNKNOWN_TOPIC_ID:
    case ErrorCode::GROUP_ID_NOT_FOUND:
    case ErrorCode::RESOURCE_NOT_FOUND:
    case ErrorCode::TRANSACTIONAL_ID_NOT_FOUND:
      return quoted(subject) + " not found";
    case ErrorCode::TOPIC_ALREADY_EXISTS:
      return quoted(subject) + " already exists";
    case ErrorCode::NON_EMPTY_GROUP:
      return quoted(subject) + " has members";
    case ErrorCode::UNKNOWN_MEMBER_ID:
      return quoted(subject) + " has members: only they may commit";
    case ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC:
      return quoted(subject) + ": the group subscribes to the topic";
    case ErrorCode::COORDINATOR_LOAD_IN_PROGRESS:
      return quoted(subject) + ": its coordinator is still loading";
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
      return quoted(subject) + ": its coordinator is not available";
    case ErrorCode::LEADER_NOT_AVAILABLE:
      return quoted(subject) + " has no leader now";
    case ErrorCode::CONCURRENT_TRANSACTIONS:
      return quoted(subject) + ": its last transaction is still being ended";
    case ErrorCode::TRANSACTION_COORDINATOR_FENCED:
      return quoted(subject) + ": the coordinator epoch is older than the one of its last marker";
    case ErrorCode::OFFSET_OUT_OF_RANGE:
      return quoted(subject) + ": the offset is out of range";
    case ErrorCode::TOPIC_DELETION_DISABLED:
      return quoted(subject) + ": the broker has delete.topic.enable=false";
    case ErrorCode::REQUEST_TIMED_OUT:
      return quoted(subject) + ": the broker did not finish in time";
    default:
      return {};
  }
}

}  // namespace

std::string_view kind_words(AclResource resource) {
  switch (resource) {
    case AclResource::kTopic:
      return "topic";
    case AclResource::kGroup:
      return "group";
    case AclResource::kTransactionalId:
      return "transactional id";
    case AclResource::kDelegationToken:
      return "delegation token";
    case AclResource::kUser:
      return "user";
    case AclResource::kCluster:
    case AclResource::kAny:
      break;
  }
  return "resource";
}

std::string user_of(const ClientConfig& config) {
  if (config.security_protocol == SecurityProtocol::kPlaintext) return "ANONYMOUS";
  const auto value = [&config](const char* name) {
    const auto found = config.properties.find(name);
    return found == config.properties.end() ? std::string() : found->second;
  };
  const std::string mechanism = value("sasl.mechanism") + value("sasl.mechanisms");
  const bool by_password = mechanism == "PLAIN" || mechanism.starts_with("SCRAM-SHA-");
  return has_sasl(config.security_protocol) && by_password ? value("sasl.username") : "";
}

ErrorKind kind_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED:
    case ErrorCode::GROUP_AUTHORIZATION_FAILED:
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED:
    case ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return ErrorKind::kNotAuthorized;
    case ErrorCode::SASL_AUTHENTICATION_FAILED:
    case ErrorCode::UNSUPPORTED_SASL_MECHANISM:
      return ErrorKind::kAuthentication;
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode::UNKNOWN_TOPIC_ID:
    case ErrorCode::GROUP_ID_NOT_FOUND:
    case ErrorCode::RESOURCE_NOT_FOUND:
    case ErrorCode::TRANSACTIONAL_ID_NOT_FOUND:
    case ErrorCode::OFFSET_OUT_OF_RANGE:
      return ErrorKind::kNotFound;
    case ErrorCode::NON_EMPTY_GROUP:
    case ErrorCode::UNKNOWN_MEMBER_ID:
    case ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC:
      return ErrorKind::kRefused;
    case ErrorCode::INVALID_TOPIC_EXCEPTION:
      return ErrorKind::kUsage;
    case ErrorCode::REQUEST_TIMED_OUT:
    case ErrorCode::CONCURRENT_TRANSACTIONS:
    case ErrorCode::LEADER_NOT_AVAILABLE:
    case ErrorCode::NOT_LEADER_OR_FOLLOWER:
    case ErrorCode::COORDINATOR_LOAD_IN_PROGRESS:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::NOT_CONTROLLER:
    case ErrorCode::REPLICA_NOT_AVAILABLE:
      return ErrorKind::kUnreachable;
    default:
      return ErrorKind::kFailed;
  }
}

Error describe_error(ErrorCode code, const Subject& subject,
                     const std::optional<std::string>& broker_text) {
  const ErrorKind kind = kind_of(code);
  if (kind == ErrorKind::kNotAuthorized) return denied(code, subject);
  if (std::string words = plain_words(code, subject); !words.empty()) {
    return Error(kind, std::move(words));
  }
  if (broker_text && !broker_text->empty()) {
    return Error(kind, fmt::format("{}: {} ({})", quoted(subject), escape_control(*broker_text),
                                   protocol::to_string(code)));
  }
  if (code == ErrorCode::INVALID_TOPIC_EXCEPTION) {
    return Error(kind, quoted(subject) + ": no topic can have this name",
                 "names are of letters, digits, '.', '_' and '-', at most 249");
  }
  return Error(kind, fmt::format("{}: {}", quoted(subject), protocol::to_string(code)));
}

ItemError item_error(ErrorCode code, const Subject& subject,
                     const std::optional<std::string>& broker_text) {
  return {describe_error(code, subject, broker_text), static_cast<std::int16_t>(code)};
}

Error not_found(std::string_view resource, std::string_view name,
                std::span<const std::string> known) {
  Error error(ErrorKind::kNotFound,
              fmt::format("{} \"{}\" not found", resource, escape_control(name)));
  // The same name is known where a topic came, or went, between two questions.
  if (const auto near = nearest(name, known); near && *near != name) {
    return std::move(error).with_hint(fmt::format("did you mean \"{}\"?", escape_control(*near)));
  }
  return error;
}

Error partition_out_of_range(const TopicPartition& at, std::size_t partition_count) {
  return Error(ErrorKind::kNotFound, fmt::format("{}: the topic has {} partition{}", at.to_string(),
                                                 partition_count, partition_count == 1 ? "" : "s"));
}

}  // namespace kreel::client

namespace kreel {

Error not_authorized(AclOperation operation, AclResource resource, std::string_view name,
                     std::string_view user) {
  using client::respelled;
  return Error(
      ErrorKind::kNotAuthorized,
      fmt::format("not authorized: {} on {}{}", respelled(operation, '_', std::toupper),
                  client::resource_words(resource, name),
                  user.empty() ? "" : fmt::format(" (User:{})", escape_control(user))),
      fmt::format("kreel acls add --allow {} --op {} {}",
                  user.empty() ? "USER" : client::shell_word(user),
                  respelled(operation, '-', std::tolower), client::acl_target(resource, name)));
}

std::string TopicPartition::to_string() const {
  return fmt::format("{}[{}]", topic, partition);
}

}  // namespace kreel
