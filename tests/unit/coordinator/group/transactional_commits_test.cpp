#include <doctest/doctest.h>

#include "unit/coordinator/group_client.hpp"

namespace kreel::test {

class TransactionalCommitFixture : public GroupFixture {
 public:
  static constexpr ProducerId kProducer = 7;

  protocol::TxnOffsetCommitRequest request(Offset offset, PartitionId partition = 0,
                                           const std::string& topic = "orders") const {
    protocol::TxnOffsetCommitRequest made;
    made.transactional_id = "pay";
    made.group_id = "group";
    made.producer_id = kProducer;
    made.producer_epoch = 3;
    made.topics = {{topic, {{partition, offset, -1, "note"}}}};
    return made;
  }
  std::optional<ErrorCode> send(protocol::TxnOffsetCommitRequest sent,
                                protocol::Version version = 5) {
    auto error = std::make_shared<std::optional<ErrorCode>>();
    shard->commit_in_transaction(
        std::move(sent), {"client", "/127.0.0.1", version},
        [this](Executor& home, auto done) {
          CHECK(&home == &executor);
          if (hold_check) return held.push_back(std::move(done));
          done(verdict);
        },
        [error](const protocol::TxnOffsetCommitResponse& reply) {
          *error = reply.topics.at(0).partitions.at(0).error_code;
        });
    executor.run_ready();
    last = error;
    return *error;
  }
  std::optional<ErrorCode> end(bool committed, ProducerEpoch epoch = 4) {
    auto error = std::make_shared<std::optional<ErrorCode>>();
    shard->end_transaction(partition_of("group"),
                           {.producer_id = kProducer,
                            .producer_epoch = epoch,
                            .committed = committed,
                            .coordinator_epoch = 0,
                            .transaction_version = coordinator::kTransactionsV2},
                           [error](ErrorCode told) { *error = told; });
    executor.run_ready();
    last = error;
    return *error;
  }
  ErrorCode fetch_error(bool require_stable) {
    protocol::OffsetFetchRequest::OffsetFetchRequestGroup asked;
    asked.group_id = "group";
    asked.topics = {{"orders", {}, {0}}};
    std::optional<ErrorCode> error;
    shard->fetch(asked, require_stable, {"", "", 8}, [&](const auto& reply) {
      error = reply.topics.at(0).partitions.at(0).error_code;
    });
    executor.run_ready();
    REQUIRE(error.has_value());
    return *error;
  }

  ErrorCode verdict = ErrorCode::NONE;
  bool hold_check = false;
  std::vector<std::function<void(ErrorCode)>> held;
  std::shared_ptr<std::optional<ErrorCode>> last;
};

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "txn offsets: count once the transaction is committed") {
  CHECK(commit("group", "orders", 0, 5) == ErrorCode::NONE);
  CHECK(send(request(9)) == ErrorCode::NONE);
  CHECK(committed("group", "orders", 0) == 5);
  CHECK(end(true) == ErrorCode::NONE);
  CHECK(committed("group", "orders", 0) == 9);
}

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "txn offsets: those of a deleted group do not bring it back") {
  const auto delete_group = [this] {
    std::optional<ErrorCode> error;
    shard->delete_groups({"group"}, [&](const auto& told) { error = told.at(0).error_code; });
    executor.run_ready();
    return error;
  };
  CHECK(send(request(9)) == ErrorCode::NONE);
  CHECK(delete_group() == ErrorCode::NONE);
  CHECK(delete_group() == ErrorCode::GROUP_ID_NOT_FOUND);
  CHECK(end(true) == ErrorCode::NONE);
  CHECK(committed("group", "orders", 0) == -1);
}

TEST_CASE_FIXTURE(TransactionalCommitFixture, "txn offsets: are forgotten when it is aborted") {
  CHECK(send(request(9)) == ErrorCode::NONE);
  CHECK(end(false) == ErrorCode::NONE);
  CHECK(committed("group", "orders", 0) == -1);
}

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "txn offsets: who requires stable ones waits for the end (KIP-447)") {
  CHECK(fetch_error(true) == ErrorCode::NONE);
  send(request(9));
  CHECK(fetch_error(true) == ErrorCode::UNSTABLE_OFFSET_COMMIT);
  CHECK(fetch_error(false) == ErrorCode::NONE);
  start();
  CHECK(fetch_error(true) == ErrorCode::UNSTABLE_OFFSET_COMMIT);
  end(true);
  CHECK(fetch_error(true) == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "KAFKA-17507: the marker is answered when its offsets count and are on disk") {
  send(request(9));
  log.hold = true;
  CHECK_FALSE(end(true).has_value());
  log.release();
  executor.run_ready();
  CHECK(*last == ErrorCode::NONE);
  CHECK(committed("group", "orders", 0) == 9);
}

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "txn offsets: the answer waits until they are on disk") {
  log.hold = true;
  CHECK_FALSE(send(request(9)).has_value());
  log.release();
  executor.run_ready();
  CHECK(*last == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(
    TransactionalCommitFixture,
    "KIP-890: an offset that comes after its transaction's end is refused, so none hangs") {
  hold_check = true;
  CHECK_FALSE(send(request(9)).has_value());
  const auto answer = last;
  CHECK(end(false) == ErrorCode::NONE);
  held.front()(ErrorCode::NONE);
  executor.run_ready();
  CHECK(*answer == ErrorCode::INVALID_TXN_STATE);
  CHECK(fetch_error(true) == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "txn offsets: the end of another producer's transaction is none of theirs") {
  hold_check = true;
  send(request(9));
  const auto answer = last;
  shard->end_transaction(partition_of("group"), {.producer_id = 8, .producer_epoch = 0},
                         [](auto) {});
  held.front()(ErrorCode::NONE);
  executor.run_ready();
  CHECK(*answer == ErrorCode::NONE);
  end(true);
}

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "txn offsets: the coordinator's word is told as each version knows it") {
  verdict = ErrorCode::PRODUCER_FENCED;
  CHECK(send(request(9)) == ErrorCode::INVALID_PRODUCER_EPOCH);
  verdict = ErrorCode::INVALID_PRODUCER_ID_MAPPING;
  CHECK(send(request(9)) == ErrorCode::INVALID_PRODUCER_ID_MAPPING);
  verdict = ErrorCode::TRANSACTION_ABORTABLE;
  CHECK(send(request(9), 4) == ErrorCode::TRANSACTION_ABORTABLE);
  CHECK(send(request(9), 3) == ErrorCode::INVALID_TXN_STATE);
  for (const ErrorCode passing : {ErrorCode::CONCURRENT_TRANSACTIONS, ErrorCode::NOT_COORDINATOR,
                                  ErrorCode::COORDINATOR_NOT_AVAILABLE}) {
    verdict = passing;
    CHECK(send(request(9)) == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  }
  CHECK(log.batch_count() == 0);
}

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "txn offsets: an answer that comes after a shutdown is no crash") {
  hold_check = true;
  send(request(9));
  const auto answer = last;
  shard.reset();
  held.front()(ErrorCode::NONE);
  CHECK(*answer == ErrorCode::NOT_COORDINATOR);
}

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "txn offsets: a zombie of the group cannot commit (KIP-447)") {
  GroupClient member(*this);
  member.join();
  advance_ms(100);
  member.sync_all();
  executor.run_ready();
  auto good = request(9);
  good.member_id = member.request.member_id;
  good.generation_id_or_member_epoch = member.generation;
  CHECK(send(good) == ErrorCode::NONE);
  auto old_generation = good;
  old_generation.generation_id_or_member_epoch = member.generation - 1;
  CHECK(send(old_generation) == ErrorCode::ILLEGAL_GENERATION);
  auto stranger = good;
  stranger.member_id = "somebody";
  CHECK(send(stranger) == ErrorCode::UNKNOWN_MEMBER_ID);
  auto unknown_group = good;
  unknown_group.group_id = "nobody";
  CHECK(send(unknown_group) == ErrorCode::ILLEGAL_GENERATION);
  CHECK(send(request(10), 2) == ErrorCode::NONE);  // before KIP-447: says nothing of a member
  end(true);
  member.leave();
}

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "txn offsets: unknown partitions and long metadata are refused one by one") {
  CHECK(send(request(9, 10)) == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(send(request(9, 0, "nothing")) == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  auto wordy = request(9);
  wordy.topics[0].partitions[0].committed_metadata = std::string(5'000, 'x');
  CHECK(send(wordy) == ErrorCode::OFFSET_METADATA_TOO_LARGE);
  auto of_nobody = request(9);
  of_nobody.group_id.clear();
  CHECK(send(of_nobody) == ErrorCode::INVALID_GROUP_ID);
}

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "txn offsets: a refused epoch concerns the producer, not the partition") {
  log.fail_appends = 1;
  log.append_error = ErrorCode::INVALID_PRODUCER_EPOCH;
  CHECK(send(request(9)) == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(shard->is_ready());
  log.refuse_markers = ErrorCode::INVALID_PRODUCER_EPOCH;
  CHECK(end(true) == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(shard->is_ready());
}

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "txn offsets: a group with pending ones is not expired") {
  REQUIRE(commit("group", "orders", 0, 5) == ErrorCode::NONE);
  send(request(9));
  clock.advance_ms(config.offsets_retention_ms);
  advance_ms(2 * config.offsets_retention_check_interval_ms);
  CHECK(committed("group", "orders", 0) == 5);
  CHECK(end(true) == ErrorCode::NONE);
  CHECK(committed("group", "orders", 0) == 9);
}

TEST_CASE_FIXTURE(TransactionalCommitFixture,
                  "txn offsets: of a deleted topic do not come back with the commit") {
  send(request(9));
  bool done = false;
  shard->topics_deleted({"orders"}, [&] { done = true; });
  executor.run_ready();
  CHECK(done);
  end(true);
  CHECK(committed("group", "orders", 0) == -1);
}

}  // namespace kreel::test
