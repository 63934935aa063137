#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

#include "broker/quotas.hpp"
#include "protocol/api.hpp"

namespace kreel::broker {

struct ConnectionInfo;

/// What one request uses of its client's quotas, and how long the client has to wait for it. There
/// is one only while somebody has a quota. Touched by one thread at a time, but for
/// handler_returned().
class RequestCharge {
 public:
  /// Null where nothing is charged: nobody has a quota, it is not known yet who asks, or the API is
  /// exempt as in Kafka.
  static std::shared_ptr<RequestCharge> of(Quotas& quotas, const Clock& clock,
                                           const ConnectionInfo& connection,
                                           std::string_view client_id, protocol::ApiKey api);

  RequestCharge(Quotas& quotas, const Clock& clock, QuotaClient client);

  /// A Produce of this size; without an answer its time is not charged.
  void produced(std::size_t request_bytes, bool has_answer);
  /// The most that this client's Fetch may bring.
  std::int32_t fetch_bytes_max() const { return quotas_.fetch_bytes_max(client_); }
  /// Records that are to be sent: not, when settle() says that the client has to wait.
  void fetched(std::size_t record_bytes) { fetched_bytes_ = record_bytes; }
  /// False when `count` partitions may not be made or deleted now (THROTTLING_QUOTA_EXCEEDED);
  /// without `strict` they may always, and the client waits.
  bool take_mutations(std::size_t count, bool strict);

  /// Once, when the answer is known: how long the client has to wait.
  std::int32_t settle();
  bool is_settled() const { return settled_; }
  std::int32_t throttle_ms() const { return throttle_ms_; }

  /// The handler is done, whether it has answered or will: what it took of the thread is charged.
  void handler_returned();

 private:
  std::int64_t charge_time();
  void wait_at_least(std::int64_t wait_ms);

  Quotas& quotas_;
  const Clock& clock_;
  const QuotaClient client_;
  bool charges_time_ = false;
  std::int64_t started_ns_ = 0;
  std::atomic<std::int64_t> handler_ns_{-1};
  std::atomic<std::int64_t> charged_ns_{-1};
  std::size_t fetched_bytes_ = 0;
  std::int64_t mutations_wait_until_ms_ = 0;
  bool settled_ = false;
  std::int32_t throttle_ms_ = 0;
};

/// What a handler of topics asks before it makes or deletes partitions. The charge outlives it.
struct MutationPermits {
  static constexpr std::string_view kExceeded = "The throttling quota has been exceeded.";

  RequestCharge* charge = nullptr;  ///< null: nobody has a quota
  bool strict = false;

  bool take(std::size_t count) const {
    return charge == nullptr || charge->take_mutations(count, strict);
  }
};

}  // namespace kreel::broker
