// Each call to the disk fails, once or for ever, while the requests that change something come in.
// Whoever was told that it is done finds it so after the next start, on a disk that works again.
#include <cstdlib>
#include <functional>

#include "base/log.hpp"
#include "broker/transaction_service.hpp"
#include "support/faulty_file_system.hpp"
#include "unit/broker/group_members.hpp"

using namespace kreel;
using protocol::ErrorCode;
using test::FaultCause;

namespace {

constexpr std::int32_t kPartitions = 3;
constexpr Offset kCommitted = 7;

/// Goes through the APIs, and notes what was promised to it.
class ClientOnBadDisk {
 public:
  ClientOnBadDisk() {
    broker.create_topic("__transaction_state", 50);
    broker.create_topic("doomed");
    load();
  }

  void live(bool is_healthy) {
    is_healthy_ = is_healthy;
    create_topic();
    grow_topic();
    alter_topic();
    produce();
    commit_offsets();
    reserve_producer_ids();
    commit_transaction();
    delete_records();
    delete_group();
    delete_topic();
  }
  /// On a disk that works again.
  void check_promises() {
    disk.clear_faults();
    broker.kill_and_restart();
    load();
    for (const auto& check : promises_) check();
  }
  std::size_t promises() const { return promises_.size(); }

  test::FaultyFileSystem disk{std::make_shared<fs::MemoryNode>(true), system_clock()};
  test::GroupsOfBroker broker{&disk};

 private:
  void load() {
    broker.broker().groups().load();
    broker.broker().transactions().load();
    broker.work();
  }
  void promise(ErrorCode error, std::function<void()> check) {
    INFO(protocol::to_string(error));
    if (is_healthy_) CHECK(error == ErrorCode::NONE);
    if (error == ErrorCode::NONE) promises_.push_back(std::move(check));
  }
  std::shared_ptr<const catalog::Topic> topic(const std::string& name) {
    return broker.catalog().snapshot()->find(name);
  }

  void create_topic() {
    protocol::CreateTopicsRequest request;
    auto& wanted = request.topics.emplace_back();
    wanted.name = "new";
    wanted.num_partitions = kPartitions;
    wanted.replication_factor = 1;
    const auto reply = broker.try_call<protocol::CreateTopics>(request, 7);
    if (reply) promise(reply->topics[0].error_code, [this] { CHECK(topic("new") != nullptr); });
  }
  void grow_topic() {
    protocol::CreatePartitionsRequest request;
    request.topics = {{.name = "payments", .count = kPartitions, .assignments = std::nullopt}};
    const auto reply = broker.try_call<protocol::CreatePartitions>(request, 3);
    if (!reply) return;
    promise(reply->results[0].error_code,
            [this] { CHECK(topic("payments")->partitions.size() == kPartitions); });
  }
  void alter_topic() {
    protocol::IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = 2;
    resource.resource_name = "orders";
    resource.configs = {{.name = "retention.ms", .config_operation = 0, .value = "1234"}};
    const auto reply = broker.try_call<protocol::IncrementalAlterConfigs>(request, 1);
    if (!reply) return;
    promise(reply->responses[0].error_code,
            [this] { CHECK(topic("orders")->overrides.at("retention.ms") == "1234"); });
  }

  protocol::ProduceRequest batch_for(PartitionId partition,
                                     const protocol::BatchBuilder::Options& options) {
    protocol::BatchBuilder builder(options);
    protocol::NewRecord record;
    record.timestamp = broker.clock().wall_ms();
    record.value = as_bytes("value");
    builder.append(record);
    batch_ = builder.build();
    protocol::ProduceRequest request;
    request.acks = -1;
    request.topic_data = {
        {"orders", {}, {{partition, protocol::Records::memory(batch_, nullptr)}}}};
    return request;
  }
  void produce() {
    for (int i = 0; i < 2; ++i) {
      const auto reply = broker.try_call<protocol::Produce>(batch_for(0, {}), 9);
      if (!reply) continue;
      const auto& told = reply->responses[0].partition_responses[0];
      promise(told.error_code, [this, offset = told.base_offset] {
        CHECK(broker.offsets("orders", 0).high_watermark > offset);
      });
    }
  }
  ErrorCode commit(const std::string& group) {
    protocol::OffsetCommitRequest request;
    request.group_id = group;
    request.topics = {{"orders", {}, {{0, kCommitted, -1, ""}}}};
    const auto reply = broker.try_call<protocol::OffsetCommit>(request, 8);
    return reply ? reply->topics[0].partitions[0].error_code : ErrorCode::REQUEST_TIMED_OUT;
  }
  void commit_offsets() {
    promise(commit("kept"), [this] { CHECK(broker.committed("orders", 0, "kept") == kCommitted); });
  }
  void reserve_producer_ids() {
    protocol::InitProducerIdRequest request;
    request.transactional_id.reset();
    const auto reply = broker.try_call<protocol::InitProducerId>(request, 4);
    if (!reply) return;
    promise(reply->error_code, [this, request, id = reply->producer_id] {
      CHECK(broker.call<protocol::InitProducerId>(request, 4).producer_id > id);
    });
  }

  void commit_transaction() {
    protocol::InitProducerIdRequest init;
    init.transactional_id = "pay";
    init.transaction_timeout_ms = 60'000;
    const auto producer = broker.try_call<protocol::InitProducerId>(init, 4);
    if (!producer || producer->error_code != ErrorCode::NONE) return;
    protocol::AddPartitionsToTxnRequest add;
    add.v3_and_below_transactional_id = "pay";
    add.v3_and_below_producer_id = producer->producer_id;
    add.v3_and_below_producer_epoch = producer->producer_epoch;
    add.v3_and_below_topics = {{"orders", {1}}};
    broker.try_call<protocol::AddPartitionsToTxn>(add, 3);
    auto request = batch_for(1, {.producer_id = producer->producer_id,
                                 .producer_epoch = producer->producer_epoch,
                                 .base_sequence = 0,
                                 .transactional = true});
    request.transactional_id = "pay";
    const auto sent = broker.try_call<protocol::Produce>(request, 9);
    const bool is_sent =
        sent && sent->responses[0].partition_responses[0].error_code == ErrorCode::NONE;
    protocol::EndTxnRequest end;
    end.transactional_id = "pay";
    end.producer_id = producer->producer_id;
    end.producer_epoch = producer->producer_epoch;
    end.committed = true;
    const auto ended = broker.try_call<protocol::EndTxn>(end, 3);
    if (!ended || !is_sent) return;
    promise(ended->error_code, [this] {
      const auto offsets = broker.offsets("orders", 1);
      CHECK(offsets.last_stable == 2);
      CHECK(offsets.high_watermark == 2);
    });
  }

  void delete_records() {
    protocol::DeleteRecordsRequest request;
    request.timeout_ms = 1'000;
    request.topics.push_back({"orders", {{0, 1}}});
    const auto reply = broker.try_call<protocol::DeleteRecords>(request, 2);
    if (!reply) return;
    promise(reply->topics[0].partitions[0].error_code,
            [this] { CHECK(broker.offsets("orders", 0).log_start == 1); });
  }
  void delete_group() {
    if (commit("old") != ErrorCode::NONE) return;
    protocol::DeleteGroupsRequest request;
    request.groups_names = {"old"};
    const auto reply = broker.try_call<protocol::DeleteGroups>(request, 2);
    if (!reply) return;
    promise(reply->results[0].error_code,
            [this] { CHECK(broker.committed("orders", 0, "old") == -1); });
  }
  void delete_topic() {
    protocol::DeleteTopicsRequest request;
    request.topic_names = {"doomed"};
    const auto reply = broker.try_call<protocol::DeleteTopics>(request, 5);
    if (!reply) return;
    promise(reply->responses[0].error_code, [this] { CHECK(topic("doomed") == nullptr); });
  }

  Bytes batch_;
  std::vector<std::function<void()>> promises_;
  bool is_healthy_ = false;
};

/// Some of the calls, or with KREEL_LONG all.
void fail_calls(FaultCause cause, bool sticky, std::uint64_t first) {
  const std::uint64_t step = std::getenv("KREEL_LONG") != nullptr ? 1 : 3;
  for (std::uint64_t nth = first;; nth += step) {
    INFO((cause == FaultCause::kIo ? "EIO" : "no space"), (sticky ? " from" : " at"), " ", nth);
    ClientOnBadDisk client;
    client.disk.inject({.kind = std::nullopt, .cause = cause, .nth = nth, .sticky = sticky});
    client.live(false);
    if (client.disk.fault_count() == 0) return;
    client.check_promises();
  }
}

}  // namespace

TEST_CASE("api errors: with a disk that works all is done, and there after a kill") {
  ClientOnBadDisk client;
  client.live(true);
  CHECK(client.promises() == 11);
  client.check_promises();
}

TEST_CASE("api errors: a call to the disk fails, and what was confirmed is there all the same") {
  log::set_level(log::Level::kError);
  SUBCASE("EIO, once") {
    fail_calls(FaultCause::kIo, false, 1);
  }
  SUBCASE("EIO, from then on") {
    fail_calls(FaultCause::kIo, true, 2);
  }
  SUBCASE("no space, once") {
    fail_calls(FaultCause::kNoSpace, false, 3);
  }
  SUBCASE("no space, from then on") {
    fail_calls(FaultCause::kNoSpace, true, 1);
  }
  log::set_level(log::Level::kInfo);
}
