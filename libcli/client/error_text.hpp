#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kreel/acls.hpp"
#include "kreel/admin.hpp"
#include "kreel/client_config.hpp"
#include "protocol/error_code.hpp"

namespace kreel::client {

/// What a reply's error is about, for its text.
struct Subject {
  std::string_view resource;   ///< "topic", "group", "cluster", "broker"
  std::string name;            ///< "orders"; "orders[3]" is made from `partition`
  std::string_view operation;  ///< the right that it takes: "DESCRIBE", "WRITE", …
  std::optional<std::int32_t> partition;
  std::string user = {};  ///< who asks, as user_of() has it

  static Subject topic(std::string name, std::string_view operation) {
    return {"topic", std::move(name), operation, std::nullopt, {}};
  }
  static Subject partition_of(const TopicPartition& at, std::string_view operation) {
    return {"topic", at.topic, operation, at.partition, {}};
  }
  static Subject group(std::string name, std::string_view operation) {
    return {"group", std::move(name), operation, std::nullopt, {}};
  }
  static Subject transactional_id(std::string name, std::string_view operation) {
    return {"transactional id", std::move(name), operation, std::nullopt, {}};
  }
  static Subject cluster(std::string_view operation) {
    return {"cluster", "kafka-cluster", operation, std::nullopt, {}};
  }

  Subject by(std::string who) && {
    user = std::move(who);
    return std::move(*this);
  }
};

/// The name by which `config` asks: "alice", and "ANONYMOUS" where nobody says who he is. Empty
/// where only the broker knows it, from a certificate, a token or a ticket.
std::string user_of(const ClientConfig& config);

/// The exit code that belongs to a broker's error.
ErrorKind kind_of(protocol::ErrorCode code);

/// One line for a person: `topic "oders" not found`, not_authorized() of kreel/acls.hpp, or the
/// broker's own words with the error's name behind them.
Error describe_error(protocol::ErrorCode code, const Subject& subject,
                     const std::optional<std::string>& broker_text = std::nullopt);

ItemError item_error(protocol::ErrorCode code, const Subject& subject,
                     const std::optional<std::string>& broker_text = std::nullopt);

/// "topic", "transactional id"; "resource" for the cluster, which has no name.
std::string_view kind_words(AclResource resource);

/// `topic "oders" not found`, with `did you mean "orders"?` when a known name is near.
Error not_found(std::string_view resource, std::string_view name,
                std::span<const std::string> known);

/// `orders[7]: the topic has 6 partitions`.
Error partition_out_of_range(const TopicPartition& at, std::size_t partition_count);

}  // namespace kreel::client
