#include "broker/broker.hpp"

#include <new>
#include <utility>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "broker/faults.hpp"
#include "broker/group_service.hpp"
#include "broker/transaction_service.hpp"

namespace kreel::broker {

Broker::Broker(Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
      fetch_sessions_(static_cast<std::size_t>(std::max(
                          0, dependencies_.config.max_incremental_fetch_session_cache_slots)),
                      dependencies_.random),
      faults_(std::make_unique<Faults>(dependencies_.random)),
      groups_(std::make_unique<GroupService>(*this)),
      transactions_(std::make_unique<TransactionService>(*this)) {
  transaction_gate_ = transactions_.get();
  dependencies_.logs.set_high_watermark_listener(this);
}

Broker::~Broker() {
  dependencies_.logs.set_high_watermark_listener(nullptr);
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
