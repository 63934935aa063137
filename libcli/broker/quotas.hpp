#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/published.hpp"
#include "broker/limits.hpp"
#include "broker/quota_limits.hpp"
#include "broker/quota_meters.hpp"

namespace kreel::broker {

/// The meters of all whose use is counted, limited in number: those that count nothing any more go,
/// and where all do count, the newcomers share one.
template <class Meter>
class QuotaMeterTable {
 public:
  using Key = std::pair<std::string, std::string>;

  Meter& of(Key key, const QuotaWindows& windows, std::int64_t now_ms) {
    const auto found = meters_.find(key);
    if (found != meters_.end()) return found->second;
    if (meters_.size() >= limits::kQuotaMeters && now_ms >= next_sweep_ms_) {
      std::erase_if(meters_,
                    [&](const auto& entry) { return entry.second.is_idle(windows, now_ms); });
      next_sweep_ms_ = now_ms + windows.size_ms;
    }
    if (meters_.size() >= limits::kQuotaMeters) return shared_;
    return meters_[std::move(key)];
  }

 private:
  std::map<Key, Meter> meters_;
  Meter shared_;
  std::int64_t next_sweep_ms_ = 0;
};

/// The quotas of one broker and what was used of them. Thread-safe; while there is no quota, one
/// relaxed load per request and per connection.
class Quotas {
 public:
  Quotas(const Clock& clock, QuotaWindows windows, QuotaWindows mutation_windows);

  bool any_of_clients() const { return any_of_clients_.load(std::memory_order_relaxed); }
  bool any_of_ips() const { return any_of_ips_.load(std::memory_order_relaxed); }

  /// The quotas from now on. What was used stays counted.
  void set(const catalog::ClientQuotas& quotas);

  std::optional<double> limit(QuotaKind kind, const QuotaClient& client) const;
  /// What one fetch may bring without being more than all windows allow.
  std::int32_t fetch_bytes_max(const QuotaClient& client) const;

  /// Counts what was used and says how long the client has to wait now; of kRequest at most one
  /// window.
  std::int64_t use(QuotaKind kind, const QuotaClient& client, double amount);
  /// What is to be sent: where the client has to wait, it is not sent and was not counted. More
  /// than all windows allow is let through when nothing else was; Apache Kafka never sends it.
  std::int64_t use_to_fetch(const QuotaClient& client, double bytes);
  /// Counts without asking; below zero it takes back.
  void note(QuotaKind kind, const QuotaClient& client, double amount);

  struct Mutations {
    bool refused = false;
    std::int64_t wait_ms = 0;
  };
  /// With `strict` nothing is taken while the client has to wait.
  Mutations use_mutations(const QuotaClient& client, double count, bool strict);

  /// A connection from `ip`: 0, or how long it is to be left waiting and then closed.
  std::int64_t use_connection(const std::string& ip);

 private:
  struct Metered {
    RateMeter* meter = nullptr;  ///< null: no limit
    double bound = 0;
  };
  Metered metered(QuotaKind kind, const QuotaClient& client, std::int64_t now_ms);

  const Clock& clock_;
  const QuotaWindows windows_;
  const QuotaWindows mutation_windows_;
  std::atomic<bool> any_of_clients_{false};
  std::atomic<bool> any_of_ips_{false};
  Published<QuotaLimits> limits_;

  std::mutex mutex_;  ///< of the meters
  std::array<QuotaMeterTable<RateMeter>, kQuotaKinds> rates_;
  QuotaMeterTable<TokenMeter> mutations_;
  QuotaMeterTable<RateMeter> connections_;
};

}  // namespace kreel::broker
