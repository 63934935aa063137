#include "broker/quotas.hpp"

#include <algorithm>
#include <limits>

namespace kreel::broker {
namespace {

/// Longer names are told apart by their beginning: a meter is small.
constexpr std::size_t kMeterNameBytesMax = 256;

std::pair<std::string, std::string> key_of(const QuotaLimits::Limit& limit,
                                           const QuotaClient& client) {
  return {limit.per_user ? client.user.substr(0, kMeterNameBytesMax) : "",
          limit.per_client_id ? client.client_id.substr(0, kMeterNameBytesMax) : ""};
}

}  // namespace

Quotas::Quotas(const Clock& clock, QuotaWindows windows, QuotaWindows mutation_windows)
    : clock_(clock),
      windows_(windows),
      mutation_windows_(mutation_windows),
      limits_(std::make_shared<QuotaLimits>(catalog::ClientQuotas())) {}

void Quotas::set(const catalog::ClientQuotas& quotas) {
  auto limits = std::make_shared<QuotaLimits>(quotas);
  const bool any_of_clients = limits->any_of_clients();
  const bool any_of_ips = limits->any_of_ips();
  limits_.set(std::move(limits));
  any_of_clients_.store(any_of_clients, std::memory_order_relaxed);
  any_of_ips_.store(any_of_ips, std::memory_order_relaxed);
}

std::optional<double> Quotas::limit(QuotaKind kind, const QuotaClient& client) const {
  const auto found = limits_.get()->find(kind, client);
  return found ? std::optional<double>(found->bound) : std::nullopt;
}

std::int32_t Quotas::fetch_bytes_max(const QuotaClient& client) const {
  constexpr double kMost = std::numeric_limits<std::int32_t>::max();
  const auto bound = limit(QuotaKind::kFetch, client);
  if (!bound) return std::numeric_limits<std::int32_t>::max();
  const double seconds = static_cast<double>((windows_.count - 1) * windows_.size_ms) / 1'000;
  return static_cast<std::int32_t>(std::min(*bound * seconds, kMost));
}

Quotas::Metered Quotas::metered(QuotaKind kind, const QuotaClient& client, std::int64_t now_ms) {
  const auto limit = limits_.get()->find(kind, client);
  if (!limit) return {};
  auto& table = rates_[static_cast<std::size_t>(kind)];
  return {&table.of(key_of(*limit, client), windows_, now_ms), limit->bound};
}

std::int64_t Quotas::use(QuotaKind kind, const QuotaClient& client, double amount) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now_ms = clock_.monotonic_ms();
  const Metered found = metered(kind, client, now_ms);
  if (found.meter == nullptr) return 0;
  found.meter->add(amount, windows_, now_ms);
  const std::int64_t wait_ms = found.meter->wait_ms(found.bound, windows_, now_ms);
  return kind == QuotaKind::kRequest ? std::min(wait_ms, windows_.size_ms) : wait_ms;
}

std::int64_t Quotas::use_to_fetch(const QuotaClient& client, double bytes) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now_ms = clock_.monotonic_ms();
  const Metered found = metered(QuotaKind::kFetch, client, now_ms);
  if (found.meter == nullptr) return 0;
  const bool is_first = found.meter->is_idle(windows_, now_ms);
  found.meter->add(bytes, windows_, now_ms);
  const std::int64_t wait_ms = found.meter->wait_ms(found.bound, windows_, now_ms);
  if (wait_ms == 0 || is_first) return 0;
  found.meter->add(-bytes, windows_, now_ms);
  return wait_ms;
}

void Quotas::note(QuotaKind kind, const QuotaClient& client, double amount) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now_ms = clock_.monotonic_ms();
  const Metered found = metered(kind, client, now_ms);
  if (found.meter != nullptr) found.meter->add(amount, windows_, now_ms);
}

Quotas::Mutations Quotas::use_mutations(const QuotaClient& client, double count, bool strict) {
  const std::lock_guard lock(mutex_);
  const auto limit = limits_.get()->find(QuotaKind::kMutation, client);
  if (!limit) return {};
  const std::int64_t now_ms = clock_.monotonic_ms();
  TokenMeter& meter = mutations_.of(key_of(*limit, client), mutation_windows_, now_ms);
  const std::int64_t before_ms = meter.wait_ms(limit->bound, mutation_windows_, now_ms);
  if (strict && before_ms > 0) return {.refused = true, .wait_ms = before_ms};
  meter.take(count, limit->bound, mutation_windows_, now_ms);
  // Who is refused nothing yet waits for nothing: the next one will.
  if (strict) return {};
  return {.refused = false, .wait_ms = meter.wait_ms(limit->bound, mutation_windows_, now_ms)};
}

std::int64_t Quotas::use_connection(const std::string& ip) {
  const auto bound = limits_.get()->connections_from(ip);
  if (!bound) return 0;
  const std::lock_guard lock(mutex_);
  const std::int64_t now_ms = clock_.monotonic_ms();
  RateMeter& meter = connections_.of({ip, ""}, windows_, now_ms);
  meter.add(1, windows_, now_ms);
  const std::int64_t wait_ms = meter.wait_ms(*bound, windows_, now_ms);
  if (wait_ms > 0) meter.add(-1, windows_, now_ms);
  return std::min(wait_ms, windows_.size_ms);
}

}  // namespace kreel::broker
