// Produce of transactional batches: when the coordinator is asked, and what its answers become.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>

#include "broker/handlers/handlers.hpp"
#include "broker/transaction_gate.hpp"
#include "protocol/control_record.hpp"
#include "support/broker_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;

namespace {

constexpr Version kVerifies = 11;
constexpr Version kAdds = 12;
constexpr ProducerId kProducer = 7;

/// The coordinator, as far as Produce can see; answers when it is told to.
class FakeGate final : public broker::TransactionGate {
 public:
  void add(Executor&, coordinator::AddPartitions request,
           coordinator::Reply<ErrorCode> reply) const override {
    asked.push_back(request);
    pending.push_back([reply](ErrorCode error) { reply(error); });
  }
  void verify(Executor&, coordinator::AddPartitions request,
              coordinator::VerifyReply reply) const override {
    asked.push_back(request);
    const auto count = request.partitions.size();
    pending.push_back(
        [reply, count](ErrorCode error) { reply(std::vector<ErrorCode>(count, error)); });
  }
  void answer(ErrorCode error) {
    const auto all = std::exchange(pending, {});
    for (const auto& one : all) one(error);
  }

  mutable std::vector<coordinator::AddPartitions> asked;
  mutable std::vector<std::function<void(ErrorCode)>> pending;
};

struct ProduceFixture : test::BrokerFixture {
  ProduceFixture() {
    create_topic("orders", 3);
    broker().set_transaction_gate(&gate);
  }

  Bytes batch(std::int32_t sequence, ProducerId id = kProducer, bool transactional = true) {
    BatchBuilder builder({.producer_id = id,
                          .producer_epoch = 0,
                          .base_sequence = sequence,
                          .transactional = transactional});
    NewRecord record;
    record.timestamp = clock().wall_ms();
    record.value = as_bytes("value");
    builder.append(record);
    return builder.build();
  }
  /// Sends one batch to each partition; nothing is left of the request when the handler returns.
  void send(Version version, const std::vector<std::pair<PartitionId, Bytes>>& batches,
            std::optional<std::string> transactional_id = "txn") {
    Bytes frame;
    for (const auto& [index, bytes] : batches) {
      frame.insert(frame.end(), bytes.begin(), bytes.end());
    }
    ProduceRequest request;
    request.transactional_id = std::move(transactional_id);
    request.acks = -1;
    auto& topic = request.topic_data.emplace_back();
    topic.name = "orders";
    std::size_t at = 0;
    for (const auto& [index, bytes] : batches) {
      const auto view = ByteView(frame).subspan(at, bytes.size());
      topic.partition_data.push_back({.index = index, .records = Records::memory(view, nullptr)});
      at += bytes.size();
    }
    broker::RequestContext context{broker(), io(), connection(), version, "test", {}, frame};
    handle(broker::Call<Produce>(std::move(request),
                                 broker::ReplyTicket({sink_pointer(), &io().executor(), ++number_,
                                                      0, ApiKey::Produce, version})),
           context);
    std::ranges::fill(frame, std::byte{0xee});
    last_version_ = version;
  }
  void send(Version version, PartitionId partition, Bytes bytes) {
    send(version, {{partition, std::move(bytes)}});
  }
  bool answered() {
    work();
    return !sink().replies.empty();
  }
  /// The errors of the next answer, in the order of the partitions.
  std::vector<ErrorCode> errors() {
    REQUIRE(answered());
    const Bytes reply = sink().replies.front().second.bytes;
    sink().replies.erase(sink().replies.begin());
    WireReader in(ByteView(reply).subspan(9));  // size, correlation id, no tags
    ProduceResponse response;
    decode(response, last_version_, in);
    REQUIRE_FALSE(in.failed());
    std::vector<ErrorCode> all;
    for (const auto& partition : response.responses.at(0).partition_responses) {
      all.push_back(partition.error_code);
    }
    return all;
  }
  ErrorCode error() { return errors().at(0); }
  std::shared_ptr<storage::Log> log(PartitionId partition = 0) {
    return catalog().snapshot()->find("orders")->partition(partition);
  }

  FakeGate gate;

 private:
  std::uint64_t number_ = 1'000;
  Version last_version_ = 0;
};

}  // namespace

TEST_CASE("produce: a transaction's first batch waits for its coordinator") {
  ProduceFixture f;
  f.send(kVerifies, 1, f.batch(0));
  CHECK_FALSE(f.answered());
  CHECK(f.sink().held.size() == 1);  // what the connection brings next may not overtake it
  CHECK(f.log(1)->offsets().log_end == 0);
  REQUIRE(f.gate.asked.size() == 1);
  CHECK(f.gate.asked[0].transactional_id == "txn");
  CHECK(f.gate.asked[0].producer_id == kProducer);
  CHECK(f.gate.asked[0].producer_epoch == 0);
  CHECK(f.gate.asked[0].partitions == std::set<storage::TopicPartition>{{"orders", 1}});
  CHECK(f.gate.asked[0].client_version == coordinator::kTransactionsV0);
  f.gate.answer(ErrorCode::NONE);
  CHECK(f.sink().held.empty());
  CHECK(f.error() == ErrorCode::NONE);
  CHECK(f.log(1)->offsets().log_end == 1);
  CHECK(f.log(1)->offsets().last_stable == 0);
}

TEST_CASE("produce: later batches of the transaction are appended at once") {
  ProduceFixture f;
  f.send(kVerifies, 0, f.batch(0));
  f.gate.answer(ErrorCode::NONE);
  CHECK(f.error() == ErrorCode::NONE);
  f.send(kVerifies, 0, f.batch(1));
  CHECK(f.gate.asked.size() == 1);
  CHECK(f.error() == ErrorCode::NONE);
}

TEST_CASE("produce: from version 12 on the partitions are added to the transaction") {
  ProduceFixture f;
  f.send(kAdds, {{0, f.batch(0)}, {2, f.batch(0)}});
  REQUIRE(f.gate.asked.size() == 1);
  CHECK(f.gate.asked[0].client_version == coordinator::kTransactionsV2);
  CHECK(f.gate.asked[0].partitions ==
        std::set<storage::TopicPartition>{{"orders", 0}, {"orders", 2}});
  f.gate.answer(ErrorCode::NONE);
  CHECK(f.errors() == std::vector<ErrorCode>(2, ErrorCode::NONE));
}

TEST_CASE("produce: only the partitions without a batch of the transaction are asked about") {
  ProduceFixture f;
  f.send(kVerifies, 0, f.batch(0));
  f.gate.answer(ErrorCode::NONE);
  CHECK(f.error() == ErrorCode::NONE);
  f.send(kVerifies, {{0, f.batch(1)}, {1, f.batch(0)}});
  CHECK(f.gate.asked.at(1).partitions == std::set<storage::TopicPartition>{{"orders", 1}});
  f.gate.answer(ErrorCode::TRANSACTION_ABORTABLE);
  CHECK(f.errors() == std::vector{ErrorCode::NONE, ErrorCode::TRANSACTION_ABORTABLE});
}

TEST_CASE("produce: the coordinator's errors become those that the client knows") {
  const auto with = [](Version version, ErrorCode error) {
    ProduceFixture f;
    f.send(version, 0, f.batch(0));
    f.gate.answer(error);
    const auto answer = f.error();
    CHECK(f.log()->offsets().log_end == 0);
    return answer;
  };
  CHECK(with(11, ErrorCode::TRANSACTION_ABORTABLE) == ErrorCode::TRANSACTION_ABORTABLE);
  CHECK(with(10, ErrorCode::TRANSACTION_ABORTABLE) == ErrorCode::INVALID_TXN_STATE);
  CHECK(with(12, ErrorCode::PRODUCER_FENCED) == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(with(12, ErrorCode::CONCURRENT_TRANSACTIONS) == ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK(with(11, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS) == ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK(with(12, ErrorCode::NOT_COORDINATOR) == ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK(with(11, ErrorCode::INVALID_PRODUCER_ID_MAPPING) == ErrorCode::INVALID_PRODUCER_ID_MAPPING);
}

TEST_CASE("produce: an answer behind the transaction's end is worth nothing (KIP-890)") {
  ProduceFixture f;
  f.send(kVerifies, 0, f.batch(0));
  REQUIRE(f.log()->append_marker({kProducer, 0, 0, false, 0}).error == ErrorCode::NONE);
  f.gate.answer(ErrorCode::NONE);
  CHECK(f.error() == ErrorCode::INVALID_TXN_STATE);
  f.work();
  CHECK(f.log()->offsets().last_stable == f.log()->offsets().log_end);
}

TEST_CASE("produce: two batches that wait for one answer are appended in their order") {
  ProduceFixture f;
  f.send(kAdds, 0, f.batch(0));
  f.send(kAdds, 0, f.batch(1));
  CHECK(f.gate.asked.size() == 2);
  f.gate.answer(ErrorCode::NONE);
  CHECK(f.error() == ErrorCode::NONE);
  CHECK(f.error() == ErrorCode::NONE);
  CHECK(f.log()->offsets().log_end == 2);
}

TEST_CASE("produce: when the first of two batches fails, the second cannot take its place") {
  ProduceFixture f;
  f.send(kVerifies, 0, f.batch(0));
  f.gate.answer(ErrorCode::NOT_COORDINATOR);
  CHECK(f.error() == ErrorCode::NOT_ENOUGH_REPLICAS);
  f.send(kVerifies, 0, f.batch(1));
  f.gate.answer(ErrorCode::NONE);
  CHECK(f.error() == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  f.send(kVerifies, 0, f.batch(0));
  f.gate.answer(ErrorCode::NONE);
  CHECK(f.error() == ErrorCode::NONE);
}

TEST_CASE("produce: a transactional batch needs a transactional id and a coordinator") {
  ProduceFixture f;
  f.send(kVerifies, {{0, f.batch(0)}}, std::nullopt);
  CHECK(f.error() == ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
  f.broker().set_transaction_gate(nullptr);
  f.send(kVerifies, 0, f.batch(0));
  CHECK(f.error() == ErrorCode::INVALID_TXN_STATE);
  CHECK(f.gate.asked.empty());
}

TEST_CASE("produce: plain batches under a transactional id are nobody's question") {
  ProduceFixture f;
  f.send(kVerifies, 0, f.batch(0, kProducer, false));
  CHECK(f.gate.asked.empty());
  CHECK(f.error() == ErrorCode::NONE);
}

TEST_CASE("produce: a request has the transaction of one producer alone") {
  ProduceFixture f;
  f.send(kAdds, {{0, f.batch(0, 7)}, {1, f.batch(0, 8)}});
  REQUIRE(f.gate.asked.size() == 1);
  CHECK(f.gate.asked[0].partitions.size() == 1);
  f.gate.answer(ErrorCode::NONE);
  CHECK(f.errors() == std::vector{ErrorCode::NONE, ErrorCode::INVALID_PRODUCER_ID_MAPPING});
}

TEST_CASE("fetch: read_committed ends at the last stable offset and tells of aborts") {
  ProduceFixture f;
  f.send(kVerifies, 0, f.batch(0));
  f.gate.answer(ErrorCode::NONE);
  CHECK(f.error() == ErrorCode::NONE);
  const auto fetch = [&](std::int8_t isolation) {
    FetchRequest request;
    request.isolation_level = isolation;
    request.max_bytes = 1 << 20;
    auto& topic = request.topics.emplace_back();
    topic.topic = "orders";
    topic.partitions.push_back({.partition = 0, .partition_max_bytes = 1 << 20});
    return f.call<Fetch>(request, 11).responses.at(0).partitions.at(0);
  };
  CHECK(fetch(0).records.size_bytes() > 0);
  CHECK_FALSE(fetch(0).aborted_transactions);
  CHECK(fetch(1).records.size_bytes() == 0);
  CHECK(fetch(1).last_stable_offset == 0);
  CHECK(fetch(1).high_watermark == 1);
  REQUIRE(fetch(1).aborted_transactions);
  CHECK(fetch(1).aborted_transactions->empty());
  f.log()->append_marker({kProducer, 0, 0, false, 0});
  f.work();
  const auto aborted = fetch(1);
  CHECK(aborted.records.size_bytes() > 0);
  REQUIRE(aborted.aborted_transactions);
  REQUIRE(aborted.aborted_transactions->size() == 1);
  CHECK(aborted.aborted_transactions->at(0).producer_id == kProducer);
  CHECK(aborted.aborted_transactions->at(0).first_offset == 0);
}

TEST_CASE("fetch: one that waits for committed records is woken by the marker") {
  ProduceFixture f;
  f.send(kVerifies, 0, f.batch(0));
  f.gate.answer(ErrorCode::NONE);
  CHECK(f.error() == ErrorCode::NONE);
  FetchRequest request;
  request.isolation_level = 1;
  request.min_bytes = 1;
  request.max_bytes = 1 << 20;
  request.max_wait_ms = 60'000;
  auto& topic = request.topics.emplace_back();
  topic.topic = "orders";
  topic.partitions.push_back({.partition = 0, .partition_max_bytes = 1 << 20});
  f.BrokerFixture::send<Fetch>(request, 11);
  CHECK_FALSE(f.answered());
  f.log()->append_marker({kProducer, 0, 0, true, 0});
  CHECK(f.answered());
}

TEST_CASE("list offsets: the end is the last stable offset for read_committed") {
  ProduceFixture f;
  f.send(kVerifies, 0, f.batch(0));
  f.gate.answer(ErrorCode::NONE);
  CHECK(f.error() == ErrorCode::NONE);
  const auto latest = [&](std::int8_t isolation) {
    ListOffsetsRequest request;
    request.isolation_level = isolation;
    auto& topic = request.topics.emplace_back();
    topic.name = "orders";
    topic.partitions.push_back({.partition_index = 0, .timestamp = -1});
    return f.call<ListOffsets>(request).topics.at(0).partitions.at(0).offset;
  };
  CHECK(latest(0) == 1);
  CHECK(latest(1) == 0);
}
