#include "client/error_text.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace kreel::client {
namespace {

using protocol::ErrorCode;

std::string quoted(const Subject& subject) {
  if (subject.resource == "cluster") return "the cluster";
  if (subject.partition) {
    return TopicPartition{escape_control(subject.name), *subject.partition}.to_string();
  }
  return fmt::format("{} \"{}\"", subject.resource, escape_control(subject.name));
}

/// The resource that a right is missing on may be another than the one that was asked about.
std::string not_authorized(ErrorCode code, const Subject& subject) {
  if (code == ErrorCode::CLUSTER_AUTHORIZATION_FAILED) {
    return fmt::format("not authorized: {} on the cluster", subject.operation);
  }
  const bool about_topic = code == ErrorCode::TOPIC_AUTHORIZATION_FAILED;
  return fmt::format("not authorized: {} on {} \"{}\"", subject.operation,
                     about_topic ? "topic" : subject.resource, escape_control(subject.name));
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
  if (kind == ErrorKind::kNotAuthorized) return Error(kind, not_authorized(code, subject));
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

std::string TopicPartition::to_string() const {
  return fmt::format("{}[{}]", topic, partition);
}

}  // namespace kreel
