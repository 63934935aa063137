#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "base/random.hpp"
#include "broker/broker.hpp"
#include "catalog/catalog.hpp"
#include "net/listener.hpp"
#include "protocol/all_messages.hpp"
#include "protocol/record_batch.hpp"
#include "storage/log_manager.hpp"
#include "support/temp_directory.hpp"
#include "unit/server/raw_client.hpp"

namespace kreel::test {

struct NetOptions {
  std::size_t io_threads = 1;
  std::size_t listeners = 1;
  std::size_t memory_bytes = std::size_t{256} << 20;
  catalog::ConfigMap settings = {};
  std::shared_ptr<security::TlsServer> tls = nullptr;
  std::shared_ptr<const security::SaslServer> sasl = nullptr;
};

/// Listeners and io threads in front of a real broker, with limits that a test chooses. One topic,
/// "orders", with one partition.
class NetFixture {
 public:
  explicit NetFixture(const NetOptions& options = {});
  ~NetFixture();

  std::string address(std::size_t listener = 0) const {
    return fmt::format("127.0.0.1:{}", listeners_.at(listener)->config().port);
  }
  /// The file that "orders" is in.
  std::string log_file() const { return directory_ / "orders-0/00000000000000000000.log"; }
  net::MemoryBudget& memory() { return memory_; }
  net::NetThread& thread(std::size_t index) { return *threads_.at(index); }

  /// Runs `work` on an io thread and returns when it is done.
  void on_thread(std::size_t index, const std::function<void()>& work);
  /// Connections of all threads.
  std::size_t connection_count();
  void check_idle(std::int64_t ms_from_now, std::int64_t idle_ms);
  /// Fills "orders" with one batch of a record of this size.
  void produce(std::size_t value_bytes);

 private:
  TempDirectory directory_;
  SystemRandom random_;
  std::unique_ptr<fs::FileSystem> fs_ = fs::make_posix_file_system();
  catalog::BrokerConfig config_;
  net::MemoryBudget memory_;
  net::HandshakeBudget handshakes_;
  std::unique_ptr<storage::LogManager> logs_;
  std::unique_ptr<catalog::Catalog> catalog_;
  net::IoContextThread reader_;
  std::vector<std::unique_ptr<net::NetThread>> threads_;
  std::unique_ptr<broker::Broker> broker_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
};

inline NetFixture::NetFixture(const NetOptions& options) : memory_(options.memory_bytes) {
  auto resolved = catalog::resolve_broker_config(options.settings);
  REQUIRE_MESSAGE(resolved.has_value(), resolved.error().message());
  config_ = resolved->config;
  auto logs = storage::LogManager::open(*fs_, system_clock(), random_,
                                        {.directory = directory_.path(), .ephemeral = true});
  REQUIRE(logs.has_value());
  logs_ = std::move(*logs);
  auto opened = catalog::Catalog::open(*fs_, *logs_, random_, {});
  REQUIRE(opened.has_value());
  catalog_ = std::move(*opened);
  std::vector<broker::IoThread*> io;
  for (std::size_t i = 0; i < options.io_threads; ++i) {
    auto thread = std::make_unique<net::NetThread>();
    thread->io = std::make_unique<broker::IoThread>(i, thread->loop);
    io.push_back(thread->io.get());
    threads_.push_back(std::move(thread));
  }
  broker_ = std::make_unique<broker::Broker>(broker::Broker::Dependencies{.config = config_,
                                                                          .catalog = *catalog_,
                                                                          .logs = *logs_,
                                                                          .clock = system_clock(),
                                                                          .random = random_,
                                                                          .io_threads = io,
                                                                          .reader = reader_});
  const auto open_connections = std::make_shared<std::atomic<std::size_t>>(0);
  for (std::size_t i = 0; i < options.listeners; ++i) {
    catalog::Listener config;
    config.port = 0;
    auto bound = net::Listener::bind(config, threads_.front()->loop.context());
    REQUIRE(bound.has_value());
    auto listener = net::Listener::listen(
        std::move(*bound),
        {*broker_, threads_, memory_, handshakes_, options.tls, options.sasl, open_connections});
    REQUIRE(listener.has_value());
    listeners_.push_back(std::move(*listener));
  }
  broker_->set_listeners({listeners_.front()->config()});
  const auto created = catalog_->create_topics({{.name = "orders", .partition_count = 1}});
  REQUIRE_MESSAGE(created.front().result.ok(), created.front().result.message);
  logs_->start();
  reader_.start("reader");
  for (auto& thread : threads_) thread->loop.start("io");
  for (auto& listener : listeners_) listener->start();
}

inline NetFixture::~NetFixture() {
  on_thread(0, [this] {
    for (auto& listener : listeners_) listener->stop();
  });
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    on_thread(i, [this, i] {
      const auto connections = std::move(threads_[i]->connections);
      threads_[i]->connections.clear();
      for (const auto& [id, connection] : connections) connection->close("the test ends");
      threads_[i]->io->purgatory().expire_all();
    });
  }
  logs_->stop();
  for (auto& thread : threads_) thread->loop.stop();
  reader_.stop();
  listeners_.clear();
  broker_.reset();
  threads_.clear();
}

inline std::size_t NetFixture::connection_count() {
  std::size_t count = 0;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    on_thread(i, [&] { count += threads_[i]->connections.size(); });
  }
  return count;
}

inline void NetFixture::check_idle(std::int64_t ms_from_now, std::int64_t idle_ms) {
  const std::int64_t now_ms = system_clock().monotonic_ms() + ms_from_now;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    on_thread(i, [&] {
      const auto connections = threads_[i]->connections;  // a check may take one out
      for (const auto& [id, connection] : connections) connection->check_idle(now_ms, idle_ms);
    });
  }
}

inline void NetFixture::produce(std::size_t value_bytes) {
  const Bytes value(value_bytes, std::byte{'v'});
  protocol::BatchBuilder builder({});
  protocol::NewRecord record;
  record.timestamp = system_clock().wall_ms();
  record.value = ByteView(value);
  builder.append(record);
  Bytes batch = builder.build();
  const auto log = catalog_->snapshot()->find("orders")->partition(0);
  const auto appended = log->append(batch, storage::AppendOrigin::kCoordinator);
  REQUIRE(appended.error == protocol::ErrorCode::NONE);
}

inline void NetFixture::on_thread(std::size_t index, const std::function<void()>& work) {
  std::promise<void> done;
  threads_.at(index)->loop.post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

/// Until `condition` holds; the test fails after a minute, which no machine needs.
template <class Condition>
void wait_until(const char* what, Condition condition) {
  for (int round = 0; round < 12'000; ++round) {
    if (condition()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  FAIL("never: " << what);
}

inline protocol::FetchRequest fetch_orders(Offset from, std::int32_t max_wait_ms,
                                           std::int32_t max_bytes = 1 << 30) {
  protocol::FetchRequest request;
  request.max_wait_ms = max_wait_ms;
  request.min_bytes = 1;
  request.max_bytes = max_bytes;
  auto& topic = request.topics.emplace_back();
  topic.topic = "orders";
  auto& wanted = topic.partitions.emplace_back();
  wanted.partition = 0;
  wanted.fetch_offset = from;
  wanted.partition_max_bytes = max_bytes;
  return request;
}

}  // namespace kreel::test
