#include "support/broker_fixture.hpp"

#include "broker/dispatch.hpp"

namespace kreel::test {
namespace {

constexpr std::string_view kClientId = "test";
constexpr int kRoundsMax = 1'000;

}  // namespace

void RecordingSink::reply(std::uint64_t request_number, protocol::WireParts frame) {
  replies.emplace_back(request_number, std::move(frame));
}

BrokerFixture::BrokerFixture(const catalog::ConfigMap& settings, storage::FlushMode flush,
                             fs::FileSystem* disk)
    : settings_(settings), flush_(flush), disk_(disk != nullptr ? disk : &fs_) {
  REQUIRE(disk_->make_directory(kDirectory));
  start();
}

BrokerFixture::~BrokerFixture() {
  broker_.reset();
}

void BrokerFixture::start() {
  auto resolved = catalog::resolve_broker_config(settings_);
  REQUIRE_MESSAGE(resolved.has_value(), resolved.error().message());
  config_ = resolved->config;
  storage::LogManagerOptions options;
  options.directory = kDirectory;
  options.flush.mode = flush_;
  options.node_id = config_.node_id;
  options.open_segments_max = kOpenSegmentsMax;
  auto logs = storage::LogManager::open(*disk_, clock_, random_, options);
  REQUIRE_MESSAGE(logs.has_value(), logs.error().message());
  logs_ = std::move(*logs);
  auto opened = catalog::Catalog::open(*disk_, *logs_, random_, config_.set_by_user);
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message());
  catalog_ = std::move(*opened);
  logs_->set_log_start_saver([this](const storage::OffsetsByPartition& starts) {
    return catalog_->save_log_starts(starts);
  });
  io_ = std::make_unique<broker::IoThread>(0, executor_);
  broker_ = std::make_unique<broker::Broker>(broker::Broker::Dependencies{.config = config_,
                                                                          .catalog = *catalog_,
                                                                          .logs = *logs_,
                                                                          .clock = clock_,
                                                                          .random = random_,
                                                                          .io_threads = {io_.get()},
                                                                          .reader = executor_});
  broker_->set_listeners({catalog::Listener{}});
  connection_.id = 1;
  connection_.peer_host = "127.0.0.1";
  connection_.peer_address = "127.0.0.1:50000";
  connection_.listener_name = "PLAINTEXT";
  connection_.decisions.reset();
  sink_ = std::make_shared<RecordingSink>();
}

void BrokerFixture::restart() {
  logs_->stop();
  kill_and_restart();
}

void BrokerFixture::kill_and_restart() {
  executor_.run_ready();
  broker_.reset();
  io_.reset();
  catalog_.reset();
  logs_.reset();
  start();
}

void BrokerFixture::work() {
  for (int round = 0; round < kRoundsMax; ++round) {
    logs_->run_due_work();
    if (executor_.run_ready() == 0) return;
  }
  FAIL("the broker does not come to rest");
}

void BrokerFixture::step() {
  if (!executor_.run_one()) logs_->run_due_work();
}

protocol::WireWriter BrokerFixture::begin_request(protocol::ApiKey key, protocol::Version version) {
  protocol::WireWriter out;
  out.write_int(static_cast<std::int16_t>(key));
  out.write_int(version);
  out.write_int(static_cast<std::int32_t>(++last_request_));
  out.write_string_length(static_cast<std::int64_t>(kClientId.size()), false);
  out.write_view(as_bytes(kClientId));
  if (protocol::request_header_version(key, version) >= 2) out.write_unsigned_varint(0);
  return out;
}

void BrokerFixture::deliver(protocol::WireWriter request) {
  frame_ = request.take().bytes;
  sink_->replies.clear();
  const auto problem = broker::dispatch(*broker_, *io_, connection_,
                                        {.frame = frame_, .number = last_request_, .sink = sink_});
  REQUIRE_MESSAGE(!problem, *problem);
}

void BrokerFixture::deliver_with_more(protocol::WireWriter request) {
  frames_of_turn_.push_back(request.take().bytes);
  const auto problem = broker::dispatch(*broker_, *io_, connection_,
                                        {.frame = frames_of_turn_.back(),
                                         .number = last_request_,
                                         .sink = sink_,
                                         .more_follow = true});
  REQUIRE_MESSAGE(!problem, *problem);
}

bool BrokerFixture::is_answered(protocol::WireWriter request) {
  deliver(std::move(request));
  for (int round = 0; round < kRoundsMax && sink_->replies.empty(); ++round) {
    executor_.run_ready();
    logs_->run_due_work();
    executor_.run_ready();
    if (sink_->replies.empty() && round > 2) clock_.advance_ms(10);
  }
  return !sink_->replies.empty();
}

ByteView BrokerFixture::body_of_reply(protocol::ApiKey key, protocol::Version version) {
  REQUIRE(sink_->replies.size() == 1);
  REQUIRE(sink_->replies.front().first == last_request_);
  const ByteView reply = sink_->replies.front().second.bytes;
  protocol::WireReader in(reply);
  REQUIRE(in.read_int<std::int32_t>() == static_cast<std::int32_t>(reply.size() - 4));
  REQUIRE(in.read_int<std::int32_t>() == static_cast<std::int32_t>(last_request_));
  const std::size_t header = protocol::response_header_version(key, version) >= 1 ? 9 : 8;
  return reply.subspan(header);
}

void BrokerFixture::create_topic(const std::string& name, std::int32_t partitions,
                                 const catalog::ConfigMap& configs) {
  const auto created = catalog_->create_topics(
      {{.name = name, .partition_count = partitions, .configs = configs, .is_internal = false}});
  REQUIRE_MESSAGE(created.front().result.ok(), created.front().result.message);
}

}  // namespace kreel::test
