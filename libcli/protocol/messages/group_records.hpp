#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/uuid.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct OffsetCommitKey {
  static constexpr MessageVersions versions{.min = 0, .max = 0};
  static constexpr bool kIsDescribed = true;

  std::string group;
  std::string topic;
  std::int32_t partition = 0;

  bool operator==(const OffsetCommitKey&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("group", &OffsetCommitKey::group, between(0, 0));
    v("topic", &OffsetCommitKey::topic, between(0, 0));
    v("partition", &OffsetCommitKey::partition, between(0, 0));
  }
};

struct OffsetCommitValue {
  static constexpr MessageVersions versions{.min = 0, .max = 4, .flexible_from = 4};
  static constexpr bool kIsDescribed = true;

  std::int64_t offset = 0;
  std::int32_t leader_epoch = -1;
  std::string metadata;
  std::int64_t commit_timestamp = 0;
  std::int64_t expire_timestamp = -1;  ///< version 1 alone: the commit brought its own retention
  Uuid topic_id;                       ///< zero in records of older brokers (KIP-848)

  bool operator==(const OffsetCommitValue&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("offset", &OffsetCommitValue::offset, since(0));
    v("leader_epoch", &OffsetCommitValue::leader_epoch, since(3).ignorable());
    v("metadata", &OffsetCommitValue::metadata, since(0));
    v("commit_timestamp", &OffsetCommitValue::commit_timestamp, since(0));
    v("expire_timestamp", &OffsetCommitValue::expire_timestamp, between(1, 1).ignorable());
    v.tagged(0, "topic_id", &OffsetCommitValue::topic_id, since(4).ignorable());
  }
};

struct GroupMetadataKey {
  static constexpr MessageVersions versions{.min = 0, .max = 0};
  static constexpr bool kIsDescribed = true;

  std::string group;

  bool operator==(const GroupMetadataKey&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("group", &GroupMetadataKey::group, between(0, 0));
  }
};

struct GroupMetadataValue {
  static constexpr MessageVersions versions{.min = 0, .max = 4, .flexible_from = 4};

  struct MemberMetadata {
    static constexpr bool kIsDescribed = true;

    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::string client_id;
    std::string client_host;
    std::int32_t rebalance_timeout = -1;
    std::int32_t session_timeout = 0;
    Bytes subscription;  ///< ConsumerProtocolSubscription
    Bytes assignment;    ///< ConsumerProtocolAssignment

    bool operator==(const MemberMetadata&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("member_id", &MemberMetadata::member_id, since(0));
      v("group_instance_id", &MemberMetadata::group_instance_id, since(3).nullable(3).ignorable());
      v("client_id", &MemberMetadata::client_id, since(0));
      v("client_host", &MemberMetadata::client_host, since(0));
      v("rebalance_timeout", &MemberMetadata::rebalance_timeout, since(1).ignorable());
      v("session_timeout", &MemberMetadata::session_timeout, since(0));
      v("subscription", &MemberMetadata::subscription, since(0));
      v("assignment", &MemberMetadata::assignment, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::string protocol_type;
  std::int32_t generation = 0;
  std::optional<std::string> protocol = "";   ///< null without members
  std::optional<std::string> leader = "";     ///< null without members
  std::int64_t current_state_timestamp = -1;  ///< -1 unknown; offsets expire by it (KIP-211)
  std::vector<MemberMetadata> members;

  bool operator==(const GroupMetadataValue&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("protocol_type", &GroupMetadataValue::protocol_type, since(0));
    v("generation", &GroupMetadataValue::generation, since(0));
    v("protocol", &GroupMetadataValue::protocol, since(0).nullable(0));
    v("leader", &GroupMetadataValue::leader, since(0).nullable(0));
    v("current_state_timestamp", &GroupMetadataValue::current_state_timestamp,
      since(2).ignorable());
    v("members", &GroupMetadataValue::members, since(0));
  }
};

}  // namespace kreel::protocol
