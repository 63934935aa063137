#include "sim/simulation.hpp"

#include <algorithm>
#include <deque>
#include <memory>

#include <fmt/format.h>

#include "catalog/internal_topics.hpp"
#include "coordinator/group_id.hpp"
#include "coordinator/transaction/records.hpp"
#include "sim/actors.hpp"
#include "sim/transaction_audit.hpp"

namespace kreel::sim {
namespace {

constexpr std::int64_t kFaultsMs = 60'000;
constexpr std::int64_t kCalmMs = 10'000;
constexpr std::int64_t kFinalReadMs = 60'000;
/// More steps than that without a millisecond going by: something goes round in circles.
constexpr int kStepsPerMsMax = 200'000;

// Which faults there are in this run: not all at once, or rare mixtures would never come up.
struct Plan {
  bool kills, power_failures, clean_stops, drops, slow_network, failed_syncs, full_disk,
      clock_jumps;
  storage::FlushMode flush;

  explicit Plan(World& world)
      : kills(world.one_in(2)),
        power_failures(world.one_in(2)),
        clean_stops(world.one_in(3)),
        drops(world.one_in(2)),
        slow_network(world.one_in(3)),
        failed_syncs(world.one_in(4)),
        full_disk(world.one_in(4)),
        clock_jumps(world.one_in(4)),
        flush(storage::FlushMode::kCommit) {
    // Elsewhere a power failure, and a sync that fails, may lose what was acknowledged.
    if (power_failures || failed_syncs || world.one_in(2)) return;
    flush = world.one_in(2) ? storage::FlushMode::kOs : storage::FlushMode::kInterval;
  }

  std::string text() const {
    std::string out = flush == storage::FlushMode::kCommit ? "commit"
                      : flush == storage::FlushMode::kOs   ? "os"
                                                           : "interval";
    const std::array<std::pair<bool, const char*>, 8> names{{{kills, "kills"},
                                                             {power_failures, "power failures"},
                                                             {clean_stops, "clean stops"},
                                                             {drops, "drops"},
                                                             {slow_network, "slow network"},
                                                             {failed_syncs, "failed syncs"},
                                                             {full_disk, "full disk"},
                                                             {clock_jumps, "clock jumps"}}};
    for (const auto& [on, name] : names) {
      if (on) out += std::string(", ") + name;
    }
    return out;
  }
};

NodeOptions node_options(World& world, const Plan& plan) {
  NodeOptions options;
  options.flush = plan.flush;
  options.flush_interval_ms = 50;
  options.io_threads = static_cast<int>(world.between(1, 3));
  options.settings = {
      {"log.roll.ms", std::to_string(world.between(200, 30'000))},
      {"log.index.interval.bytes", std::to_string(world.between(100, 5'000))},
      {"transaction.state.log.num.partitions", std::to_string(world.between(1, 4))},
      {"transaction.abort.timed.out.transaction.cleanup.interval.ms",
       std::to_string(world.between(500, 3'000))},
      {"offsets.topic.num.partitions", std::to_string(world.between(1, 4))},
      {"offsets.topic.segment.bytes", std::to_string(world.between(1'000, 20'000))}};
  return options;
}

class Simulation {
 public:
  Simulation(std::uint64_t seed, bool trace)
      : world_(seed),
        plan_((world_.set_trace(trace), world_)),
        node_(world_, node_options(world_, plan_)),
        ledger_(world_) {}

  Outcome run() {
    world_.trace(plan_.text());
    if (!node_.boot()) world_.violation("does not start on an empty directory");
    if (world_.violations().empty()) make_topics();
    if (world_.violations().empty() && world_.one_in(3)) use_up_epochs();
    if (world_.violations().empty()) live();
    return outcome();
  }

 private:
  void live() {
    make_actors();
    for (auto& actor : actors_) actor->start();
    weather_ = {.delay_max_ms = world_.between(0, 20),
                .slow_one_in = plan_.slow_network ? 50 : 0,
                .drop_one_in = plan_.drops ? 100 : 0};
    schedule_fault();
    run_until(kFaultsMs);
    calm();
    run_until(world_.now_ms() - start_ms_ + kCalmMs);
    for (auto& actor : actors_) actor->check_progress();
    check_last_stable();
    read_everything();
  }

  Outcome outcome() {
    Outcome outcome;
    outcome.hash = world_.hash();
    outcome.simulated_ms = world_.now_ms() - start_ms_;
    outcome.lives = node_.life() / 2;
    outcome.acknowledged = ledger_.acknowledged_count();
    outcome.observed = ledger_.observed_count();
    outcome.plan = plan_.text();
    outcome.violations = world_.violations();
    return outcome;
  }

  void make_topics() {
    const auto partitions = static_cast<std::int32_t>(world_.between(1, 3));
    for (const char* topic : {"a", "b", "t"}) {
      const auto created = node_.catalog().create_topics(
          {{.name = topic,
            .partition_count = partitions,
            .configs = {{"internal.segment.bytes", std::to_string(world_.between(500, 20'000))}},
            .is_internal = false}});
      if (!created.front().result.ok()) world_.violation("cannot create a topic");
      auto& all = std::string_view(topic) == "t" ? transactional_ : partitions_;
      for (std::int32_t p = 0; p < partitions; ++p) all.push_back({topic, p});
    }
  }

  // As if many producers had had the transactional ids before: soon their epochs run out.
  void use_up_epochs() {
    if (!node_.catalog().reserve_producer_ids()) world_.violation("cannot reserve producer ids");
    for (const int number : {1, 2}) use_up_epochs_of(transactional_id(number));
    node_.kill();
    if (!node_.boot()) world_.violation("does not start with used transactional ids");
  }

  void use_up_epochs_of(const std::string& id) {
    coordinator::Transaction last;
    last.producer_id = node_.catalog().next_producer_id().value_or(-1);
    last.producer_epoch =
        static_cast<ProducerEpoch>(coordinator::kLastClientEpoch - world_.between(0, 30));
    last.timeout_ms = 60'000;
    last.updated_ms = world_.clock().wall_ms();
    const auto record = coordinator::transaction_record(id, last);
    protocol::BatchBuilder builder({});
    builder.append({.timestamp = last.updated_ms, .key = record.key, .value = *record.value});
    auto batch = builder.build();
    const auto topic = node_.catalog().snapshot()->find(catalog::kTransactionStateTopic);
    const auto partition = coordinator::partition_for_transactional_id(
        id, static_cast<std::int32_t>(topic->partitions.size()));
    topic->partition(partition)->append(batch, storage::AppendOrigin::kCoordinator);
  }

  static std::string transactional_id(std::int64_t number) { return fmt::format("t{}", number); }

  void make_actors() {
    const auto count = static_cast<std::int32_t>(partitions_.size() / 2);
    for (std::int64_t i = world_.between(1, 3); i > 0; --i) {
      add<ProducerActor>(fmt::format("p{}", i), partitions_);
    }
    for (std::int64_t i = world_.between(1, 2); i > 0; --i) {
      add<ReaderActor>(fmt::format("r{}", i), partitions_);
    }
    for (std::int64_t i = world_.between(0, 3); i > 0; --i) {
      add<MemberActor>(fmt::format("m{}", i), "group", "a", count);
    }
    for (std::int64_t i = world_.between(0, 2); i > 0; --i) add_transactions(i);
    if (!transactions_.empty()) {
      readers_.push_back(&add<CommittedReader>("c1", transactional_));
      if (world_.one_in(3)) operator_ = &add<OperatorActor>("operator", touched_by_transactions());
    }
    add<AdminActor>("admin", partitions_, world_.one_in(2));
  }

  // What they write, and the offsets of their groups.
  std::vector<TopicPartition> touched_by_transactions() {
    auto all = transactional_;
    const auto offsets = node_.catalog().snapshot()->find(catalog::kConsumerOffsetsTopic);
    for (const auto& log : offsets->partitions) all.push_back(log->topic_partition());
    return all;
  }

  // One producer of a transactional id, or two that take it from each other.
  void add_transactions(std::int64_t number) {
    auto& id = transactional_ids_.emplace_back(world_, transactional_id(number));
    for (std::int64_t i = world_.between(1, 2); i > 0; --i) {
      const auto name = fmt::format("t{}{}", number, i == 1 ? "a" : "b");
      transactions_.push_back(&add<TransactionActor>(name, id, transactional_));
    }
  }

  template <class One, class... Arguments>
  One& add(const std::string& name, Arguments&&... arguments) {
    auto actor = std::make_unique<One>(world_, ledger_, node_, weather_, name,
                                       std::forward<Arguments>(arguments)...);
    One& added = *actor;
    actors_.push_back(std::move(actor));
    return added;
  }

  void schedule_fault() {
    world_.after_ms(world_.between(500, 8'000), [this] {
      if (calm_) return;
      fault();
      schedule_fault();
    });
  }

  void fault() {
    switch (world_.below(6)) {
      case 0:
        if (plan_.kills && node_.is_up()) go_down(&Node::kill);
        break;
      case 1:
        if (!plan_.power_failures || !node_.is_up()) break;
        if (world_.one_in(2)) {
          go_down(&Node::lose_power);
        } else {
          node_.lose_power_at_op(static_cast<std::uint64_t>(world_.between(1, 200)));
        }
        break;
      case 2:
        if (plan_.clean_stops && node_.is_up()) go_down(&Node::stop);
        break;
      case 3:
        if (plan_.failed_syncs && node_.is_up()) fail_a_sync();
        break;
      case 4:
        if (plan_.full_disk && node_.is_up()) fill_the_disk();
        break;
      default:
        if (plan_.clock_jumps) world_.clock().jump_wall_ms(world_.between(-3'600'000, 3'600'000));
        break;
    }
  }

  void fail_a_sync() {
    world_.trace("a sync will fail");
    node_.fs().inject({.kind = test::OpKind::kSync,
                       .nth = static_cast<std::uint64_t>(world_.between(1, 20)),
                       .sync = static_cast<test::SyncFailure>(world_.below(4))});
  }

  void fill_the_disk() {
    world_.trace("the disk is full");
    node_.fs().inject({.cause = test::FaultCause::kNoSpace, .sticky = true});
    world_.after_ms(world_.between(100, 3'000), [this, life = node_.life()] {
      if (node_.life() != life) return;
      world_.trace("the disk has room");
      node_.fs().clear_faults();
    });
  }

  void go_down(void (Node::*how)()) {
    (node_.*how)();
    world_.after_ms(world_.between(0, 2'000), [this] { come_up(); });
  }

  void come_up() {
    if (node_.is_up() || node_.boot()) return;
    // What made the start fail is gone with the next one.
    world_.after_ms(500, [this] { come_up(); });
  }

  // The process ends by itself, or has been frozen by a power failure.
  void watch_the_process() {
    if (!node_.is_up()) return;
    if (node_.is_frozen()) {
      go_down(&Node::lose_power);
    } else if (node_.storage_failed()) {
      go_down(plan_.power_failures && world_.one_in(2) ? &Node::lose_power : &Node::kill);
    }
  }

  void calm() {
    world_.trace("calm");
    calm_ = true;
    weather_ = {};
    if (node_.is_up()) {
      node_.fs().clear_faults();
      node_.fs().set_hook({});
      if (node_.is_frozen()) node_.lose_power();
    }
    if (node_.is_up() && node_.storage_failed()) node_.kill();
    if (!node_.is_up() && !node_.boot()) world_.violation("does not start after the faults");
    for (auto& actor : actors_) actor->faults_are_over();
    note_ends();
  }

  // Of all that have transactions: what is open now is over when the calm is.
  void note_ends() {
    if (!node_.is_up()) return;
    for (const char* name : {"t", catalog::kConsumerOffsetsTopic}) {
      const auto topic = node_.catalog().snapshot()->find(name);
      for (const auto& log : topic->partitions) {
        ends_at_calm_.emplace_back(log, log->offsets().log_end);
      }
    }
  }

  void check_last_stable() {
    for (const auto& [log, end] : ends_at_calm_) {
      const auto offsets = log->offsets();
      if (offsets.last_stable >= end) continue;
      world_.violation(
          fmt::format("a transaction hangs: the last stable offset is {}, the log "
                      "ended at {} when the faults were over",
                      offsets.last_stable, end));
    }
    ends_at_calm_.clear();
  }

  void run_until(std::int64_t end_ms) {
    int steps = 0;
    while (world_.now_ms() - start_ms_ < end_ms && world_.violations().size() < 5) {
      watch_the_process();
      const bool worked = world_.one_in(2) ? world_.run_one_due() || node_.step()
                                           : node_.step() || world_.run_one_due();
      if (worked && ++steps < kStepsPerMsMax) continue;
      if (steps >= kStepsPerMsMax) return world_.violation("goes round in circles");
      steps = 0;
      const auto next = std::min(world_.next_due_ms(), node_.next_due_ms());
      world_.clock().advance_ms(std::clamp<std::int64_t>(next - world_.now_ms(), 1, 1'000));
    }
  }

  void audit_transactions() {
    TransactionAudit audit(world_, ledger_, node_, weather_, "audit", transactional_, transactions_,
                           readers_, operator_);
    audit.start();
    run_until_true([&audit] { return audit.is_done(); }, "the audit of the transactions");
  }

  void run_until_true(const std::function<bool()>& is_true, const char* what) {
    const auto end = world_.now_ms() - start_ms_ + kFinalReadMs;
    while (!is_true() && world_.now_ms() - start_ms_ < end && world_.violations().empty()) {
      run_until(world_.now_ms() - start_ms_ + 100);
    }
    if (!is_true()) world_.violation(std::string(what) + " does not end");
  }

  void read_everything() {
    if (!world_.violations().empty()) return;
    audit_transactions();
    ledger_.close_books();
    ReaderActor last(world_, ledger_, node_, weather_, "last", partitions_);
    last.start_final_read();
    run_until_true([&last] { return last.final_read_is_done(); }, "the last read");
  }

  World world_;
  Plan plan_;
  Node node_;
  Ledger ledger_;
  Weather weather_;
  std::vector<TopicPartition> partitions_;
  std::vector<TopicPartition> transactional_;
  std::deque<TransactionalId> transactional_ids_;
  std::vector<const TransactionActor*> transactions_;
  std::vector<const CommittedReader*> readers_;
  const OperatorActor* operator_ = nullptr;
  std::vector<std::pair<std::shared_ptr<storage::Log>, Offset>> ends_at_calm_;
  std::vector<std::unique_ptr<Actor>> actors_;
  std::int64_t start_ms_ = world_.now_ms();
  bool calm_ = false;
};

}  // namespace

Outcome simulate(std::uint64_t seed, bool trace) {
  return Simulation(seed, trace).run();
}

}  // namespace kreel::sim
