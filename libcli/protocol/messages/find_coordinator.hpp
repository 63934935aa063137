#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct FindCoordinatorRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 6, .flexible_from = 3};
  static constexpr bool kIsDescribed = true;

  std::string key;           ///< up to 3; coordinator_keys since 4 (KIP-699)
  std::int8_t key_type = 0;  ///< 0 group, 1 transaction, 2 share partition (6)
  std::vector<std::string> coordinator_keys;

  bool operator==(const FindCoordinatorRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("key", &FindCoordinatorRequest::key, between(0, 3));
    v("key_type", &FindCoordinatorRequest::key_type, since(1));
    v("coordinator_keys", &FindCoordinatorRequest::coordinator_keys, since(4));
  }
};

struct FindCoordinatorResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 6, .flexible_from = 3};

  struct Coordinator {
    static constexpr bool kIsDescribed = true;

    std::string key;
    std::int32_t node_id = 0;
    std::string host;
    std::int32_t port = 0;
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message = "";

    bool operator==(const Coordinator&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("key", &Coordinator::key, since(4));
      v("node_id", &Coordinator::node_id, since(4));
      v("host", &Coordinator::host, since(4));
      v("port", &Coordinator::port, since(4));
      v("error_code", &Coordinator::error_code, since(4));
      v("error_message", &Coordinator::error_message, since(4).nullable(4).ignorable());
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string> error_message = "";
  std::int32_t node_id = 0;
  std::string host;
  std::int32_t port = 0;
  std::vector<Coordinator> coordinators;

  bool operator==(const FindCoordinatorResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &FindCoordinatorResponse::throttle_time_ms, since(1).ignorable());
    v("error_code", &FindCoordinatorResponse::error_code, between(0, 3));
    v("error_message", &FindCoordinatorResponse::error_message,
      between(1, 3).nullable(1).ignorable());
    v("node_id", &FindCoordinatorResponse::node_id, between(0, 3));
    v("host", &FindCoordinatorResponse::host, between(0, 3));
    v("port", &FindCoordinatorResponse::port, between(0, 3));
    v("coordinators", &FindCoordinatorResponse::coordinators, since(4));
  }
};

struct FindCoordinator {
  static constexpr std::int16_t key = 10;
  using Request = FindCoordinatorRequest;
  using Response = FindCoordinatorResponse;
};

}  // namespace kreel::protocol
