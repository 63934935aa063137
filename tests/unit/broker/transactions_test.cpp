#include <doctest/doctest.h>

#include <map>
#include <string>

#include "broker/group_service.hpp"
#include "broker/transaction_service.hpp"
#include "support/broker_fixture.hpp"

// Transactions through a whole broker: requests as clients send them, files in memory.

using namespace kreel;
using protocol::AddOffsetsToTxn;
using protocol::AddPartitionsToTxn;
using protocol::ApiVersions;
using protocol::DescribeTransactions;
using protocol::EndTxn;
using protocol::ErrorCode;
using protocol::Fetch;
using protocol::FindCoordinator;
using protocol::InitProducerId;
using protocol::ListTransactions;
using protocol::OffsetFetch;
using protocol::Produce;
using protocol::TxnOffsetCommit;
using protocol::WriteTxnMarkers;

namespace {

constexpr protocol::Version kV1Produce = 9;
constexpr protocol::Version kV2Produce = 12;

catalog::ConfigMap few_partitions() {
  return {{"offsets.topic.num.partitions", "5"}, {"transaction.state.log.num.partitions", "5"}};
}

struct TransactionalClient {
  explicit TransactionalClient(const catalog::ConfigMap& settings = few_partitions(),
                               storage::FlushMode flush = storage::FlushMode::kCommit)
      : broker(settings, flush) {
    broker.create_topic("__consumer_offsets", 5);
    broker.create_topic("__transaction_state", 5);
    broker.create_topic("orders", 2);
    load();
  }
  void load() {
    broker.broker().groups().load();
    broker.broker().transactions().load();
    broker.work();
  }
  void kill_and_restart() {
    broker.kill_and_restart();
    load();
  }

  ErrorCode init(protocol::Version version = 5) {
    protocol::InitProducerIdRequest request;
    request.transactional_id = "pay";
    request.transaction_timeout_ms = 60'000;
    const auto reply = broker.call<InitProducerId>(request, version);
    producer_id = reply.producer_id;
    epoch = reply.producer_epoch;
    sequences.clear();
    return reply.error_code;
  }
  ErrorCode add_partition(PartitionId partition, protocol::Version version = 3) {
    protocol::AddPartitionsToTxnRequest request;
    request.v3_and_below_transactional_id = "pay";
    request.v3_and_below_producer_id = producer_id;
    request.v3_and_below_producer_epoch = epoch;
    request.v3_and_below_topics = {{"orders", {partition}}};
    const auto reply = broker.call<AddPartitionsToTxn>(request, version);
    return reply.results_by_topic_v3_and_below.at(0)
        .results_by_partition.at(0)
        .partition_error_code;
  }
  ErrorCode produce(PartitionId partition, protocol::Version version = kV2Produce) {
    protocol::BatchBuilder builder({.producer_id = producer_id,
                                    .producer_epoch = epoch,
                                    .base_sequence = sequences[partition]++,
                                    .transactional = true});
    builder.append({.timestamp = broker.clock().wall_ms(),
                    .key = std::nullopt,
                    .value = as_bytes("value"),
                    .headers = {}});
    const Bytes batch = builder.build();
    protocol::ProduceRequest request;
    request.transactional_id = "pay";
    request.acks = -1;
    request.topic_data = {{"orders", {}, {{partition, protocol::Records::memory(batch, nullptr)}}}};
    const auto reply = broker.call<Produce>(request, version);
    return reply.responses.at(0).partition_responses.at(0).error_code;
  }
  ErrorCode add_offsets() {
    protocol::AddOffsetsToTxnRequest request;
    request.transactional_id = "pay";
    request.producer_id = producer_id;
    request.producer_epoch = epoch;
    request.group_id = "group";
    return broker.call<AddOffsetsToTxn>(request, 3).error_code;
  }
  ErrorCode commit_offset(Offset offset, protocol::Version version = 5) {
    protocol::TxnOffsetCommitRequest request;
    request.transactional_id = "pay";
    request.group_id = "group";
    request.producer_id = producer_id;
    request.producer_epoch = epoch;
    request.topics = {{"orders", {{0, offset, -1, ""}}}};
    return broker.call<TxnOffsetCommit>(request, version).topics.at(0).partitions.at(0).error_code;
  }
  protocol::EndTxnRequest end_request(bool committed) const {
    protocol::EndTxnRequest request;
    request.transactional_id = "pay";
    request.producer_id = producer_id;
    request.producer_epoch = epoch;
    request.committed = committed;
    return request;
  }
  ErrorCode end(bool committed, protocol::Version version = 5) {
    const auto reply = broker.call<EndTxn>(end_request(committed), version);
    if (reply.error_code == ErrorCode::NONE && version >= 5) {
      producer_id = reply.producer_id;
      epoch = reply.producer_epoch;
      sequences.clear();
    }
    return reply.error_code;
  }

  Offset committed_offset(bool require_stable = false) {
    protocol::OffsetFetchRequest request;
    request.group_id = "group";
    auto& asked = request.topics->emplace_back();
    asked.name = "orders";
    asked.partition_indexes = {0};
    request.require_stable = require_stable;
    const auto reply = broker.call<OffsetFetch>(request, 7);
    const auto& partition = reply.topics.at(0).partitions.at(0);
    return partition.error_code == ErrorCode::UNSTABLE_OFFSET_COMMIT ? -2
                                                                     : partition.committed_offset;
  }
  storage::LogOffsets offsets(PartitionId partition) {
    return broker.catalog().snapshot()->find("orders")->partition(partition)->offsets();
  }
  bool is_decided(PartitionId partition) {
    const auto now = offsets(partition);
    return now.last_stable == now.high_watermark && now.high_watermark == now.log_end;
  }
  std::string state() {
    protocol::DescribeTransactionsRequest request;
    request.transactional_ids = {"pay"};
    return broker.call<DescribeTransactions>(request).transaction_states.at(0).transaction_state;
  }

  test::BrokerFixture broker;
  ProducerId producer_id = -1;
  ProducerEpoch epoch = -1;
  std::map<PartitionId, std::int32_t> sequences;
};

}  // namespace

TEST_CASE("transactions v2: Produce and TxnOffsetCommit bring their partitions in by themselves") {
  TransactionalClient client;
  REQUIRE(client.init() == ErrorCode::NONE);
  CHECK(client.epoch == 0);
  CHECK(client.produce(0) == ErrorCode::NONE);
  CHECK(client.produce(1) == ErrorCode::NONE);
  CHECK(client.produce(1) == ErrorCode::NONE);
  CHECK(client.commit_offset(7) == ErrorCode::NONE);
  CHECK(client.offsets(0).last_stable == 0);
  CHECK(client.committed_offset() == -1);
  CHECK(client.committed_offset(true) == -2);
  CHECK(client.end(true) == ErrorCode::NONE);
  CHECK(client.epoch == 1);
  CHECK(client.is_decided(0));
  CHECK(client.is_decided(1));
  CHECK(client.committed_offset(true) == 7);
  CHECK(client.state() == "CompleteCommit");
  // The next one.
  CHECK(client.produce(0) == ErrorCode::NONE);
  CHECK(client.commit_offset(9) == ErrorCode::NONE);
  CHECK(client.end(false) == ErrorCode::NONE);
  CHECK(client.epoch == 2);
  CHECK(client.is_decided(0));
  CHECK(client.committed_offset(true) == 7);
}

TEST_CASE("transactions v1: a client adds what its transaction touches, and keeps its epoch") {
  TransactionalClient client;
  REQUIRE(client.init(1) == ErrorCode::NONE);
  CHECK(client.produce(0, kV1Produce) == ErrorCode::INVALID_TXN_STATE);
  client.sequences.clear();
  CHECK(client.add_partition(0) == ErrorCode::NONE);
  CHECK(client.produce(0, kV1Produce) == ErrorCode::NONE);
  CHECK(client.commit_offset(7, 3) == ErrorCode::INVALID_TXN_STATE);
  CHECK(client.add_offsets() == ErrorCode::NONE);
  CHECK(client.commit_offset(7, 3) == ErrorCode::NONE);
  CHECK(client.committed_offset(true) == -2);
  CHECK(client.end(true, 1) == ErrorCode::NONE);
  CHECK(client.is_decided(0));
  CHECK(client.committed_offset(true) == 7);
  CHECK(client.add_partition(1, 0) == ErrorCode::NONE);
  CHECK(client.produce(1, kV1Produce) == ErrorCode::NONE);
  CHECK(client.end(false, 1) == ErrorCode::NONE);
  CHECK(client.is_decided(1));
}

TEST_CASE("transactions: old versions have another word for a fenced producer") {
  TransactionalClient old;
  REQUIRE(old.init() == ErrorCode::NONE);
  const ProducerEpoch epoch = old.epoch;
  REQUIRE(old.init() == ErrorCode::NONE);
  old.epoch = epoch;
  CHECK(old.add_partition(0, 1) == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(old.add_partition(0, 2) == ErrorCode::PRODUCER_FENCED);
  CHECK(old.end(true, 1) == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(old.end(true, 2) == ErrorCode::PRODUCER_FENCED);
  CHECK(old.produce(0) == ErrorCode::INVALID_PRODUCER_EPOCH);
}

TEST_CASE("transactions: a partition that is not there keeps the others out") {
  TransactionalClient client;
  client.init();
  protocol::AddPartitionsToTxnRequest request;
  request.v3_and_below_transactional_id = "pay";
  request.v3_and_below_producer_id = client.producer_id;
  request.v3_and_below_producer_epoch = client.epoch;
  request.v3_and_below_topics = {{"orders", {0, 5}}};
  const auto reply = client.broker.call<AddPartitionsToTxn>(request, 3);
  const auto& results = reply.results_by_topic_v3_and_below.at(0).results_by_partition;
  CHECK(results.at(0).partition_error_code == ErrorCode::OPERATION_NOT_ATTEMPTED);
  CHECK(results.at(1).partition_error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(client.state() == "Empty");
}

TEST_CASE("transactions: many are added or verified in one request of version 4") {
  TransactionalClient client;
  client.init();
  protocol::AddPartitionsToTxnRequest request;
  request.transactions = {{"pay", client.producer_id, client.epoch, false, {{"orders", {1}}}},
                          {"unknown", client.producer_id, client.epoch, false, {{"orders", {1}}}}};
  auto reply = client.broker.call<AddPartitionsToTxn>(request, 4);
  REQUIRE(reply.results_by_transaction.size() == 2);
  const auto error_of = [&](std::size_t transaction, std::size_t partition) {
    return reply.results_by_transaction[transaction]
        .topic_results.at(0)
        .results_by_partition.at(partition)
        .partition_error_code;
  };
  CHECK(error_of(0, 0) == ErrorCode::NONE);
  CHECK(error_of(1, 0) == ErrorCode::INVALID_PRODUCER_ID_MAPPING);
  request.transactions = {{"pay", client.producer_id, client.epoch, true, {{"orders", {0, 1}}}}};
  reply = client.broker.call<AddPartitionsToTxn>(request, 4);
  CHECK(error_of(0, 0) == ErrorCode::TRANSACTION_ABORTABLE);
  CHECK(error_of(0, 1) == ErrorCode::NONE);
}

TEST_CASE(
    "KAFKA-19999: killed at any moment of its end, a transaction ends, in partitions and offsets") {
  for (const auto flush : {storage::FlushMode::kCommit, storage::FlushMode::kOs}) {
    for (const bool committed : {true, false}) {
      bool was_over = false;
      for (int steps = 0; !was_over; ++steps) {
        CAPTURE(static_cast<int>(flush));
        CAPTURE(committed);
        CAPTURE(steps);
        REQUIRE(steps < 100);
        TransactionalClient client(few_partitions(), flush);
        client.init();
        client.produce(0);
        client.produce(1);
        client.commit_offset(7);
        client.broker.send<EndTxn>(client.end_request(committed), 5);
        for (int step = 0; step < steps; ++step) client.broker.step();
        was_over = !client.broker.sink().replies.empty();
        client.kill_and_restart();
        const std::string state = client.state();
        const bool had_verdict = state == "CompleteCommit" || state == "CompleteAbort";
        CHECK((had_verdict || state == "Ongoing"));
        CHECK((had_verdict || !was_over));
        if (had_verdict) {
          CHECK((state == "CompleteCommit") == committed);
          CHECK(client.is_decided(0));
          CHECK(client.is_decided(1));
          CHECK(client.committed_offset(true) == (committed ? 7 : -1));
        }
        // The retry, or the first that arrives, has the answer.
        CHECK(client.end(committed) == ErrorCode::NONE);
        CHECK(client.epoch == 1);
        CHECK(client.is_decided(0));
        CHECK(client.committed_offset(true) == (committed ? 7 : -1));
        CHECK(client.produce(0) == ErrorCode::NONE);
        CHECK(client.end(true) == ErrorCode::NONE);
      }
    }
  }
}

TEST_CASE("transactions: one that takes too long is aborted in its partitions") {
  TransactionalClient client;
  client.init();
  client.produce(0);
  for (int second = 0; second < 75; ++second) {
    client.broker.clock().advance_ms(1'000);
    client.broker.work();
  }
  CHECK(client.state() == "CompleteAbort");
  CHECK(client.is_decided(0));
  CHECK(client.produce(0) == ErrorCode::INVALID_PRODUCER_EPOCH);
}

TEST_CASE("transactions: an operator's marker ends offsets that are pending, too") {
  TransactionalClient client;
  client.init();
  REQUIRE(client.commit_offset(7) == ErrorCode::NONE);
  REQUIRE(client.committed_offset(true) == -2);
  protocol::WriteTxnMarkersRequest request;
  auto& marker = request.markers.emplace_back();
  marker.producer_id = client.producer_id;
  marker.producer_epoch = client.epoch;
  marker.topics = {
      {"__consumer_offsets", {client.broker.broker().groups().router().partition_of("group")}}};
  const auto reply = client.broker.call<WriteTxnMarkers>(request, 1);
  CHECK(reply.markers.at(0).topics.at(0).partitions.at(0).error_code == ErrorCode::NONE);
  CHECK(client.committed_offset(true) == -1);
}

TEST_CASE("transactions: their coordinator is found") {
  TransactionalClient client;
  protocol::FindCoordinatorRequest request;
  request.key_type = 1;
  request.coordinator_keys = {"pay"};
  const auto reply = client.broker.call<FindCoordinator>(request, 4);
  CHECK(reply.coordinators.at(0).error_code == ErrorCode::NONE);
  CHECK(reply.coordinators.at(0).node_id == test::BrokerFixture::kNodeId);
}

TEST_CASE("transactions: are listed by a pattern of their ids") {
  TransactionalClient client;
  client.init();
  protocol::ListTransactionsRequest request;
  CHECK(client.broker.call<ListTransactions>(request, 2).transaction_states.size() == 1);
  request.transactional_id_pattern = "p.*";
  CHECK(client.broker.call<ListTransactions>(request, 2).transaction_states.size() == 1);
  request.transactional_id_pattern = "p";
  CHECK(client.broker.call<ListTransactions>(request, 2).transaction_states.empty());
  request.transactional_id_pattern = "(";
  CHECK(client.broker.call<ListTransactions>(request, 2).error_code ==
        ErrorCode::INVALID_REGULAR_EXPRESSION);
}

TEST_CASE(
    "transactions v2: are finalized in ApiVersions, with a lowest level of 0 from version 4 on") {
  TransactionalClient client;
  protocol::ApiVersionsRequest request;
  request.client_software_name = "test";
  request.client_software_version = "1";
  const auto old = client.broker.call<ApiVersions>(request, 2);
  CHECK(old.finalized_features.empty());
  const auto without_zero = client.broker.call<ApiVersions>(request, 3);
  CHECK(without_zero.supported_features.empty());
  const auto reply = client.broker.call<ApiVersions>(request, 4);
  REQUIRE(reply.supported_features.size() == 1);
  CHECK(reply.supported_features[0].name == "transaction.version");
  CHECK(reply.supported_features[0].max_version == 2);
  for (const auto* each : {&without_zero, &reply}) {
    REQUIRE(each->finalized_features.size() == 1);
    CHECK(each->finalized_features[0].max_version_level == 2);
    CHECK(each->finalized_features_epoch >= 0);
  }
}
