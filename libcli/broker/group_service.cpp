#include "broker/group_service.hpp"

#include <algorithm>
#include <future>
#include <iterator>

#include "base/assert.hpp"
#include "broker/broker.hpp"
#include "broker/coordinator_log.hpp"
#include "broker/io_thread.hpp"

namespace kreel::broker {
namespace {

class CatalogTopics final : public coordinator::TopicView {
 public:
  explicit CatalogTopics(catalog::Catalog& catalog) : catalog_(catalog) {}

  std::optional<Topic> find(std::string_view name) const override {
    const auto topic = catalog_.snapshot()->find(name);
    if (topic == nullptr) return std::nullopt;
    return Topic{.id = topic->id,
                 .partition_count = static_cast<std::int32_t>(topic->partitions.size())};
  }
  std::optional<std::string> name_of(const Uuid& id) const override {
    const auto topic = catalog_.snapshot()->find(id);
    return topic == nullptr ? std::nullopt : std::optional(topic->name);
  }

 private:
  catalog::Catalog& catalog_;
};

/// Of the topic that there is: the setting, which may have changed since, is for making it.
std::int32_t offsets_partition_count(Broker& broker) {
  const auto topic = broker.catalog().snapshot()->find(catalog::kConsumerOffsetsTopic);
  return topic == nullptr ? broker.config().offsets_topic_num_partitions
                          : static_cast<std::int32_t>(topic->partitions.size());
}

coordinator::GroupConfig group_config(Broker& broker) {
  const catalog::BrokerConfig& config = broker.config();
  coordinator::GroupConfig group;
  group.offsets_topic_num_partitions = offsets_partition_count(broker);
  group.group_min_session_timeout_ms =
      static_cast<std::int32_t>(config.group_min_session_timeout_ms);
  group.group_max_session_timeout_ms =
      static_cast<std::int32_t>(config.group_max_session_timeout_ms);
  group.group_initial_rebalance_delay_ms =
      static_cast<std::int32_t>(config.group_initial_rebalance_delay_ms);
  group.group_max_size = config.group_max_size;
  group.offset_metadata_max_bytes = config.offset_metadata_max_bytes;
  group.offsets_commit_timeout_ms = config.offsets_commit_timeout_ms;
  group.offsets_retention_ms = config.offsets_retention_minutes * 60'000;
  group.offsets_retention_check_interval_ms = config.offsets_retention_check_interval_ms;
  return group;
}

}  // namespace

struct GroupService::Shard {
  Shard(Broker& broker, IoThread& io_thread, const coordinator::TopicView& topics)
      : io(io_thread),
        writer(broker, io_thread, {.topic = catalog::kConsumerOffsetsTopic}),
        groups(std::make_unique<coordinator::GroupShard>(
            coordinator::GroupShard::Environment{io_thread.executor(), broker.clock(),
                                                 broker.random(), writer, topics},
            group_config(broker))) {}

  IoThread& io;
  CoordinatorLogWriter writer;
  std::unique_ptr<coordinator::GroupShard> groups;
};

GroupService::GroupService(Broker& broker)
    : broker_(broker), topics_(std::make_unique<CatalogTopics>(broker.catalog())) {
  std::vector<coordinator::GroupRouter::Shard> routed;
  for (IoThread* io : broker.io_threads()) {
    shards_.push_back(std::make_unique<Shard>(broker, *io, *topics_));
    routed.push_back({.executor = &io->executor(), .groups = shards_.back()->groups.get()});
  }
  router_ = std::make_unique<coordinator::GroupRouter>(std::move(routed),
                                                       offsets_partition_count(broker));
}

GroupService::~GroupService() = default;

void GroupService::load() {
  const auto topic = broker_.catalog().snapshot()->find(catalog::kConsumerOffsetsTopic);
  KREEL_ASSERT(topic != nullptr, "__consumer_offsets exists from the start");
  for (std::size_t p = 0; p < topic->partitions.size(); ++p) {
    const auto partition = static_cast<PartitionId>(p);
    Shard& shard = *shards_[router_->shard_of_partition(partition)];
    shard.io.executor().post([this, &shard, partition, log = topic->partitions[p]] {
      shard.groups->load(partition, replay_source(broker_, shard.io, log), [] {});
    });
  }
}

void GroupService::topics_deleted(IoThread& home, std::vector<std::string> names) {
  if (stopping_) return;
  router_->topics_deleted(home.executor(), std::move(names), [] {});
}

void GroupService::end_transaction(IoThread& home, PartitionId partition,
                                   const coordinator::TransactionMarker& marker,
                                   coordinator::MarkerWriter::Done done) {
  router_->end_transaction(
      home.executor(), partition, marker,
      [this, &home, partition, done = std::move(done)](protocol::ErrorCode error) {
        const auto topic = broker_.catalog().snapshot()->find(catalog::kConsumerOffsetsTopic);
        const auto log = topic == nullptr ? nullptr : topic->partition(partition);
        if (error != protocol::ErrorCode::NONE || log == nullptr) return done(error);
        broker_.flusher().await_on_disk(
            {{.log = log, .end_offset = log->offsets().log_end}}, home.executor(),
            [done](bool on_disk) {
              done(on_disk ? protocol::ErrorCode::NONE : protocol::ErrorCode::KAFKA_STORAGE_ERROR);
            });
      });
}

std::vector<GroupService::CommittedOffset> GroupService::committed_offsets(
    std::chrono::milliseconds wait_at_most) const {
  std::vector<CommittedOffset> all;
  for (const auto& shard : shards_) {
    auto promise = std::make_shared<std::promise<std::vector<CommittedOffset>>>();
    std::future<std::vector<CommittedOffset>> answer = promise->get_future();
    shard->io.executor().post([&shard, promise] {
      std::vector<CommittedOffset> offsets;
      if (shard->groups != nullptr) {
        shard->groups->for_each_offset([&](const coordinator::CommittedOffsetView& view) {
          offsets.push_back({.group_id = std::string(view.group_id),
                             .topic = std::string(view.topic),
                             .partition = view.partition,
                             .offset = view.offset});
        });
      }
      promise->set_value(std::move(offsets));
    });
    if (answer.wait_for(wait_at_most) != std::future_status::ready) continue;
    std::ranges::move(answer.get(), std::back_inserter(all));
  }
  return all;
}

void GroupService::stop() {
  stopping_ = true;
  for (auto& shard : shards_) {
    std::promise<void> gone;
    shard->io.executor().post([&shard, &gone] {
      shard->groups.reset();
      gone.set_value();
    });
    gone.get_future().wait();
  }
}

}  // namespace kreel::broker
