#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "broker/authorization/access.hpp"
#include "broker/fetch_sessions.hpp"
#include "broker/io_thread.hpp"
#include "catalog/broker_config.hpp"
#include "catalog/catalog.hpp"
#include "storage/log_manager.hpp"

namespace kreel::broker {

class Faults;
class GroupService;
class Quotas;
class TransactionGate;
class TransactionService;

/// One broker's services, shared by all handlers. Owns what is of the broker alone; the catalog,
/// the logs and the threads belong to server/ and outlive it. Thread-safe as its parts are.
class Broker final : public storage::HighWatermarkListener {
 public:
  struct Dependencies {
    const catalog::BrokerConfig& config;
    catalog::Catalog& catalog;
    storage::LogManager& logs;
    const Clock& clock;
    Random& random;
    std::vector<IoThread*> io_threads;
    /// A thread for reads that wait for the disk.
    Executor& reader;
  };

  explicit Broker(Dependencies dependencies);
  ~Broker() override;

  const catalog::BrokerConfig& config() const { return dependencies_.config; }
  catalog::Catalog& catalog() { return dependencies_.catalog; }
  storage::LogManager& logs() { return dependencies_.logs; }
  storage::Flusher& flusher() { return dependencies_.logs.flusher(); }
  const Clock& clock() const { return dependencies_.clock; }
  Random& random() { return dependencies_.random; }
  const std::vector<IoThread*>& io_threads() const { return dependencies_.io_threads; }
  FetchSessionCache& fetch_sessions() { return fetch_sessions_; }
  GroupService& groups() { return *groups_; }
  TransactionService& transactions() { return *transactions_; }
  Faults& faults() { return *faults_; }
  Quotas& quotas() { return *quotas_; }

  /// What a client may do now.
  Access access_of(ConnectionInfo& client) const;

  /// Null where there are no transactions; set before the first connection.
  const TransactionGate* transaction_gate() const { return transaction_gate_; }
  void set_transaction_gate(const TransactionGate* gate) { transaction_gate_ = gate; }

  /// The listeners with the ports that were really bound; set before the first connection.
  void set_listeners(std::vector<catalog::Listener> listeners) {
    listeners_ = std::move(listeners);
  }
  /// What clients of `listener_name` are told to connect to.
  const catalog::Listener& advertised(const std::string& listener_name) const;

  /// Runs `work` where the disk may be waited for (the flusher's thread), then `done` on `io`.
  void run_blocking(std::function<void()> work, IoThread& io, std::function<void()> done) {
    flusher().run(std::move(work), io.executor(), std::move(done));
  }

  /// The same for reads: on a thread of its own, so that no sync waits behind a cold read. Without
  /// memory for `work`, `done` is dropped.
  void run_on_reader(std::function<void()> work, IoThread& io, std::function<void()> done);

  void high_watermark_moved(storage::Log& log) override;

 private:
  Dependencies dependencies_;
  FetchSessionCache fetch_sessions_;
  std::optional<security::Authorizer> authorizer_;
  std::unique_ptr<Faults> faults_;
  std::unique_ptr<Quotas> quotas_;
  std::unique_ptr<GroupService> groups_;
  std::unique_ptr<TransactionService> transactions_;
  const TransactionGate* transaction_gate_ = nullptr;
  std::vector<catalog::Listener> listeners_;
};

}  // namespace kreel::broker
