#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.hpp"
#include "client/api_names.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::client {

// What changes the nodes of a cluster. Here and not in protocol/, since kreel's own broker, which
// is one node for ever, does not serve it.

struct UnregisterBrokerRequest {
  static constexpr protocol::MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  static constexpr bool kIsDescribed = true;

  std::int32_t broker_id = 0;

  bool operator==(const UnregisterBrokerRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("broker_id", &UnregisterBrokerRequest::broker_id, protocol::since(0));
  }
};

struct UnregisterBrokerResponse {
  static constexpr protocol::MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  protocol::ErrorCode error_code = protocol::ErrorCode::NONE;
  std::optional<std::string> error_message = "";

  bool operator==(const UnregisterBrokerResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &UnregisterBrokerResponse::throttle_time_ms, protocol::since(0));
    v("error_code", &UnregisterBrokerResponse::error_code, protocol::since(0));
    v("error_message", &UnregisterBrokerResponse::error_message, protocol::since(0).nullable(0));
  }
};

struct UnregisterBroker {
  static constexpr std::int16_t key = 64;
  using Request = UnregisterBrokerRequest;
  using Response = UnregisterBrokerResponse;
};

template <>
struct ApiFacts<UnregisterBroker> {
  static constexpr std::string_view name = "UnregisterBroker";
  static constexpr std::string_view since_kafka = "2.8";
  static constexpr protocol::Version max = 0;
};

struct AddRaftVoterRequest {
  static constexpr protocol::MessageVersions versions{.min = 0, .max = 1, .flexible_from = 0};

  struct Listener {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::string host;
    std::uint16_t port = 0;

    bool operator==(const Listener&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &Listener::name, protocol::since(0));
      v("host", &Listener::host, protocol::since(0));
      v("port", &Listener::port, protocol::since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::optional<std::string> cluster_id = "";
  std::int32_t timeout_ms = 0;
  std::int32_t voter_id = 0;
  Uuid voter_directory_id;
  std::vector<Listener> listeners;
  bool ack_when_committed = true;

  bool operator==(const AddRaftVoterRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("cluster_id", &AddRaftVoterRequest::cluster_id, protocol::since(0).nullable(0));
    v("timeout_ms", &AddRaftVoterRequest::timeout_ms, protocol::since(0));
    v("voter_id", &AddRaftVoterRequest::voter_id, protocol::since(0));
    v("voter_directory_id", &AddRaftVoterRequest::voter_directory_id, protocol::since(0));
    v("listeners", &AddRaftVoterRequest::listeners, protocol::since(0));
    v("ack_when_committed", &AddRaftVoterRequest::ack_when_committed, protocol::since(1));
  }
};

struct AddRaftVoterResponse {
  static constexpr protocol::MessageVersions versions{.min = 0, .max = 1, .flexible_from = 0};

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  protocol::ErrorCode error_code = protocol::ErrorCode::NONE;
  std::optional<std::string> error_message = "";

  bool operator==(const AddRaftVoterResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &AddRaftVoterResponse::throttle_time_ms, protocol::since(0));
    v("error_code", &AddRaftVoterResponse::error_code, protocol::since(0));
    v("error_message", &AddRaftVoterResponse::error_message,
      protocol::since(0).nullable(0).ignorable());
  }
};

struct AddRaftVoter {
  static constexpr std::int16_t key = 80;
  using Request = AddRaftVoterRequest;
  using Response = AddRaftVoterResponse;
};

template <>
struct ApiFacts<AddRaftVoter> {
  static constexpr std::string_view name = "AddRaftVoter";
  static constexpr std::string_view since_kafka = "3.9";
  static constexpr protocol::Version max = 1;
};

struct RemoveRaftVoterRequest {
  static constexpr protocol::MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  static constexpr bool kIsDescribed = true;

  std::optional<std::string> cluster_id = "";
  std::int32_t voter_id = 0;
  Uuid voter_directory_id;

  bool operator==(const RemoveRaftVoterRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("cluster_id", &RemoveRaftVoterRequest::cluster_id, protocol::since(0).nullable(0));
    v("voter_id", &RemoveRaftVoterRequest::voter_id, protocol::since(0));
    v("voter_directory_id", &RemoveRaftVoterRequest::voter_directory_id, protocol::since(0));
  }
};

struct RemoveRaftVoterResponse {
  static constexpr protocol::MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  protocol::ErrorCode error_code = protocol::ErrorCode::NONE;
  std::optional<std::string> error_message = "";

  bool operator==(const RemoveRaftVoterResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &RemoveRaftVoterResponse::throttle_time_ms, protocol::since(0));
    v("error_code", &RemoveRaftVoterResponse::error_code, protocol::since(0));
    v("error_message", &RemoveRaftVoterResponse::error_message,
      protocol::since(0).nullable(0).ignorable());
  }
};

struct RemoveRaftVoter {
  static constexpr std::int16_t key = 81;
  using Request = RemoveRaftVoterRequest;
  using Response = RemoveRaftVoterResponse;
};

template <>
struct ApiFacts<RemoveRaftVoter> {
  static constexpr std::string_view name = "RemoveRaftVoter";
  static constexpr std::string_view since_kafka = "3.9";
  static constexpr protocol::Version max = 0;
};

}  // namespace kreel::client
