#include "coordinator/group/records.hpp"

#include <doctest/doctest.h>

#include "coordinator/group/durable_state.hpp"

namespace kreel::coordinator {
namespace {

std::string hex(const Bytes& bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    text += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

StateMachine::Replayed replayed(const Record& record, Offset offset, ProducerId producer = -1) {
  return {.offset = offset,
          .producer_id = producer,
          .key = ByteView(record.key),
          .value = record.value ? std::optional<ByteView>(*record.value) : std::nullopt};
}

CommittedOffset at(Offset offset) {
  CommittedOffset committed;
  committed.offset = offset;
  return committed;
}

TEST_CASE("records: an offset is written as Kafka writes it") {
  CommittedOffset offset = at(258);
  offset.leader_epoch = 3;
  offset.metadata = "m";
  offset.commit_timestamp = 5;
  const Record record = offset_record({"g", "top", 7}, offset);
  CHECK(hex(record.key) ==
        "0001"        // offset commit
        "000167"      // group
        "0003746f70"  // topic
        "00000007");  // partition
  REQUIRE(record.value.has_value());
  CHECK(hex(*record.value) ==
        "0003"                // version 3
        "0000000000000102"    // offset
        "00000003"            // leader epoch
        "00016d"              // metadata
        "0000000000000005");  // commit timestamp
  CHECK_FALSE(offset_tombstone({"g", "top", 7}).value.has_value());
  CHECK(offset_tombstone({"g", "top", 7}).key == record.key);
}

TEST_CASE("records: a retention time of its own takes version 1, which has no leader epoch") {
  CommittedOffset offset = at(1);
  offset.leader_epoch = 3;
  offset.commit_timestamp = 5;
  offset.expire_timestamp = 9;
  const Record record = offset_record({"g", "t", 0}, offset);
  CHECK(hex(*record.value) ==
        "0001"
        "0000000000000001"
        "0000"
        "0000000000000005"
        "0000000000000009");
}

TEST_CASE("records: a group is written as Kafka writes it") {
  protocol::GroupMetadataValue value;
  value.protocol_type = "consumer";
  value.generation = 2;
  value.protocol = "range";
  value.leader = "m1";
  value.current_state_timestamp = 16;
  auto& member = value.members.emplace_back();
  member.member_id = "m1";
  member.client_id = "c";
  member.client_host = "/h";
  member.rebalance_timeout = 1;
  member.session_timeout = 2;
  member.subscription = {std::byte{0xAA}};
  member.assignment = {std::byte{0xBB}, std::byte{0xCC}};
  const Record record = group_record("g", value);
  CHECK(hex(record.key) ==
        "0002"
        "000167");
  CHECK(hex(*record.value) ==
        "0003"                  // version 3
        "0008636f6e73756d6572"  // protocol type
        "00000002"              // generation
        "000572616e6765"        // protocol
        "00026d31"              // leader
        "0000000000000010"      // current state timestamp
        "00000001"              // members
        "00026d31"
        "ffff"  // member id, no instance id
        "000163"
        "00022f68"  // client id and host
        "00000001"
        "00000002"  // rebalance and session timeout
        "00000001aa"
        "00000002bbcc"  // subscription, assignment
  );
}

TEST_CASE("records: what was written is read back") {
  CommittedOffset offset = at(7);
  offset.metadata = "x";
  const Record record = offset_record({"g", "t", 3}, offset);
  const auto read = read_record(ByteView(record.key), ByteView(*record.value));
  const auto* as_offset = std::get_if<OffsetRecord>(&read);
  REQUIRE(as_offset != nullptr);
  CHECK(as_offset->key.partition == 3);
  REQUIRE(as_offset->value.has_value());
  CHECK(as_offset->value->metadata == "x");
  const Record gone = group_tombstone("g");
  const auto read_gone = read_record(ByteView(gone.key), std::nullopt);
  REQUIRE(std::get_if<GroupRecord>(&read_gone) != nullptr);
  CHECK_FALSE(std::get<GroupRecord>(read_gone).value.has_value());
}

TEST_CASE("records: type 0 is an offset too, later types are skipped, junk is told apart") {
  Record record = offset_record({"g", "t", 3}, at(7));
  record.key[1] = std::byte{0};
  CHECK(std::holds_alternative<OffsetRecord>(
      read_record(ByteView(record.key), ByteView(*record.value))));
  for (const unsigned type : {3U, 8U, 16U, 200U}) {
    record.key[1] = static_cast<std::byte>(type);
    const auto read = read_record(ByteView(record.key), ByteView(*record.value));
    REQUIRE(std::holds_alternative<SkippedRecord>(read));
    CHECK_FALSE(std::get<SkippedRecord>(read).malformed);
  }
  const Record fine = offset_record({"g", "t", 3}, at(7));
  for (std::size_t length = 0; length < fine.key.size(); ++length) {
    const auto read = read_record(ByteView(fine.key).first(length), ByteView(*fine.value));
    CHECK(std::get<SkippedRecord>(read).malformed);
  }
  for (std::size_t length = 0; length < fine.value->size(); ++length) {
    const auto read = read_record(ByteView(fine.key), ByteView(*fine.value).first(length));
    CHECK(std::get<SkippedRecord>(read).malformed);
  }
  Bytes future = *fine.value;
  future[1] = std::byte{99};
  CHECK(std::get<SkippedRecord>(read_record(ByteView(fine.key), ByteView(future))).malformed);
  CHECK(std::get<SkippedRecord>(read_record(std::nullopt, std::nullopt)).malformed);
}

TEST_CASE("durable state: later records replace earlier ones, tombstones remove") {
  DurableState state;
  state.replay(replayed(offset_record({"g", "t", 0}, at(1)), 0));
  state.replay(replayed(offset_record({"g", "t", 0}, at(2)), 1));
  state.replay(replayed(offset_record({"g", "t", 1}, at(3)), 2));
  REQUIRE(state.find("g") != nullptr);
  CHECK(state.find("g")->find_offset("t", 0)->offset == 2);
  CHECK(state.find("g")->find_offset("t", 9) == nullptr);
  CHECK(state.find("g")->find_offset("x", 0) == nullptr);
  state.replay(replayed(offset_tombstone({"g", "t", 0}), 3));
  state.replay(replayed(offset_tombstone({"g", "t", 1}), 4));
  CHECK(state.find("g") == nullptr);
  state.replay(replayed(group_record("g", {}), 5));
  state.replay(replayed(offset_record({"g", "t", 0}, at(1)), 6));
  state.replay(replayed(group_tombstone("g"), 7));
  REQUIRE(state.find("g") != nullptr);  // its offsets are still there
  CHECK_FALSE(state.find("g")->metadata.has_value());
  state.replay(replayed(offset_tombstone({"g", "t", 0}), 8));
  state.replay(replayed(group_tombstone("g"), 9));
  CHECK(state == DurableState());
}

TEST_CASE("durable state: offsets of a transaction count from its commit on") {
  DurableState state;
  state.replay(replayed(offset_record({"g", "t", 0}, at(1)), 0));
  state.replay(replayed(offset_record({"g", "t", 0}, at(50)), 1, 7));
  CHECK(state.find("g")->find_offset("t", 0)->offset == 1);
  CHECK(state.has_pending_offset({"g", "t", 0}));
  CHECK_FALSE(state.has_pending_offset({"g", "t", 1}));
  CHECK(state.has_pending_offsets("g"));
  SUBCASE("committed") {
    state.replay_transaction_end(7, true);
    CHECK(state.find("g")->find_offset("t", 0)->offset == 50);
  }
  SUBCASE("aborted") {
    state.replay_transaction_end(7, false);
    CHECK(state.find("g")->find_offset("t", 0)->offset == 1);
  }
  SUBCASE("another producer's marker changes nothing") {
    state.replay_transaction_end(8, true);
    CHECK(state.has_pending_offsets("g"));
    return;
  }
  SUBCASE("a plain commit that is later in the log stays") {
    state.replay(replayed(offset_record({"g", "t", 0}, at(99)), 2));
    state.replay_transaction_end(7, true);
    CHECK(state.find("g")->find_offset("t", 0)->offset == 99);
  }
  SUBCASE("a tombstone takes the pending offset too") {
    state.replay(replayed(offset_tombstone({"g", "t", 0}), 2));
    state.replay_transaction_end(7, true);
    CHECK(state.find("g") == nullptr);
  }
  CHECK_FALSE(state.has_pending_offset({"g", "t", 0}));
}

}  // namespace
}  // namespace kreel::coordinator
