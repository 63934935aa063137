#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "broker/connection.hpp"
#include "protocol/api.hpp"
#include "protocol/error_code.hpp"

namespace kreel::broker {

/// Something that the broker is to do wrong on purpose, so that clients can be watched in an
/// outage.
struct FaultRule {
  enum class Kind { kError, kLatency, kDrop };
  Kind kind = Kind::kError;
  std::optional<protocol::ApiKey> api;  ///< empty: every API
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
  std::optional<std::uint64_t> left;  ///< kError: how many requests still; empty: until removed
  std::int64_t latency_min_ms = 0;
  std::int64_t latency_max_ms = 0;
  double drop_share = 0;  ///< 0 to 1, of all requests
};

/// "produce:NOT_LEADER_OR_FOLLOWER:3", without the number until it is removed. APIs by Kafka's name
/// or in snake_case, or "all". ErrorKind::kUsage with the nearest name.
Result<FaultRule> parse_error_fault(std::string_view text);
/// "fetch=200ms", "fetch=100ms-300ms".
Result<FaultRule> parse_latency_fault(std::string_view text);
/// "1%", "0.5%".
Result<FaultRule> parse_drop_fault(std::string_view text);
/// "ListOffsets" -> "list_offsets".
std::string snake_case(std::string_view api_name);

/// The faults of one broker. Thread-safe; costs one relaxed load per request while there is none.
class Faults {
 public:
  static constexpr std::size_t kRulesMax = 256;
  /// A client of this id is spared: whoever wants to end an outage has to get through it.
  static constexpr std::string_view kSparedClientId = "kreel-control";

  struct Active {
    std::int64_t id = 0;
    FaultRule rule;
    std::uint64_t hits = 0;
  };
  /// What becomes of one request.
  struct Verdict {
    enum class Drop { kNo, kRequest, kReply };
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    std::int64_t delay_ms = 0;
    Drop drop = Drop::kNo;
  };

  explicit Faults(Random& random) : random_(random) {}

  bool any() const { return any_.load(std::memory_order_relaxed); }

  /// All or none. A latency takes the place of an earlier one for its API, a drop that of the
  /// earlier drop; errors of one API are used up one after the other. kRefused above kRulesMax.
  Result<void> add(std::span<const FaultRule> rules);
  /// kNotFound when there is none with this id.
  Result<void> remove(std::int64_t id);
  void clear();
  /// In the order of their ids, used-up ones included.
  std::vector<Active> list() const;

  /// Counts as a hit of what it names.
  Verdict judge(protocol::ApiKey api);

 private:
  void rearm();

  Random& random_;
  std::atomic<bool> any_{false};
  mutable std::mutex mutex_;
  std::int64_t last_id_ = 0;
  std::vector<Active> rules_;
};

/// Delays the reply of one request, or closes the connection in its place.
std::shared_ptr<ReplySink> with_faults(std::shared_ptr<ReplySink> sink, Executor& executor,
                                       const Faults::Verdict& verdict);

}  // namespace kreel::broker
