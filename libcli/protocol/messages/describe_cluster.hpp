#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DescribeClusterRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 0};
  static constexpr bool kIsDescribed = true;

  bool include_cluster_authorized_operations = false;
  std::int8_t endpoint_type = 1;        ///< 1 brokers, 2 controllers (KIP-919)
  bool include_fenced_brokers = false;  ///< KIP-1073

  bool operator==(const DescribeClusterRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("include_cluster_authorized_operations",
      &DescribeClusterRequest::include_cluster_authorized_operations, since(0));
    v("endpoint_type", &DescribeClusterRequest::endpoint_type, since(1));
    v("include_fenced_brokers", &DescribeClusterRequest::include_fenced_brokers, since(2));
  }
};

struct DescribeClusterResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 0};

  struct DescribeClusterBroker {
    static constexpr bool kIsDescribed = true;

    std::int32_t broker_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;
    bool is_fenced = false;

    bool operator==(const DescribeClusterBroker&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("broker_id", &DescribeClusterBroker::broker_id, since(0));
      v("host", &DescribeClusterBroker::host, since(0));
      v("port", &DescribeClusterBroker::port, since(0));
      v("rack", &DescribeClusterBroker::rack, since(0).nullable(0));
      v("is_fenced", &DescribeClusterBroker::is_fenced, since(2));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string> error_message;
  std::int8_t endpoint_type = 1;
  std::string cluster_id;
  std::int32_t controller_id = -1;
  std::vector<DescribeClusterBroker> brokers;
  /// Bits by operation; the default is "not asked" (KIP-430).
  std::int32_t cluster_authorized_operations = std::numeric_limits<std::int32_t>::min();

  bool operator==(const DescribeClusterResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DescribeClusterResponse::throttle_time_ms, since(0));
    v("error_code", &DescribeClusterResponse::error_code, since(0));
    v("error_message", &DescribeClusterResponse::error_message, since(0).nullable(0));
    v("endpoint_type", &DescribeClusterResponse::endpoint_type, since(1));
    v("cluster_id", &DescribeClusterResponse::cluster_id, since(0));
    v("controller_id", &DescribeClusterResponse::controller_id, since(0));
    v("brokers", &DescribeClusterResponse::brokers, since(0));
    v("cluster_authorized_operations", &DescribeClusterResponse::cluster_authorized_operations,
      since(0));
  }
};

struct DescribeCluster {
  static constexpr std::int16_t key = 60;
  using Request = DescribeClusterRequest;
  using Response = DescribeClusterResponse;
};

}  // namespace kreel::protocol
