#include <doctest/doctest.h>

#include "unit/coordinator/transaction_fixture.hpp"

namespace kreel::test {

class RestartFixture : public TransactionFixture {
 public:
  /// A life of three transactions; what the log holds after it.
  std::size_t live() {
    Producer who = init();
    add(who, {{"orders", 0}});
    add(who, {{"orders", 1}, {"payments", 0}});
    who = finish(who, true);
    add(who, {{"orders", 0}});
    who = finish(who, false);
    add(who, {{"payments", 0}});
    who = finish(who, true);
    return log.batches(partition_of()).size();
  }
};

TEST_CASE_FIXTURE(RestartFixture, "restart: after each record the transaction goes on to its end") {
  const std::size_t records = live();
  REQUIRE(records == 11);
  const auto states = written();
  for (std::size_t kept = 1; kept <= records; ++kept) {
    CAPTURE(kept);
    RestartFixture again;
    again.live();
    again.crash();
    again.log.cut(again.partition_of(), kept);
    again.markers.log.clear();
    again.start();
    const std::string& last = states[kept - 1];
    const Transaction* found = again.find();
    REQUIRE(found != nullptr);
    if (last == "PrepareCommit" || last == "PrepareAbort") {
      // The verdict stands: the markers are written (again), and nothing stays half over.
      CHECK_FALSE(again.markers.log.empty());
      for (const std::string& line : again.markers.log) {
        CHECK(line.starts_with(last == "PrepareCommit" ? "commit " : "abort "));
      }
      CHECK(again.written().back() ==
            (last == "PrepareCommit" ? "CompleteCommit" : "CompleteAbort"));
    } else {
      CHECK(again.markers.log.empty());
      CHECK(to_string(found->state) == last);
    }
    // Whatever it was, a producer that starts gets on.
    const Producer next = again.init();
    CHECK(again.add(next) == ErrorCode::NONE);
    CHECK(again.end_error(next, true) == ErrorCode::NONE);
  }
}

TEST_CASE_FIXTURE(RestartFixture, "restart: who was fenced stays fenced") {
  const Producer first = init();
  add(first);
  const Producer finished = finish(first, true);
  add(finished);
  const Producer second = init();  // aborts what the first one had open
  for (const Producer& fenced : {first, finished}) {
    CHECK(init_reply(fenced).error_code == ErrorCode::PRODUCER_FENCED);
  }
  start();
  for (const Producer& fenced : {first, finished}) {
    CHECK(init_reply(fenced).error_code == ErrorCode::PRODUCER_FENCED);
  }
  CHECK(add(second) == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(RestartFixture,
                  "restart: a producer whose last answer was lost gets its place back") {
  const Producer first = init();
  add(first);
  const Producer next = finish(first, true);
  start();
  const auto again = init_reply(first);
  CHECK(again.error_code == ErrorCode::NONE);
  CHECK(Producer{again.producer_id, again.producer_epoch} == next);
}

TEST_CASE_FIXTURE(RestartFixture,
                  "restart: an open transaction is open, for the rest of its timeout") {
  const Producer who = init();
  add(who);
  advance_ms(timeout_ms - 5'000);
  REQUIRE(state() == TransactionState::kOngoing);
  start();
  CHECK(state() == TransactionState::kOngoing);
  advance_ms(5'000 + config.abort_timed_out_interval_ms);
  CHECK(state() == TransactionState::kCompleteAbort);
}

TEST_CASE_FIXTURE(RestartFixture,
                  "restart: what is being loaded is told so, and other shards' ids too") {
  live();
  auto fresh = make_shard(markers);
  std::optional<ErrorCode> error;
  const auto ask = [&] {
    error.reset();
    fresh->end(EndTransaction{"pay", 1, 0, true, kTransactionsV2},
               [&](const auto& reply) { error = reply.error_code; });
  };
  ask();
  CHECK(error == ErrorCode::NOT_COORDINATOR);
  fresh->load(partition_of(), 7, log.source(partition_of()), [] {});
  ask();
  CHECK(error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  executor.run_ready();
  ask();
  executor.run_ready();
  CHECK(error == ErrorCode::INVALID_PRODUCER_ID_MAPPING);
}

}  // namespace kreel::test
