#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "base/random.hpp"
#include "broker/broker.hpp"
#include "broker/call.hpp"
#include "broker/connection.hpp"
#include "broker/io_thread.hpp"
#include "catalog/broker_config.hpp"
#include "catalog/catalog.hpp"
#include "fs/memory_file_system.hpp"
#include "protocol/all_messages.hpp"
#include "protocol/api.hpp"
#include "protocol/codec.hpp"
#include "storage/log_manager.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_executor.hpp"

namespace kreel::test {

/// Keeps the replies of one connection as they would go over the wire.
class RecordingSink final : public broker::ReplySink {
 public:
  void reply(std::uint64_t request_number, protocol::WireParts frame) override;
  void no_reply(std::uint64_t request_number) override { silent.push_back(request_number); }
  void throttle(std::uint64_t, std::int32_t for_ms) override { throttles.push_back(for_ms); }
  void hold(std::uint64_t request_number) override { held.insert(request_number); }
  void go_on(std::uint64_t request_number) override { held.erase(request_number); }
  void close(const std::string& why) override { closed = why; }
  bool is_closed() const override { return closed.has_value(); }

  std::vector<std::pair<std::uint64_t, protocol::WireParts>> replies;
  std::vector<std::uint64_t> silent;
  std::vector<std::int32_t> throttles;
  std::set<std::uint64_t> held;
  std::optional<std::string> closed;
};

/// A whole broker without network and threads: files in memory, time by hand, one io thread that is
/// the test's own. Everything goes through broker::dispatch, as from a client.
class BrokerFixture {
 public:
  explicit BrokerFixture(const catalog::ConfigMap& settings = {},
                         storage::FlushMode flush = storage::FlushMode::kCommit,
                         fs::FileSystem* disk = nullptr);
  ~BrokerFixture();

  /// Stops as SIGTERM does and starts again on the same files.
  void restart();
  /// Starts again without having stopped.
  void kill_and_restart();

  /// Sends one request and works until it is answered.
  template <class Api>
  typename Api::Response call(const typename Api::Request& request, protocol::Version version);
  /// In the API's highest version.
  template <class Api>
  typename Api::Response call(const typename Api::Request& request) {
    return call<Api>(request, protocol::api_info(api_key<Api>()).max);
  }

  /// As call(); nullopt when no answer comes.
  template <class Api>
  std::optional<typename Api::Response> try_call(const typename Api::Request& request,
                                                 protocol::Version version);

  /// Sends one request and does not wait: the answer comes to sink().
  template <class Api>
  void send(const typename Api::Request& request, protocol::Version version);

  /// Sends a request behind which others have come already, which ends with broker::finish_turn().
  template <class Api>
  void send_with_more(const typename Api::Request& request, protocol::Version version);

  /// Runs everything that is due, until there is nothing.
  void work();
  /// One task of the io thread, or where there is none what the flusher has.
  void step();

  void create_topic(const std::string& name, std::int32_t partitions = 1,
                    const catalog::ConfigMap& configs = {});

  broker::Broker& broker() { return *broker_; }
  catalog::Catalog& catalog() { return *catalog_; }
  storage::LogManager& logs() { return *logs_; }
  fs::MemoryFileSystem& fs() { return fs_; }
  ManualClock& clock() { return clock_; }
  broker::IoThread& io() { return *io_; }
  broker::ConnectionInfo& connection() { return connection_; }
  RecordingSink& sink() { return *sink_; }
  const std::shared_ptr<RecordingSink>& sink_pointer() const { return sink_; }

  static constexpr const char* kDirectory = "/data";
  static constexpr std::int32_t kNodeId = 1;
  /// Few, so that tests see closed ones.
  static constexpr std::size_t kOpenSegmentsMax = 4;

 private:
  template <class Api>
  static protocol::ApiKey api_key() {
    return static_cast<protocol::ApiKey>(Api::key);
  }
  void start();
  /// Header and body; `frame` stays alive until the next request.
  protocol::WireWriter begin_request(protocol::ApiKey key, protocol::Version version);
  void deliver(protocol::WireWriter request);
  void deliver_with_more(protocol::WireWriter request);
  bool is_answered(protocol::WireWriter request);
  /// The reply's body, past size and header.
  ByteView body_of_reply(protocol::ApiKey key, protocol::Version version);

  catalog::ConfigMap settings_;
  storage::FlushMode flush_;
  fs::FileSystem* disk_;  // fs_, or the test's own
  ManualClock clock_;
  ManualExecutor executor_{clock_};
  SeededRandom random_{42};
  fs::MemoryFileSystem fs_{clock_};
  catalog::BrokerConfig config_;
  std::unique_ptr<storage::LogManager> logs_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<broker::IoThread> io_;
  std::unique_ptr<broker::Broker> broker_;
  broker::ConnectionInfo connection_;
  std::shared_ptr<RecordingSink> sink_;
  Bytes frame_;
  std::deque<Bytes> frames_of_turn_;
  std::uint64_t last_request_ = 0;
};

template <class Api>
void BrokerFixture::send(const typename Api::Request& request, protocol::Version version) {
  protocol::WireWriter out = begin_request(api_key<Api>(), version);
  protocol::encode(request, version, out);
  REQUIRE_MESSAGE(!out.failed(), out.error());
  deliver(std::move(out));
}

template <class Api>
void BrokerFixture::send_with_more(const typename Api::Request& request,
                                   protocol::Version version) {
  protocol::WireWriter out = begin_request(api_key<Api>(), version);
  protocol::encode(request, version, out);
  REQUIRE_MESSAGE(!out.failed(), out.error());
  deliver_with_more(std::move(out));
}

template <class Api>
typename Api::Response BrokerFixture::call(const typename Api::Request& request,
                                           protocol::Version version) {
  auto response = try_call<Api>(request, version);
  REQUIRE(response.has_value());
  return std::move(*response);
}

template <class Api>
std::optional<typename Api::Response> BrokerFixture::try_call(const typename Api::Request& request,
                                                              protocol::Version version) {
  const protocol::ApiKey key = api_key<Api>();
  protocol::WireWriter out = begin_request(key, version);
  protocol::encode(request, version, out);
  REQUIRE_MESSAGE(!out.failed(), out.error());
  if (!is_answered(std::move(out))) return std::nullopt;
  protocol::WireReader in(body_of_reply(key, version));
  typename Api::Response response;
  protocol::decode(response, version, in);
  REQUIRE(!in.failed());
  REQUIRE(in.remaining() == 0);
  return response;
}

}  // namespace kreel::test
