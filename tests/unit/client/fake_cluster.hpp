#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "kreel/admin.hpp"
#include "protocol/messages/metadata.hpp"
#include "support/fake_broker.hpp"

namespace kreel::test {

struct FakeTopic {
  std::string name;
  std::vector<std::int32_t> leaders;  ///< of partition 0, 1, …
};

/// The Metadata reply of brokers 1, 2, … at `brokers` that hold `topics`.
inline protocol::MetadataResponse metadata_reply(const protocol::MetadataRequest& request,
                                                 const std::vector<const FakeBroker*>& brokers,
                                                 const std::vector<FakeTopic>& topics) {
  protocol::MetadataResponse response;
  response.cluster_id = "fake-cluster";
  response.controller_id = 1;
  std::int32_t id = 0;
  for (const FakeBroker* broker : brokers) {
    response.brokers.push_back({++id, "127.0.0.1", broker->port(), std::nullopt});
  }
  const auto add = [&](const FakeTopic& topic) {
    auto& added = response.topics.emplace_back();
    added.name = topic.name;
    for (std::size_t i = 0; i < topic.leaders.size(); ++i) {
      auto& partition = added.partitions.emplace_back();
      partition.partition_index = static_cast<std::int32_t>(i);
      partition.leader_id = topic.leaders[i];
    }
  };
  if (!request.topics) {
    for (const FakeTopic& topic : topics) add(topic);
    return response;
  }
  for (const auto& asked : *request.topics) {
    const std::string name = asked.name.value_or("");
    const std::size_t before = response.topics.size();
    for (const FakeTopic& topic : topics) {
      if (topic.name == name) add(topic);
    }
    if (response.topics.size() != before) continue;
    auto& missing = response.topics.emplace_back();
    missing.name = name;
    missing.error_code = protocol::ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  }
  return response;
}

inline void serve_metadata(FakeBroker& on, std::vector<const FakeBroker*> brokers,
                           std::vector<FakeTopic> topics, protocol::Version max_version = 12) {
  on.on<protocol::Metadata>(
      [brokers = std::move(brokers), topics = std::move(topics)](
          const protocol::MetadataRequest& request, protocol::Version) {
        return metadata_reply(request, brokers, topics);
      },
      max_version);
}

inline ClientConfig config_for(const std::string& servers, std::int64_t timeout_ms = 3'000) {
  auto config = ClientConfig::from_properties({{"bootstrap.servers", servers}});
  config->timeout_ms = timeout_ms;
  return *config;
}

inline std::unique_ptr<AdminClient> connect_to(const FakeBroker& broker,
                                               std::int64_t timeout_ms = 3'000) {
  auto admin = AdminClient::connect(config_for(broker.address(), timeout_ms));
  REQUIRE(admin);
  return std::move(*admin);
}

/// How many requests of the API `key` have come.
inline std::size_t count(const FakeBroker& broker, std::int16_t key) {
  const auto requests = broker.requests();
  return static_cast<std::size_t>(std::count(requests.begin(), requests.end(), key));
}

}  // namespace kreel::test
