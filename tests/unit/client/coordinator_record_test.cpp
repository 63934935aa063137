#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "kreel/segments.hpp"
#include "protocol/codec.hpp"
#include "protocol/messages/consumer_protocol.hpp"
#include "protocol/messages/group_records.hpp"
#include "protocol/messages/transaction_records.hpp"

using namespace kreel;
using segments::CoordinatorTopic;

namespace {

template <class Message>
std::string numbered(std::int16_t number, protocol::Version version, const Message& message) {
  protocol::WireWriter out;
  out.write_int(number);
  protocol::encode(message, version, out);
  return std::string(as_text(out.take().bytes));
}

segments::Record offset_record_of(std::int16_t version) {
  protocol::OffsetCommitKey key;
  key.group = "g\"1";
  key.topic = "orders";
  key.partition = 2;
  protocol::OffsetCommitValue value;
  value.offset = 41;
  value.leader_epoch = version >= 3 ? 7 : -1;
  value.commit_timestamp = 5;
  segments::Record record;
  record.key = numbered(1, 0, key);
  record.value = numbered(version, version, value);
  return record;
}

segments::Record group_record_of() {
  protocol::GroupMetadataKey key;
  key.group = "g";
  protocol::ConsumerProtocolSubscription subscription;
  subscription.topics = {"orders"};
  protocol::GroupMetadataValue value;
  value.protocol_type = "consumer";
  value.protocol = std::nullopt;
  value.members.emplace_back();
  value.members[0].member_id = "m";
  const std::string bytes = numbered(0, 0, subscription);
  value.members[0].subscription.assign(as_bytes(bytes).begin(), as_bytes(bytes).end());
  segments::Record record;
  record.key = numbered(2, 0, key);
  record.value = numbered(3, 3, value);
  return record;
}

segments::Record transaction_record_of() {
  protocol::TransactionLogKey key;
  key.transactional_id = "x";
  protocol::TransactionLogValue value;
  value.producer_id = 9;
  value.client_transaction_version = 2;
  value.transaction_partitions->push_back({"orders", {0, 1}});
  segments::Record record;
  record.key = numbered(0, 0, key);
  record.value = numbered(1, 1, value);
  return record;
}

}  // namespace

TEST_CASE(
    "coordinator records: a committed offset in Kafka's names, with the fields of its version") {
  const auto read =
      segments::read_coordinator_record(CoordinatorTopic::kConsumerOffsets, offset_record_of(3));
  REQUIRE(read);
  CHECK(read->type == 1);
  CHECK(read->key == R"({"group":"g\"1","topic":"orders","partition":2})");
  CHECK(read->version == 3);
  CHECK(read->value == R"({"offset":41,"leaderEpoch":7,"metadata":"","commitTimestamp":5})");
  const auto old =
      segments::read_coordinator_record(CoordinatorTopic::kConsumerOffsets, offset_record_of(1));
  REQUIRE(old);
  CHECK(old->value == R"({"offset":41,"metadata":"","commitTimestamp":5,"expireTimestamp":-1})");
}

TEST_CASE("coordinator records: a group's members say what they subscribe to") {
  const auto read =
      segments::read_coordinator_record(CoordinatorTopic::kConsumerOffsets, group_record_of());
  REQUIRE(read);
  CHECK(read->key == R"({"group":"g"})");
  CHECK(read->value ==
        R"({"protocolType":"consumer","generation":0,"protocol":null,"leader":"",)"
        R"("currentStateTimestamp":-1,"members":[{"memberId":"m","groupInstanceId":null,)"
        R"("clientId":"","clientHost":"","rebalanceTimeout":-1,"sessionTimeout":0,)"
        R"("subscription":{"topics":["orders"],"userData":null},"assignment":""}]})");
  const auto raw = segments::read_coordinator_record(
      CoordinatorTopic::kConsumerOffsets, group_record_of(), segments::MemberData::kBase64);
  REQUIRE(raw);
  CHECK(raw->value.ends_with(R"("subscription":"AAAAAAABAAZvcmRlcnP/////","assignment":""}]})"));
}

TEST_CASE("coordinator records: a transaction's tagged fields stand where Kafka has them") {
  const auto read = segments::read_coordinator_record(CoordinatorTopic::kTransactionState,
                                                      transaction_record_of());
  REQUIRE(read);
  CHECK(read->type == 0);
  CHECK(read->key == R"({"transactionalId":"x"})");
  CHECK(read->value ==
        R"({"producerId":9,"producerEpoch":0,"transactionTimeoutMs":0,"transactionStatus":0,)"
        R"("transactionPartitions":[{"topic":"orders","partitionIds":[0,1]}],)"
        R"("transactionLastUpdateTimestampMs":0,"transactionStartTimestampMs":0,)"
        R"("clientTransactionVersion":2})");
}

TEST_CASE("coordinator records: tombstones, other types and bytes that are none") {
  segments::Record record = offset_record_of(3);
  record.value.reset();
  const auto tombstone =
      segments::read_coordinator_record(CoordinatorTopic::kConsumerOffsets, record);
  REQUIRE(tombstone);
  CHECK_FALSE(tombstone->version);
  record.key = std::string("\0\3", 2);
  const auto other = segments::read_coordinator_record(CoordinatorTopic::kConsumerOffsets, record);
  REQUIRE(other);
  CHECK(other->type == 3);
  CHECK(other->key.empty());
  record.key = "x";
  CHECK_FALSE(segments::read_coordinator_record(CoordinatorTopic::kConsumerOffsets, record));
  record.key.reset();
  CHECK_FALSE(segments::read_coordinator_record(CoordinatorTopic::kConsumerOffsets, record));
  record = offset_record_of(3);
  record.value->resize(record.value->size() - 1);
  CHECK_FALSE(segments::read_coordinator_record(CoordinatorTopic::kConsumerOffsets, record));
  record.value = std::string("\0\x63", 2);
  CHECK_FALSE(segments::read_coordinator_record(CoordinatorTopic::kConsumerOffsets, record));
}
