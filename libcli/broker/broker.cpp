#include "broker/broker.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "broker/faults.hpp"
#include "broker/group_service.hpp"
#include "broker/quotas.hpp"
#include "broker/transaction_service.hpp"

namespace kreel::broker {
namespace {

constexpr std::int64_t kMsPerSecondOfWindow = 1'000;
/// Eleven days, and so many of them: beyond every use, and its milliseconds can be counted.
constexpr std::int64_t kWindowsMax = 1'000'000;

QuotaWindows quota_windows(std::int64_t count, std::int64_t size_seconds) {
  return {.count = std::min(count, kWindowsMax),
          .size_ms = std::min(size_seconds, kWindowsMax) * kMsPerSecondOfWindow};
}

}  // namespace

Broker::Broker(Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
      fetch_sessions_(static_cast<std::size_t>(std::max(
                          0, dependencies_.config.max_incremental_fetch_session_cache_slots)),
                      dependencies_.random),
      faults_(std::make_unique<Faults>(dependencies_.random)),
      quotas_(std::make_unique<Quotas>(
          dependencies_.clock,
          quota_windows(dependencies_.config.quota_window_num,
                        dependencies_.config.quota_window_size_seconds),
          quota_windows(dependencies_.config.controller_quota_window_num,
                        dependencies_.config.controller_quota_window_size_seconds))),
      groups_(std::make_unique<GroupService>(*this)),
      transactions_(std::make_unique<TransactionService>(*this)) {
  if (config().authorizer) authorizer_.emplace(*config().authorizer);
  transaction_gate_ = transactions_.get();
  quotas_->set(*dependencies_.catalog.snapshot()->quotas());
  dependencies_.logs.set_high_watermark_listener(this);
}

Broker::~Broker() {
  dependencies_.logs.set_high_watermark_listener(nullptr);
}

Access Broker::access_of(ConnectionInfo& client) const {
  if (!authorizer_) return {};
  if (!client.decisions) client.decisions = std::make_shared<RecentDecisions>();
  RecentDecisions& recent = *client.decisions;
  // The generation first: it is never newer than the ACLs that are kept for it.
  const std::uint64_t generation = dependencies_.catalog.acl_generation();
  if (!recent.are_of(generation, client)) {
    recent.renew(generation, dependencies_.catalog.snapshot()->acls(), client);
  }
  return {*authorizer_, recent, client};
}

const catalog::Listener& Broker::advertised(const std::string& listener_name) const {
  for (const catalog::Listener& listener : listeners_) {
    if (listener.name == listener_name) return listener;
  }
  KREEL_ASSERT(!listeners_.empty(), "a request without a listener");
  return listeners_.front();
}

void Broker::run_on_reader(std::function<void()> work, IoThread& io, std::function<void()> done) {
  dependencies_.reader.post([work = std::move(work), &io, done = std::move(done)]() mutable {
    try {
      work();
    } catch (const std::bad_alloc&) {
      log::error("no memory for a read: its request gets no answer");
      // What answers it is dropped where it lives, which closes its connection.
      return io.executor().post([dropped = std::move(done)] {});
    }
    io.executor().post(std::move(done));
  });
}

void Broker::high_watermark_moved(storage::Log& log) {
  const std::uint64_t bits = log.watch_bits().load();
  for (IoThread* io : dependencies_.io_threads) {
    if ((bits & (std::uint64_t{1} << io->index())) != 0) io->purgatory().wake(log);
  }
}

}  // namespace kreel::broker
