#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct ConsumerProtocolSubscription {
  static constexpr MessageVersions versions{.min = 0, .max = 3};

  struct TopicPartition {
    static constexpr bool kIsDescribed = true;

    std::string topic;
    std::vector<std::int32_t> partitions;

    bool operator==(const TopicPartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic", &TopicPartition::topic, since(1));
      v("partitions", &TopicPartition::partitions, since(1));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<std::string> topics;
  std::optional<Bytes> user_data;
  std::vector<TopicPartition> owned_partitions;  ///< for cooperative assignors (KIP-429)
  std::int32_t generation_id = -1;               ///< in which they were owned (KIP-792)
  std::optional<std::string> rack_id;            ///< KIP-881

  bool operator==(const ConsumerProtocolSubscription&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("topics", &ConsumerProtocolSubscription::topics, since(0));
    v("user_data", &ConsumerProtocolSubscription::user_data, since(0).nullable(0));
    v("owned_partitions", &ConsumerProtocolSubscription::owned_partitions, since(1).ignorable());
    v("generation_id", &ConsumerProtocolSubscription::generation_id, since(2).ignorable());
    v("rack_id", &ConsumerProtocolSubscription::rack_id, since(3).nullable(3).ignorable());
  }
};

struct ConsumerProtocolAssignment {
  static constexpr MessageVersions versions{.min = 0, .max = 3};

  struct TopicPartition {
    static constexpr bool kIsDescribed = true;

    std::string topic;
    std::vector<std::int32_t> partitions;

    bool operator==(const TopicPartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic", &TopicPartition::topic, since(0));
      v("partitions", &TopicPartition::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<TopicPartition> assigned_partitions;
  std::optional<Bytes> user_data;

  bool operator==(const ConsumerProtocolAssignment&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("assigned_partitions", &ConsumerProtocolAssignment::assigned_partitions, since(0));
    v("user_data", &ConsumerProtocolAssignment::user_data, since(0).nullable(0));
  }
};

}  // namespace kreel::protocol
