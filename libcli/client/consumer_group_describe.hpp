#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "client/api_names.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::client {

// Describes groups of the consumer protocol (KIP-848), which DescribeGroups does not. Here and not
// in protocol/, since kreel's own broker does not serve it.

struct ConsumerGroupDescribeRequest {
  static constexpr protocol::MessageVersions versions{.min = 0, .max = 1, .flexible_from = 0};
  static constexpr bool kIsDescribed = true;

  std::vector<std::string> group_ids;
  bool include_authorized_operations = false;

  bool operator==(const ConsumerGroupDescribeRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    using Request = ConsumerGroupDescribeRequest;
    v("group_ids", &Request::group_ids, protocol::since(0));
    v("include_authorized_operations", &Request::include_authorized_operations, protocol::since(0));
  }
};

struct ConsumerGroupDescribeResponse {
  static constexpr protocol::MessageVersions versions{.min = 0, .max = 1, .flexible_from = 0};
  static constexpr bool kIsDescribed = true;

  struct TopicPartitions {
    static constexpr bool kIsDescribed = true;

    Uuid topic_id;
    std::string topic_name;
    std::vector<std::int32_t> partitions;

    bool operator==(const TopicPartitions&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic_id", &TopicPartitions::topic_id, protocol::since(0));
      v("topic_name", &TopicPartitions::topic_name, protocol::since(0));
      v("partitions", &TopicPartitions::partitions, protocol::since(0));
    }
  };

  struct Assignment {
    static constexpr bool kIsDescribed = true;

    std::vector<TopicPartitions> topic_partitions;

    bool operator==(const Assignment&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic_partitions", &Assignment::topic_partitions, protocol::since(0));
    }
  };

  struct Member {
    static constexpr bool kIsDescribed = true;

    std::string member_id;
    std::optional<std::string> instance_id;
    std::optional<std::string> rack_id;
    std::int32_t member_epoch = 0;
    std::string client_id;
    std::string client_host;
    std::vector<std::string> subscribed_topic_names;
    std::optional<std::string> subscribed_topic_regex;
    Assignment assignment;
    Assignment target_assignment;
    std::int8_t member_type = -1;

    bool operator==(const Member&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("member_id", &Member::member_id, protocol::since(0));
      v("instance_id", &Member::instance_id, protocol::since(0).nullable(0));
      v("rack_id", &Member::rack_id, protocol::since(0).nullable(0));
      v("member_epoch", &Member::member_epoch, protocol::since(0));
      v("client_id", &Member::client_id, protocol::since(0));
      v("client_host", &Member::client_host, protocol::since(0));
      v("subscribed_topic_names", &Member::subscribed_topic_names, protocol::since(0));
      v("subscribed_topic_regex", &Member::subscribed_topic_regex, protocol::since(0).nullable(0));
      v("assignment", &Member::assignment, protocol::since(0));
      v("target_assignment", &Member::target_assignment, protocol::since(0));
      v("member_type", &Member::member_type, protocol::since(1).ignorable());
    }
  };

  struct Group {
    static constexpr bool kIsDescribed = true;

    protocol::ErrorCode error_code = protocol::ErrorCode::NONE;
    std::optional<std::string> error_message;
    std::string group_id;
    std::string group_state;
    std::int32_t group_epoch = 0;
    std::int32_t assignment_epoch = 0;
    std::string assignor_name;
    std::vector<Member> members;
    std::int32_t authorized_operations = std::numeric_limits<std::int32_t>::min();

    bool operator==(const Group&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &Group::error_code, protocol::since(0));
      v("error_message", &Group::error_message, protocol::since(0).nullable(0));
      v("group_id", &Group::group_id, protocol::since(0));
      v("group_state", &Group::group_state, protocol::since(0));
      v("group_epoch", &Group::group_epoch, protocol::since(0));
      v("assignment_epoch", &Group::assignment_epoch, protocol::since(0));
      v("assignor_name", &Group::assignor_name, protocol::since(0));
      v("members", &Group::members, protocol::since(0));
      v("authorized_operations", &Group::authorized_operations, protocol::since(0));
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Group> groups;

  bool operator==(const ConsumerGroupDescribeResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    using Response = ConsumerGroupDescribeResponse;
    v("throttle_time_ms", &Response::throttle_time_ms, protocol::since(0));
    v("groups", &Response::groups, protocol::since(0));
  }
};

struct ConsumerGroupDescribe {
  static constexpr std::int16_t key = 69;
  using Request = ConsumerGroupDescribeRequest;
  using Response = ConsumerGroupDescribeResponse;
};

template <>
struct ApiFacts<ConsumerGroupDescribe> {
  static constexpr std::string_view name = "ConsumerGroupDescribe";
  static constexpr std::string_view since_kafka = "4.0";
  static constexpr protocol::Version max = 1;
};

}  // namespace kreel::client
