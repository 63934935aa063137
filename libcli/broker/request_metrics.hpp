#pragma once

#include <array>
#include <cstdint>

#include "metrics/metrics.hpp"

namespace kreel::broker {

/// What one io thread counts of one API. Written on that thread alone.
struct ApiMetrics {
  metrics::Counter requests;
  metrics::Counter errors;  ///< replies with an error code in them
  metrics::Counter request_bytes;
  metrics::Counter response_bytes;
  metrics::Counter throttled;         ///< requests whose client had to wait for a quota
  metrics::Counter throttle_ms;       ///< how long, all together
  metrics::LatencyHistogram latency;  ///< from the frame being complete to the reply being queued
};

/// All of one io thread; indexed by the API's place in protocol::api_table().
struct RequestMetrics {
  static constexpr std::size_t kApisMax = 96;
  std::array<ApiMetrics, kApisMax> apis;
  metrics::Counter malformed_requests;
  metrics::Counter unsupported_requests;
  metrics::Counter connections_opened;
  metrics::Counter connections_closed;
  metrics::Counter records_in;
  metrics::Counter record_bytes_in;
  metrics::Counter record_bytes_out;
};

}  // namespace kreel::broker
