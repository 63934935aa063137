#include "kreel/broker.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "protocol/all_messages.hpp"
#include "protocol/record_batch.hpp"
#include "support/temp_directory.hpp"
#include "unit/server/raw_client.hpp"

using namespace kreel;
using namespace kreel::protocol;
using test::RawClient;

namespace {

constexpr Version kProduceVersion = 9;
constexpr Version kFetchVersion = 11;

BrokerOptions options_for(const std::string& directory) {
  BrokerOptions options;
  options.listen = {"127.0.0.1:0"};
  options.data_directory = directory;
  options.topics = {"orders:3"};
  return options;
}

std::unique_ptr<BrokerServer> start(const BrokerOptions& options) {
  auto server = BrokerServer::start(options);
  REQUIRE_MESSAGE(server, (server ? std::string() : server.error().message()));
  return std::move(*server);
}

ProduceRequest produce_request(PartitionId partition, const Bytes& batch, std::int16_t acks = -1) {
  ProduceRequest request;
  request.acks = acks;
  request.timeout_ms = 5000;
  auto& topic = request.topic_data.emplace_back();
  topic.name = "orders";
  topic.partition_data.push_back({.index = partition, .records = Records::memory(batch, nullptr)});
  return request;
}

Bytes batch_of(std::string_view value) {
  BatchBuilder builder({});
  NewRecord record;
  record.timestamp = system_clock().wall_ms();
  record.value = as_bytes(value);
  builder.append(record);
  return builder.build();
}

FetchRequest fetch_request(PartitionId partition, Offset from, std::int32_t max_wait_ms) {
  FetchRequest request;
  request.max_wait_ms = max_wait_ms;
  request.min_bytes = 1;
  request.max_bytes = 1 << 20;
  auto& topic = request.topics.emplace_back();
  topic.topic = "orders";
  auto& wanted = topic.partitions.emplace_back();
  wanted.partition = partition;
  wanted.fetch_offset = from;
  wanted.partition_max_bytes = 1 << 20;
  return request;
}

Offset produce_one(RawClient& client, PartitionId partition, std::string_view value) {
  const Bytes batch = batch_of(value);
  const auto reply = client.call<Produce>(produce_request(partition, batch), kProduceVersion);
  REQUIRE(reply);
  const auto& answer = reply->responses.front().partition_responses.front();
  REQUIRE(answer.error_code == ErrorCode::NONE);
  return answer.base_offset;
}

/// Sends an empty request in every served version; each is to be answered.
template <class Api>
std::size_t answered_versions(const std::string& address) {
  const ApiInfo& api = api_info(static_cast<ApiKey>(Api::key));
  std::size_t answered = 0;
  for (Version version = api.min; version <= api.max; ++version) {
    CAPTURE(api.name);
    CAPTURE(version);
    RawClient client(address);
    typename Api::Request request;
    if constexpr (std::is_same_v<Api, ApiVersions>) {
      if (version >= 3) request.client_software_name = request.client_software_version = "1";
    }
    if constexpr (std::is_same_v<Api, Produce>) request.acks = 1;
    if constexpr (std::is_same_v<Api, InitProducerId>) request.transactional_id.reset();
    if constexpr (std::is_same_v<Api, Fetch>) request.replica_id = -1;
    const auto reply = client.template call<Api>(request, version);
    CHECK(reply.has_value());
    answered += reply ? 1 : 0;
  }
  return answered;
}

}  // namespace

TEST_CASE("server: what is acknowledged is there after a clean stop and after another start") {
  const test::TempDirectory directory;
  for (Offset round = 0; round < 3; ++round) {
    const auto server = start(options_for(directory.path()));
    RawClient client(server->addresses().front());
    CHECK(produce_one(client, 0, "round") == round);
    const auto fetched = client.call<Fetch>(fetch_request(0, 0, 1000), kFetchVersion);
    REQUIRE(fetched);
    CHECK(fetched->responses.front().partitions.front().high_watermark == round + 1);
    server->stop();
  }
}

TEST_CASE("server: a second broker on the same directory is refused") {
  const test::TempDirectory directory;
  const auto server = start(options_for(directory.path()));
  const auto second = BrokerServer::start(options_for(directory.path()));
  REQUIRE_FALSE(second);
  CHECK(second.error().kind() == ErrorKind::kRefused);
}

TEST_CASE("server: a port in use is told before any change to the data") {
  const test::TempDirectory directory;
  const test::TempDirectory other;
  const auto server = start(options_for(directory.path()));
  BrokerOptions options = options_for(other.path());
  options.data_directory = other.path() + "/data";
  options.listen = {server->addresses().front()};
  const auto second = BrokerServer::start(options);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind() == ErrorKind::kUnreachable);
  CHECK_FALSE(std::filesystem::exists(options.data_directory));
}

TEST_CASE("server: a metrics port in use is told before any change to the data too") {
  const test::TempDirectory directory;
  const test::TempDirectory other;
  const auto server = start(options_for(directory.path()));
  BrokerOptions options = options_for(other.path() + "/data");
  options.metrics_listen = server->addresses().front();
  const auto second = BrokerServer::start(options);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind() == ErrorKind::kUnreachable);
  CHECK_FALSE(std::filesystem::exists(options.data_directory));
}

TEST_CASE("server: a place where nothing can be written is a failure of the disk") {
  const auto server = BrokerServer::start(options_for("/proc/kreel-data"));
  REQUIRE_FALSE(server);
  CHECK(server.error().kind() == ErrorKind::kIo);
}

TEST_CASE("server: DescribeConfigs tells the listeners that there really are") {
  const test::TempDirectory directory;
  const auto server = start(options_for(directory.path()));
  RawClient client(server->addresses().front());
  DescribeConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = 4;
  resource.resource_name = "1";
  resource.configuration_keys = {"listeners"};
  const auto reply = client.call<DescribeConfigs>(request, 4);
  REQUIRE(reply);
  REQUIRE(reply->results.front().configs.size() == 1);
  CHECK(reply->results.front().configs.front().value ==
        "PLAINTEXT://" + server->addresses().front());
}

TEST_CASE("server: the control socket is its owner's alone and goes with the broker") {
  const test::TempDirectory directory;
  const std::string deep = directory.path() + "/" + std::string(120, 'd');
  const auto server = start(options_for(deep));
  const std::string socket = server->control_socket();
  CHECK(socket == deep + "/kreel-control");
  CHECK(std::filesystem::is_socket(socket));
  CHECK(std::filesystem::status(socket).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  server->stop();
  CHECK_FALSE(std::filesystem::exists(socket));
}

TEST_CASE("server: faults that it starts with meet its clients") {
  const test::TempDirectory directory;
  BrokerOptions options = options_for(directory.path());
  options.faults.errors = {"produce:NOT_LEADER_OR_FOLLOWER:1"};
  const auto server = start(options);
  RawClient client(server->addresses().front());
  const Bytes batch = batch_of("again");
  const auto first = client.call<Produce>(produce_request(0, batch), kProduceVersion);
  REQUIRE(first);
  CHECK(first->responses.front().partition_responses.front().error_code ==
        ErrorCode::NOT_LEADER_OR_FOLLOWER);
  CHECK(produce_one(client, 0, "again") == 0);
}

TEST_CASE("server: a broker that drops everything closes each connection") {
  const test::TempDirectory directory;
  BrokerOptions options = options_for(directory.path());
  options.faults.drop = "100%";
  const auto server = start(options);
  for (int i = 0; i < 8; ++i) {
    RawClient client(server->addresses().front());
    CHECK_FALSE(client.call<ListGroups>({}, 0));
  }
}

TEST_CASE("server: an IPv6 address is told in brackets, as clients write it") {
  const test::TempDirectory directory;
  BrokerOptions options = options_for(directory.path());
  options.listen = {"[::1]:0"};
  const auto server = BrokerServer::start(options);
  if (!server) {  // a machine without IPv6
    CHECK(server.error().message().starts_with("cannot listen on "));
    return;
  }
  CHECK((*server)->addresses().at(0).starts_with("[::1]:"));
}

TEST_CASE("server: a fetch waits for a record and is woken by it") {
  const test::TempDirectory directory;
  const auto server = start(options_for(directory.path()));
  RawClient reader(server->addresses().front());
  RawClient writer(server->addresses().front());
  reader.send<Fetch>(fetch_request(1, 0, 20'000), kFetchVersion);
  const std::int64_t begin_ms = system_clock().monotonic_ms();
  produce_one(writer, 1, "wake up");
  const auto fetched = reader.receive<Fetch>(kFetchVersion);
  REQUIRE(fetched);
  CHECK(fetched->responses.front().partitions.front().records.size_bytes() > 0);
  CHECK(system_clock().monotonic_ms() - begin_ms < 15'000);
}

TEST_CASE("server: a fetch that nothing comes for is answered empty, without an error") {
  const test::TempDirectory directory;
  const auto server = start(options_for(directory.path()));
  RawClient reader(server->addresses().front());
  const auto fetched = reader.call<Fetch>(fetch_request(2, 0, 50), kFetchVersion);
  REQUIRE(fetched);
  const auto& answer = fetched->responses.front().partitions.front();
  CHECK(answer.error_code == ErrorCode::NONE);
  CHECK_FALSE(answer.records.is_null());
  CHECK(answer.records.size_bytes() == 0);
}

TEST_CASE("server: malformed bytes close one connection and no other") {
  const test::TempDirectory directory;
  const auto server = start(options_for(directory.path()));
  RawClient good(server->addresses().front());
  for (const std::string_view bytes :
       {std::string_view("GET / HTTP/1.1\r\n\r\n"), std::string_view("\x16\x03\x01\x02\x00\x01", 6),
        std::string_view("\xff\xff\xff\xff", 4), std::string_view("\0\0\0\4\0\0\0\0", 8),
        std::string_view("\0\0\0\x0a\x7f\xff\0\0\0\0\0\1\xff\xff", 14)}) {
    RawClient bad(server->addresses().front());
    bad.send_bytes(as_bytes(bytes));
    CHECK(bad.closed_by_broker());
  }
  CHECK(produce_one(good, 0, "still served") == 0);
}

TEST_CASE("server: an ApiVersions of the future is answered in version 0 with the range") {
  const test::TempDirectory directory;
  const auto server = start(options_for(directory.path()));
  RawClient client(server->addresses().front());
  ApiVersionsRequest request;
  request.client_software_name = "test";
  request.client_software_version = "1";
  WireWriter out;
  out.write_int<std::int32_t>(10);
  out.write_int(ApiVersions::key);
  out.write_int<std::int16_t>(99);
  out.write_int<std::int32_t>(7);
  out.write_int<std::int16_t>(-1);
  client.send_bytes(out.bytes());
  const auto reply = client.receive<ApiVersions>(0);
  REQUIRE(reply);
  CHECK(reply->error_code == ErrorCode::UNSUPPORTED_VERSION);
  REQUIRE(reply->api_keys.size() == 1);
  CHECK(reply->api_keys.front().api_key == ApiVersions::key);
}

TEST_CASE("server: every version of every API is answered, and the broker lives on") {
  const test::TempDirectory directory;
  const auto server = start(options_for(directory.path()));
  std::size_t answered = 0;
#define KREEL_SERVED_API(Name, file) answered += answered_versions<Name>(server->addresses()[0]);
#include "protocol/apis.def"
#undef KREEL_SERVED_API
  CHECK(answered > 100);
  RawClient client(server->addresses().front());
  CHECK(produce_one(client, 0, "alive") == 0);
}

TEST_CASE("server: producers and readers on many threads lose nothing and see one order") {
  const test::TempDirectory directory;
  const auto server = start(options_for(directory.path()));
  constexpr int kWriters = 4;
  constexpr int kRecordsEach = 100;
  std::atomic<int> acknowledged{0};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&] {
      RawClient client(server->addresses().front());
      for (int i = 0; i < kRecordsEach; ++i) {
        const Bytes batch = batch_of("load");
        const auto reply = client.call<Produce>(produce_request(0, batch), kProduceVersion);
        const bool ok = reply && reply->responses.front().partition_responses.front().error_code ==
                                     ErrorCode::NONE;
        if (ok) acknowledged.fetch_add(1);
      }
    });
  }
  std::atomic<Offset> seen{0};
  threads.emplace_back([&] {
    RawClient client(server->addresses().front());
    while (seen.load() < kWriters * kRecordsEach) {
      const auto fetched = client.call<Fetch>(fetch_request(0, seen.load(), 200), kFetchVersion);
      if (!fetched) return;
      ByteView rest = fetched->responses.front().partitions.front().records.bytes();
      while (const auto header = read_batch_header(rest)) {
        if (header->base_offset != seen.load()) return;
        seen.store(header->last_offset() + 1);
        rest = rest.subspan(header->size_bytes());
      }
    }
  });
  for (std::thread& thread : threads) thread.join();
  CHECK(acknowledged.load() == kWriters * kRecordsEach);
  CHECK(seen.load() == kWriters * kRecordsEach);
}

namespace {

using Exchange = std::function<bool(RawClient& client, int round)>;

bool produces(RawClient& client, int round) {
  const Bytes batch = batch_of("in flight");
  return client.call<Produce>(produce_request(round % 3, batch), kProduceVersion).has_value();
}

bool waits_for_records(RawClient& client, int round) {
  // Past the end: each waits for its whole time, or for the stop.
  const std::int32_t max_wait_ms = round < 3 ? 1 : 30'000;
  return client.call<Fetch>(fetch_request(round % 3, 0, max_wait_ms), kFetchVersion).has_value();
}

bool looks_up_a_time(RawClient& client, int round) {
  ListOffsetsRequest request;
  request.replica_id = -1;
  auto& topic = request.topics.emplace_back();
  topic.name = "orders";
  topic.partitions.push_back({.partition_index = round % 3, .timestamp = 1 + round});
  return client.call<ListOffsets>(request, 1).has_value();
}

bool joins_a_group(RawClient& client, int round) {
  JoinGroupRequest request;
  // After the first ones each joins beside a member that does not come back, and waits.
  request.group_id = std::to_string(client.descriptor()) + "-" + std::to_string(std::min(round, 3));
  request.session_timeout_ms = 10'000;
  request.rebalance_timeout_ms = 10'000;
  request.protocol_type = "consumer";
  request.protocols.push_back({.name = "range", .metadata = {}});
  return client.call<JoinGroup>(request, 3).has_value();
}

bool asks_for_offsets(RawClient& client, int round) {
  OffsetFetchRequest request;
  request.group_id = "group-" + std::to_string(round);
  request.topics.emplace().push_back({.name = "orders", .partition_indexes = {0}});
  return client.call<OffsetFetch>(request, 1).has_value();
}

}  // namespace

TEST_CASE("server: it stops while requests of every kind are under way") {
  const std::array<Exchange, 5> kinds{produces, waits_for_records, looks_up_a_time, joins_a_group,
                                      asks_for_offsets};
  for (int life = 0; life < 3; ++life) {
    const test::TempDirectory directory;
    auto server = start(options_for(directory.path()));
    std::atomic<std::size_t> warm{0};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 2 * kinds.size(); ++t) {
      threads.emplace_back([&, exchange = kinds[t % kinds.size()]] {
        RawClient client(server->addresses().front());
        bool under_way = exchange(client, 0);
        warm.fetch_add(1);
        // The one that fails tells of the stop.
        for (int round = 1; under_way; ++round) under_way = exchange(client, round);
      });
    }
    while (warm.load() < threads.size()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    server->stop();
    for (std::thread& thread : threads) thread.join();
    server.reset();
  }
}

TEST_CASE("server: connections of all listeners count against max.connections") {
  const test::TempDirectory directory;
  BrokerOptions options = options_for(directory.path());
  options.listen = {"127.0.0.1:0", "INSIDE=PLAINTEXT://127.0.0.1:0"};
  options.config = {{"max.connections", "3"}};
  const auto server = start(options);
  const auto answers = [](RawClient& client) {
    return client.call<ApiVersions>({}, 2).has_value();
  };
  std::vector<std::unique_ptr<RawClient>> first;
  for (int i = 0; i < 3; ++i) {
    first.push_back(std::make_unique<RawClient>(server->addresses()[0]));
    CHECK(answers(*first.back()));
  }
  // The second listener was already accepting when the limit was reached.
  RawClient fourth(server->addresses()[1]);
  CHECK(answers(fourth));
  RawClient fifth(server->addresses()[1]);
  fifth.send<ApiVersions>({}, 2);
  CHECK(fifth.silent_for_ms(300));
  first.clear();
  CHECK(fifth.receive<ApiVersions>(2).has_value());
}

TEST_CASE("server: groups keep their offsets when offsets.topic.num.partitions has changed") {
  const test::TempDirectory directory;
  constexpr int kGroups = 8;
  const auto group = [](int i) { return "group-" + std::to_string(i); };
  BrokerOptions options = options_for(directory.path());
  options.config = {{"offsets.topic.num.partitions", "3"}};
  auto server = start(options);
  {
    RawClient client(server->addresses().front());
    for (int i = 0; i < kGroups; ++i) {
      OffsetCommitRequest request;
      request.group_id = group(i);
      auto& topic = request.topics.emplace_back();
      topic.name = "orders";
      topic.partitions.push_back({.partition_index = 0, .committed_offset = 10 + i});
      ErrorCode error{};
      do {
        const auto reply = client.call<OffsetCommit>(request, 2);
        REQUIRE(reply);
        error = reply->topics.front().partitions.front().error_code;
      } while (error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
      CHECK(error == ErrorCode::NONE);
    }
  }
  server->stop();
  server.reset();
  options.config = {{"offsets.topic.num.partitions", "50"}};
  server = start(options);
  RawClient client(server->addresses().front());
  for (int i = 0; i < kGroups; ++i) {
    OffsetFetchRequest request;
    request.group_id = group(i);
    request.topics.emplace().push_back({.name = "orders", .partition_indexes = {0}});
    OffsetFetchResponse::OffsetFetchResponsePartition found;
    do {
      const auto reply = client.call<OffsetFetch>(request, 1);
      REQUIRE(reply);
      found = reply->topics.front().partitions.front();
    } while (found.error_code == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
    CHECK(found.error_code == ErrorCode::NONE);
    CHECK(found.committed_offset == 10 + i);
  }
}
