#include "broker/request_charge.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "broker/connection.hpp"
#include "broker/sasl_exchange.hpp"

namespace kreel::broker {
namespace {

constexpr double kPercentPerNs = 100.0 / 1e9;

double percent(std::int64_t ns) {
  return static_cast<double>(ns) * kPercentPerNs;
}

/// "User:app" -> "app"
std::string name_of(std::string_view principal) {
  const std::size_t colon = principal.find(':');
  return std::string(colon == std::string_view::npos ? principal : principal.substr(colon + 1));
}

/// Logging in has its own bounds, and markers are the broker's own work.
bool is_exempt(protocol::ApiKey api) {
  return api == protocol::ApiKey::SaslHandshake || api == protocol::ApiKey::SaslAuthenticate ||
         api == protocol::ApiKey::WriteTxnMarkers;
}

}  // namespace

std::shared_ptr<RequestCharge> RequestCharge::of(Quotas& quotas, const Clock& clock,
                                                 const ConnectionInfo& connection,
                                                 std::string_view client_id, protocol::ApiKey api) {
  if (!quotas.any_of_clients() || is_exempt(api)) return nullptr;
  if (connection.sasl && !connection.sasl->is_authenticated()) return nullptr;
  return std::make_shared<RequestCharge>(
      quotas, clock, QuotaClient{name_of(connection.principal), std::string(client_id)});
}

RequestCharge::RequestCharge(Quotas& quotas, const Clock& clock, QuotaClient client)
    : quotas_(quotas), clock_(clock), client_(std::move(client)) {
  charges_time_ = quotas_.limit(QuotaKind::kRequest, client_).has_value();
  if (charges_time_) started_ns_ = clock_.monotonic_ns();
}

void RequestCharge::wait_at_least(std::int64_t wait_ms) {
  const std::int64_t most = std::numeric_limits<std::int32_t>::max();
  throttle_ms_ = std::max(throttle_ms_, static_cast<std::int32_t>(std::min(wait_ms, most)));
}

void RequestCharge::produced(std::size_t request_bytes, bool has_answer) {
  wait_at_least(quotas_.use(QuotaKind::kProduce, client_, static_cast<double>(request_bytes)));
  if (!has_answer) charges_time_ = false;
}

bool RequestCharge::take_mutations(std::size_t count, bool strict) {
  const auto taken = quotas_.use_mutations(client_, static_cast<double>(count), strict);
  if (taken.wait_ms > 0) mutations_wait_until_ms_ = clock_.monotonic_ms() + taken.wait_ms;
  return !taken.refused;
}

std::int64_t RequestCharge::charge_time() {
  if (!charges_time_) return 0;
  std::int64_t used_ns = handler_ns_.load();
  if (used_ns < 0) used_ns = clock_.monotonic_ns() - started_ns_;
  charged_ns_.store(used_ns);
  return quotas_.use(QuotaKind::kRequest, client_, percent(used_ns));
}

std::int32_t RequestCharge::settle() {
  if (std::exchange(settled_, true)) return throttle_ms_;
  wait_at_least(charge_time());
  if (mutations_wait_until_ms_ > 0) {
    wait_at_least(mutations_wait_until_ms_ - clock_.monotonic_ms());
  }
  if (fetched_bytes_ > 0) {
    const auto bytes = static_cast<double>(fetched_bytes_);
    const std::int64_t wait_ms = quotas_.use_to_fetch(client_, bytes);
    if (wait_ms == 0 && throttle_ms_ > 0) quotas_.note(QuotaKind::kFetch, client_, -bytes);
    wait_at_least(wait_ms);
  }
  return throttle_ms_;
}

void RequestCharge::handler_returned() {
  if (started_ns_ == 0) return;
  const std::int64_t used_ns = clock_.monotonic_ns() - started_ns_;
  handler_ns_.store(used_ns);
  const std::int64_t charged_ns = charged_ns_.load();
  if (charged_ns < 0) return;
  // It has answered meanwhile: what came after is encoding and sending.
  quotas_.note(QuotaKind::kRequest, client_, percent(used_ns - charged_ns));
}

}  // namespace kreel::broker
