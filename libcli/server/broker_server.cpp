#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/control_socket.hpp"
#include "base/host_and_port.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "broker/group_service.hpp"
#include "broker/transaction_service.hpp"
#include "catalog/internal_topics.hpp"
#include "catalog/log_config.hpp"
#include "kreel/broker.hpp"
#include "net/control_listener.hpp"
#include "net/limits.hpp"
#include "net/listener.hpp"
#include "server/authorizer_checks.hpp"
#include "server/control_protocol.hpp"
#include "server/data_directory.hpp"
#include "server/ephemeral_directory.hpp"
#include "server/metrics_exporter.hpp"
#include "server/sasl_settings.hpp"
#include "server/scram_users.hpp"
#include "server/start_options.hpp"
#include "server/tls_settings.hpp"

namespace kreel {
namespace {

constexpr std::int64_t kDrainMs = 10'000;
constexpr std::int64_t kIdleCheckMs = 1'000;
constexpr std::size_t kMemoryToGiveBack = 16U << 20;
constexpr std::int64_t kFileCheckMs = 1'000;
constexpr std::size_t kIoThreadsMax = 8;

class Server final : public BrokerServer {
 public:
  explicit Server(server::StartOptions options) : options_(std::move(options)) {}
  ~Server() override { stop(); }

  Result<void> start();

  std::vector<std::string> addresses() const override;
  std::vector<ListenerAddress> listeners() const override;
  const std::string& data_directory() const override { return options_.data_directory; }
  const std::string& cluster_id() const override { return logs_->cluster_id(); }
  std::string metrics_address() const override;
  std::string control_socket() const override { return control_ ? control_->path() : ""; }
  void on_storage_failure(std::function<void(const Error&)> handler) override;
  void stop() override;

 private:
  Result<void> read_security();
  void tell_mechanisms();
  Result<void> bind_addresses();
  Result<void> open_storage();
  Result<void> listen();
  void open_control();
  void start_threads();
  Result<void> ensure_topics();
  Result<void> create_topic(catalog::NewTopic topic);
  void schedule_idle_check(net::NetThread& thread);
  void give_memory_back();
  void schedule_file_check();
  void drain_connections();
  void close_connections();
  void storage_failed(const Error& error);

  server::StartOptions options_;
  std::optional<server::EphemeralDirectory> ephemeral_;
  SystemRandom random_;
  std::unique_ptr<fs::FileSystem> fs_ = fs::make_posix_file_system();
  net::MemoryBudget memory_{net::limits::kRequestMemoryBytes};
  std::unique_ptr<storage::LogManager> logs_;
  std::unique_ptr<catalog::Catalog> catalog_;
  /// From open_storage() on; null without a SASL listener.
  std::unique_ptr<server::ScramUsers> scram_users_;
  net::HandshakeBudget handshakes_;
  /// One per listener each; null where it is not asked for.
  std::vector<std::shared_ptr<security::TlsServer>> tls_;
  std::vector<std::shared_ptr<const security::SaslServer>> sasl_;
  net::IoContextThread reader_;
  std::vector<std::unique_ptr<net::NetThread>> threads_;
  std::vector<net::BoundListener> bound_;
  std::unique_ptr<broker::Broker> broker_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::unique_ptr<net::ControlListener> control_;
  std::unique_ptr<server::MetricsExporter> metrics_;
  bool running_ = false;

  std::mutex failure_mutex_;
  std::optional<Error> failure_;
  std::function<void(const Error&)> failure_handler_;
};

// A port in use is told before any data is touched; clients can connect when all is ready.
Result<void> Server::start() {
  TRY(read_security());
  TRY(bind_addresses());
  if (options_.ephemeral) {
    TRY_ASSIGN(ephemeral_, server::EphemeralDirectory::make());
    options_.data_directory = ephemeral_->path();
  }
  TRY(open_storage());
  std::vector<broker::IoThread*> io;
  for (const auto& thread : threads_) io.push_back(thread->io.get());
  broker_ =
      std::make_unique<broker::Broker>(broker::Broker::Dependencies{.config = options_.config,
                                                                    .catalog = *catalog_,
                                                                    .logs = *logs_,
                                                                    .clock = system_clock(),
                                                                    .random = random_,
                                                                    .io_threads = std::move(io),
                                                                    .reader = reader_});
  TRY(broker_->faults().add(options_.faults));
  TRY(ensure_topics());
  TRY(server::save_scram_users(options_, *catalog_, random_));
  TRY(listen());
  open_control();
  server::warn_of_authorizer(options_, *catalog_->snapshot());
  start_threads();
  if (metrics_) metrics_->serve(*broker_, memory_);
  return {};
}

/// A broker whose certificate has ended is left by all clients at once.
void tell_expiry(security::TlsServer* tls, const std::string& listener) {
  if (tls == nullptr) return;
  if (const auto warning = tls->take_expiry_warning(system_clock().wall_ms())) {
    log::warning(fmt::format("listener {}: {}", listener, *warning));
  }
}

Result<void> Server::read_security() {
  for (const catalog::Listener& listener : options_.config.listeners) {
    TRY_ASSIGN(tls_.emplace_back(), server::make_tls_server(*fs_, options_, listener));
    tell_expiry(tls_.back().get(), listener.name);
    const server::ScramSource scram{
        [this](security::ScramMechanism mechanism, const std::string& user) {
          return scram_users_->find(mechanism, user);
        },
        [this](security::ScramMechanism mechanism) { return scram_users_->disguise(mechanism); }};
    TRY_ASSIGN(sasl_.emplace_back(),
               server::make_sasl_server(*fs_, options_, listener, scram, random_));
  }
  tell_mechanisms();
  return {};
}

/// What --sasl adds is shown by DescribeConfigs, too.
void Server::tell_mechanisms() {
  if (options_.sasl_users.empty() && !options_.unsecured_tokens) return;
  std::set<std::string> offered;
  for (const auto& sasl : sasl_) {
    if (sasl) offered.insert(sasl->mechanisms().begin(), sasl->mechanisms().end());
  }
  options_.config.set_by_user["sasl.enabled.mechanisms"] =
      fmt::format("{}", fmt::join(offered, ","));
}

Result<void> Server::bind_addresses() {
  const std::size_t io_threads =
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kIoThreadsMax);
  for (std::size_t i = 0; i < io_threads; ++i) {
    auto thread = std::make_unique<net::NetThread>();
    thread->io = std::make_unique<broker::IoThread>(i, thread->loop);
    threads_.push_back(std::move(thread));
  }
  std::string listeners;
  for (const catalog::Listener& config : options_.config.listeners) {
    TRY_ASSIGN(auto bound, net::Listener::bind(config, threads_.front()->loop.context()));
    listeners += fmt::format("{}{}://{}", listeners.empty() ? "" : ",", bound.config.name,
                             server::address_text(bound.config));
    bound_.push_back(std::move(bound));
  }
  if (options_.tells_listeners) options_.config.set_by_user["listeners"] = listeners;
  if (options_.metrics) {
    TRY_ASSIGN(metrics_, server::MetricsExporter::bind(*options_.metrics));
  }
  return {};
}

Result<void> Server::open_storage() {
  TRY(server::prepare_data_directory(*fs_, options_.data_directory));
  storage::LogManagerOptions log_options{
      .directory = options_.data_directory,
      .flush = options_.flush,
      .node_id = options_.config.node_id,
      .cluster_id = options_.cluster_id,
      .retention_check_interval_ms = options_.config.log_retention_check_interval_ms,
      .checkpoint_interval_ms = options_.config.log_flush_offset_checkpoint_interval_ms,
      .producer_id_expiration_ms = options_.config.producer_id_expiration_ms,
      .producer_id_check_interval_ms = options_.config.producer_id_expiration_check_interval_ms,
      .strict = options_.strict,
      .ephemeral = options_.ephemeral,
      .compaction = catalog::resolve_compaction(options_.config.set_by_user)};
  TRY_ASSIGN(logs_, storage::LogManager::open(*fs_, system_clock(), random_, log_options));
  logs_->set_storage_failure_handler([this](const Error& error) { storage_failed(error); });
  TRY_ASSIGN(catalog_, catalog::Catalog::open(*fs_, *logs_, random_, options_.config.set_by_user));
  catalog_->set_storage_failure_handler([this](const Error& error) { storage_failed(error); });
  if (std::ranges::any_of(sasl_, [](const auto& sasl) { return sasl != nullptr; })) {
    TRY_ASSIGN(auto secret, server::scram_secret(*fs_, options_.data_directory, random_));
    scram_users_ = std::make_unique<server::ScramUsers>(*catalog_, std::move(secret));
  }
  logs_->set_log_start_saver([this](const storage::OffsetsByPartition& starts) {
    return catalog_->save_log_starts(starts);
  });
  return {};
}

Result<void> Server::listen() {
  std::vector<catalog::Listener> configs;
  const auto open_connections = std::make_shared<std::atomic<std::size_t>>(0);
  for (std::size_t i = 0; i < bound_.size(); ++i) {
    configs.push_back(bound_[i].config);
    TRY_ASSIGN(auto listener, net::Listener::listen(std::move(bound_[i]),
                                                    {*broker_, threads_, memory_, handshakes_,
                                                     tls_[i], sasl_[i], open_connections}));
    listeners_.push_back(std::move(listener));
  }
  bound_.clear();
  broker_->set_listeners(std::move(configs));
  return {};
}

void Server::open_control() {
  auto control = net::ControlListener::open(
      threads_.front()->loop, fs::join(options_.data_directory, ControlAddress::kName),
      [this](std::string_view line) {
        return server::answer_control(broker_->faults(), logs_->cluster_id(), line);
      });
  if (control) {
    control_ = std::move(*control);
  } else {
    log::warning(control.error().message() + "; kreel fault cannot reach this broker");
  }
}

Result<void> Server::ensure_topics() {
  for (catalog::NewTopic& topic : catalog::internal_topics(options_.config)) {
    TRY(create_topic(std::move(topic)));
  }
  for (const catalog::NewTopic& topic : options_.topics) TRY(create_topic(topic));
  return {};
}

Result<void> Server::create_topic(catalog::NewTopic topic) {
  if (catalog_->snapshot()->find(topic.name) != nullptr) return {};
  const auto created = catalog_->create_topics({topic});
  if (created.front().result.ok()) return {};
  return fail(ErrorKind::kIo, fmt::format("cannot create topic \"{}\": {}", topic.name,
                                          created.front().result.message));
}

void Server::start_threads() {
  running_ = true;
  logs_->start();
  reader_.start("kreel-reader");
  for (auto& thread : threads_) {
    thread->loop.start("kreel-io");
    thread->loop.post([this, &thread] { schedule_idle_check(*thread); });
  }
  broker_->groups().load();
  broker_->transactions().load();
  for (auto& listener : listeners_) listener->start();
  const auto has_files = [](const auto& files) { return files != nullptr; };
  if (std::ranges::any_of(tls_, has_files) || std::ranges::any_of(sasl_, has_files)) {
    reader_.post([this] { schedule_file_check(); });
  }
}

/// Takes the files of a listener that have changed, and tells it.
template <class Holder>
void reload(Holder* holder, const std::string& listener, std::string_view what) {
  if (holder == nullptr) return;
  const auto changed = holder->reload_if_changed();
  if (!changed) {
    log::warning(
        fmt::format("listener {} keeps its old {}: {}", listener, what, changed.error().message()));
  } else if (*changed) {
    log::info(fmt::format("listener {} has new {}", listener, what));
  }
}

// On the thread that may wait for the disk.
void Server::schedule_file_check() {
  reader_.schedule_after_ms(kFileCheckMs, [this] {
    for (std::size_t i = 0; i < tls_.size(); ++i) {
      const std::string& name = options_.config.listeners[i].name;
      reload(tls_[i].get(), name, "certificates");
      tell_expiry(tls_[i].get(), name);
      if (sasl_[i]) reload(sasl_[i]->tokens().get(), name, "keys for tokens");
    }
    schedule_file_check();
  });
}

void Server::schedule_idle_check(net::NetThread& thread) {
  thread.loop.schedule_after_ms(kIdleCheckMs, [this, &thread] {
    const std::int64_t now_ms = system_clock().monotonic_ms();
    // A check may close the connection, which takes it out of the map.
    std::vector<std::shared_ptr<net::Connection>> connections;
    for (const auto& [id, connection] : thread.connections) connections.push_back(connection);
    for (const auto& connection : connections) {
      connection->check_idle(now_ms, options_.config.connections_max_idle_ms);
    }
    give_memory_back();
    schedule_idle_check(thread);
  });
}

/// What large requests took stays with the allocator, which gives back only what lies at its end.
void Server::give_memory_back() {
  if (memory_.take_peak_bytes() > memory_.used_bytes() + kMemoryToGiveBack) ::malloc_trim(0);
}

ListenerAddress public_address(const catalog::Listener& listener) {
  return {.name = listener.name,
          .protocol = listener.protocol,
          .host = listener.host,
          .port = listener.port,
          .advertised_host = listener.advertised_host,
          .advertised_port = listener.advertised_port};
}

std::vector<ListenerAddress> Server::listeners() const {
  std::vector<ListenerAddress> all;
  for (const auto& listener : listeners_) all.push_back(public_address(listener->config()));
  return all;
}

std::vector<std::string> Server::addresses() const {
  std::vector<std::string> all;
  for (const auto& listener : listeners_) {
    all.push_back(server::address_text(listener->config()));
  }
  return all;
}

std::string Server::metrics_address() const {
  if (!metrics_) return "";
  return host_and_port(options_.metrics->host, metrics_->port());
}

void Server::on_storage_failure(std::function<void(const Error&)> handler) {
  std::optional<Error> already;
  {
    const std::lock_guard lock(failure_mutex_);
    failure_handler_ = handler;
    already = failure_;
  }
  if (already) handler(*already);
}

void Server::storage_failed(const Error& error) {
  std::function<void(const Error&)> handler;
  {
    const std::lock_guard lock(failure_mutex_);
    failure_ = error;
    handler = failure_handler_;
  }
  if (handler) handler(error);
}

/// Runs `work` on the thread and waits for it.
void run_and_wait(net::NetThread& thread, const std::function<void()>& work) {
  std::promise<void> done;
  thread.loop.post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void Server::drain_connections() {
  run_and_wait(*threads_.front(), [this] {
    for (auto& listener : listeners_) listener->stop();
  });
  for (auto& thread : threads_) {
    run_and_wait(*thread, [&thread] {
      std::vector<std::shared_ptr<net::Connection>> connections;
      for (const auto& [id, connection] : thread->connections) connections.push_back(connection);
      for (const auto& connection : connections) connection->drain();
      thread->io->purgatory().expire_all();
    });
  }
  // No connection starts a request any more, so none can reach a shard that is gone.
  broker_->transactions().stop();
  broker_->groups().stop();
  const std::int64_t deadline_ms = system_clock().monotonic_ms() + kDrainMs;
  while (system_clock().monotonic_ms() < deadline_ms) {
    std::size_t open = 0;
    for (auto& thread : threads_) {
      run_and_wait(*thread, [&] { open += thread->connections.size(); });
    }
    if (open == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void Server::close_connections() {
  for (auto& thread : threads_) {
    run_and_wait(*thread, [&thread] {
      auto connections = std::move(thread->connections);
      thread->connections.clear();
      for (const auto& [id, connection] : connections) connection->close("the broker stops");
    });
  }
}

void Server::stop() {
  metrics_.reset();
  if (running_) {
    running_ = false;
    drain_connections();
    close_connections();
    logs_->stop();
    for (auto& thread : threads_) thread->loop.stop();
    reader_.stop();
    // What did not end in time goes while everything that it may refer to is there.
    for (auto& thread : threads_) thread->loop.drop_tasks();
    reader_.drop_tasks();
  }
  listeners_.clear();
  control_.reset();
  bound_.clear();
  broker_.reset();
  threads_.clear();
}

}  // namespace

Result<std::unique_ptr<BrokerServer>> BrokerServer::start(const BrokerOptions& options) {
  TRY_ASSIGN(auto start_options, server::resolve_start_options(options));
  if (options.prepare_tls) {
    std::vector<ListenerAddress> listeners;
    for (const auto& each : start_options.config.listeners) {
      listeners.push_back(public_address(each));
    }
    TRY(options.prepare_tls(listeners));
  }
  auto server = std::make_unique<Server>(std::move(start_options));
  TRY(server->start());
  return std::unique_ptr<BrokerServer>(std::move(server));
}

}  // namespace kreel
