#include <doctest/doctest.h>

#include <algorithm>

#include "client/api_names.hpp"
#include "kreel/admin.hpp"
#include "protocol/record_batch.hpp"
#include "unit/client/fake_cluster.hpp"

using namespace kreel;
using kreel::test::connect_to;
using kreel::test::count;
using kreel::test::FakeBroker;
using kreel::test::serve_metadata;

namespace {

/// A batch of three records at `base`, a second apart, as they stand in the log.
Bytes batch_at(std::int64_t base, protocol::Compression codec) {
  protocol::BatchBuilder::Options options;
  options.base_offset = base;
  options.compression = codec;
  protocol::BatchBuilder builder(options);
  const std::string value(2'000, 'x');
  for (std::int64_t i = 0; i < 3; ++i) {
    protocol::NewRecord record;
    record.timestamp = (base + i) * 1'000;
    record.value = as_bytes(value);
    builder.append(record);
  }
  return builder.build();
}

/// Serves `log`, cut at partition_max_bytes in the way that Kafka does: also within a batch.
void serve_fetch(FakeBroker& broker, const Bytes& log, std::int64_t high_watermark,
                 bool ignore_limit) {
  broker.on<protocol::Fetch>(
      [=](const protocol::FetchRequest& request, protocol::Version) {
        static thread_local Bytes held;
        held = log;
        const auto& wanted = request.topics[0].partitions[0];
        if (!ignore_limit && held.size() > static_cast<std::size_t>(wanted.partition_max_bytes)) {
          held.resize(static_cast<std::size_t>(wanted.partition_max_bytes));
        }
        protocol::FetchResponse response;
        auto& topic = response.responses.emplace_back();
        topic.topic = request.topics[0].topic;
        auto& partition = topic.partitions.emplace_back();
        partition.high_watermark = high_watermark;
        partition.records = wanted.fetch_offset >= high_watermark
                                ? protocol::Records::empty()
                                : protocol::Records::memory(held, nullptr);
        return response;
      },
      12);
}

FoundRecord find_one(AdminClient& admin, std::int64_t offset) {
  const RecordLocation location{{"orders", 0}, offset};
  const auto found = admin.find_records(std::span(&location, 1));
  REQUIRE(found);
  return found->front();
}

}  // namespace

TEST_CASE("admin: the time of a record is read from the middle of a compressed batch") {
  for (const auto codec : {protocol::Compression::kNone, protocol::Compression::kZstd}) {
    FakeBroker broker;
    serve_metadata(broker, {&broker}, {{"orders", {1}}});
    Bytes log = batch_at(10, codec);
    const Bytes second = batch_at(20, codec);
    log.insert(log.end(), second.begin(), second.end());
    serve_fetch(broker, log, 23, true);
    broker.start();
    auto admin = connect_to(broker);
    CHECK(find_one(*admin, 11).timestamp_ms == 11'000);
    // 13..19 were compacted away: the next record stands in for them.
    CHECK(find_one(*admin, 15).offset == 20);
    CHECK_FALSE(find_one(*admin, 23).offset);
  }
}

TEST_CASE("admin: a batch that a fetch cut off is asked for again at its size") {
  FakeBroker broker;
  serve_metadata(broker, {&broker}, {{"orders", {1}}});
  protocol::BatchBuilder builder({});
  const std::string value(100'000, 'x');
  protocol::NewRecord record;
  record.timestamp = 77;
  record.value = as_bytes(value);
  builder.append(record);
  serve_fetch(broker, builder.build(), 1, false);
  broker.start();
  auto admin = connect_to(broker);
  CHECK(find_one(*admin, 0).timestamp_ms == 77);
  CHECK(count(broker, protocol::Fetch::key) == 2);
}

TEST_CASE("admin: a corrupt batch is told with its place") {
  FakeBroker broker;
  serve_metadata(broker, {&broker}, {{"orders", {1}}});
  Bytes log = batch_at(10, protocol::Compression::kZstd);
  for (std::size_t i = 62; i < log.size(); ++i) log[i] = std::byte{0xee};
  serve_fetch(broker, log, 13, true);
  broker.start();
  auto admin = connect_to(broker);
  const FoundRecord found = find_one(*admin, 10);
  REQUIRE(found.error);
  CHECK(found.error->error.message().starts_with("orders[0]@10: "));
}
