#include <set>

#include <fmt/core.h>

#include "base/log.hpp"
#include "catalog/journaled_catalog.hpp"
#include "catalog/snapshot_builder.hpp"

// Topics and their logs: found at the start, made, enlarged, set and deleted.

namespace kreel::catalog {
namespace {

using protocol::ErrorCode;

ChangeResult unknown_topic() {
  return {ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition."};
}

}  // namespace

void JournaledCatalog::add_requests(const Topic& topic, const State::Topic* saved,
                                    std::int32_t first, std::int32_t end,
                                    OpenRequests& requests) const {
  const storage::LogConfig config = log_config_of(topic);
  for (PartitionId partition = first; partition < end; ++partition) {
    Offset log_start = 0;
    if (saved != nullptr) {
      const auto found = saved->log_starts.find(partition);
      if (found != saved->log_starts.end()) log_start = found->second;
    }
    requests.push_back({.partition = {topic.name, partition},
                        .topic_id = topic.id,
                        .config = config,
                        .log_start = log_start});
  }
}

// What a deletion left on the disk when the process died in its middle: opened once more, because
// only an open log can be deleted.
Result<void> JournaledCatalog::remove_leftovers(const State& state) {
  for (const auto& [id, leftover] : state.leftovers) {
    // Under a name that is in use again lies the new topic's data.
    if (state.topics.contains(leftover.name)) continue;
    OpenRequests requests;
    for (PartitionId partition = 0; partition < leftover.partition_count; ++partition) {
      requests.push_back({.partition = {leftover.name, partition},
                          .topic_id = id,
                          .config = log_config_of_broker_,
                          .log_start = 0});
    }
    TRY(logs_.open_logs(requests));
    remove_logs({{id, leftover}});
  }
  return {};
}

Result<void> JournaledCatalog::open_topics() {
  const State state = store_->state();
  TRY(remove_leftovers(state));
  SnapshotBuilder builder;
  builder.set_broker_overrides(state.broker_overrides);
  builder.set_default_broker_overrides(state.default_broker_overrides);
  builder.set_group_overrides(state.group_overrides);
  builder.set_users(state.users);
  builder.set_quotas(state.quotas);
  builder.set_acls(state.acls);
  auto settings = builder.finish();
  log_config_of_broker_ = broker_log_config(*settings);
  apply_compaction(*settings);
  SnapshotBuilder with_topics(*settings);

  std::vector<std::shared_ptr<Topic>> topics;
  OpenRequests requests;
  for (const auto& [name, saved] : state.topics) {
    auto topic = std::make_shared<Topic>();
    topic->name = name;
    topic->id = saved.id;
    topic->is_internal = saved.is_internal;
    topic->overrides = saved.overrides;
    add_requests(*topic, &saved, 0, saved.partition_count, requests);
    topics.push_back(std::move(topic));
  }
  TRY_ASSIGN(const Logs logs, logs_.open_logs(requests));
  auto next = logs.begin();
  for (auto& topic : topics) {
    const auto count = state.topics.find(topic->name)->second.partition_count;
    topic->partitions.assign(next, next + count);
    next += count;
    with_topics.put(std::move(topic));
  }
  published_.set(with_topics.finish());
  return {};
}

Uuid JournaledCatalog::new_topic_id(const Snapshot& snapshot) {
  while (true) {
    const Uuid id = Uuid::random(random_);
    if (!id.is_zero() && snapshot.find(id) == nullptr) return id;
  }
}

/// Both or neither. Logs without records make no files, so that a crash before the commit leaves
/// nothing.
Result<JournaledCatalog::Logs> JournaledCatalog::open_and_commit(
    const OpenRequests& requests, const std::vector<Record>& records) {
  TRY_ASSIGN(Logs logs, logs_.open_logs(requests));
  const auto committed = store_->commit(records);
  if (committed) return logs;
  std::vector<storage::TopicPartition> opened;
  for (const auto& request : requests) opened.push_back(request.partition);
  if (const auto removed = logs_.delete_logs(opened); !removed) {
    log::warning(removed.error().message());
  }
  return fail(committed.error());
}

std::vector<Catalog::Created> JournaledCatalog::create_topics(const std::vector<NewTopic>& topics) {
  const std::lock_guard lock(change_mutex_);
  const auto before = published_.get();
  std::vector<Created> results(topics.size());
  SnapshotBuilder builder(*before);
  std::vector<Record> records;
  std::vector<std::shared_ptr<Topic>> added;
  std::vector<Created*> results_of_added;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const NewTopic& wanted = topics[i];
    if (before->find(wanted.name) != nullptr || !seen.insert(wanted.name).second) {
      results[i].result = {ErrorCode::TOPIC_ALREADY_EXISTS,
                           fmt::format("Topic '{}' already exists.", wanted.name)};
      continue;
    }
    auto topic = std::make_shared<Topic>();
    topic->name = wanted.name;
    topic->id = new_topic_id(*before);
    topic->is_internal = wanted.is_internal;
    topic->overrides = wanted.configs;
    records.emplace_back(TopicAdded{.name = topic->name,
                                    .id = topic->id,
                                    .is_internal = topic->is_internal,
                                    .partition_count = wanted.partition_count,
                                    .overrides = topic->overrides});
    results_of_added.push_back(&results[i]);
    added.push_back(std::move(topic));
  }
  if (added.empty()) return results;

  OpenRequests requests;
  for (std::size_t i = 0; i < added.size(); ++i) {
    add_requests(*added[i], nullptr, 0, std::get<TopicAdded>(records[i]).partition_count, requests);
  }
  const auto logs = open_and_commit(requests, records);
  if (!logs) {
    for (Created* created : results_of_added) created->result = storage_error(logs.error());
    return results;
  }
  auto next = logs->begin();
  for (std::size_t i = 0; i < added.size(); ++i) {
    const auto count = std::get<TopicAdded>(records[i]).partition_count;
    added[i]->partitions.assign(next, next + count);
    next += count;
    results_of_added[i]->id = added[i]->id;
    builder.put(added[i]);
  }
  published_.set(builder.finish());
  return results;
}

/// Of topics whose deletion is in the journal. What cannot be removed now goes at the next start.
void JournaledCatalog::remove_logs(const std::map<Uuid, State::Leftover>& topics) {
  std::vector<storage::TopicPartition> partitions;
  for (const auto& [id, topic] : topics) {
    for (PartitionId p = 0; p < topic.partition_count; ++p) partitions.push_back({topic.name, p});
  }
  if (const auto removed = logs_.delete_logs(partitions); !removed) {
    return log::warning("a log of a deleted topic stays: " + removed.error().message());
  }
  for (const auto& [id, topic] : topics) store_->commit_with_next(LogsRemoved{id});
}

std::vector<ChangeResult> JournaledCatalog::delete_topics(const std::vector<std::string>& names) {
  const std::lock_guard lock(change_mutex_);
  const auto before = published_.get();
  std::vector<ChangeResult> results(names.size());
  SnapshotBuilder builder(*before);
  std::map<std::string, std::shared_ptr<const Topic>> doomed;
  std::vector<Record> records;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto topic = before->find(names[i]);
    if (topic == nullptr || doomed.contains(names[i])) {
      results[i] = unknown_topic();
      continue;
    }
    records.emplace_back(TopicDeleted{topic->id});
    builder.remove(names[i]);
    doomed.emplace(names[i], std::move(topic));
  }
  if (doomed.empty()) return results;
  if (const auto committed = store_->commit(records); !committed) {
    fail_rest(results, committed.error());
    return results;
  }
  published_.set(builder.finish());
  std::map<Uuid, State::Leftover> deleted;
  for (const auto& [name, topic] : doomed) {
    deleted[topic->id] = {name, static_cast<std::int32_t>(topic->partitions.size())};
  }
  remove_logs(deleted);
  return results;
}

ChangeResult JournaledCatalog::create_partitions(const std::string& topic, std::int32_t new_total) {
  const std::lock_guard lock(change_mutex_);
  const auto before = published_.get();
  const auto found = before->find(topic);
  if (found == nullptr) return unknown_topic();
  const auto present = static_cast<std::int32_t>(found->partitions.size());
  if (new_total <= present) {
    return {ErrorCode::INVALID_PARTITIONS,
            fmt::format("Topic already has {} partition(s).", present)};
  }
  OpenRequests requests;
  add_requests(*found, nullptr, present, new_total, requests);
  const auto logs = open_and_commit(requests, {PartitionsAdded{found->id, new_total}});
  if (!logs) return storage_error(logs.error());
  auto changed = std::make_shared<Topic>(*found);
  changed->partitions.insert(changed->partitions.end(), logs->begin(), logs->end());
  SnapshotBuilder builder(*before);
  builder.put(std::move(changed));
  published_.set(builder.finish());
  return {};
}

ChangeResult JournaledCatalog::set_topic_configs(const std::string& topic, ConfigMap overrides) {
  const std::lock_guard lock(change_mutex_);
  const auto before = published_.get();
  const auto found = before->find(topic);
  if (found == nullptr) return unknown_topic();
  if (found->overrides == overrides) return {};
  if (const auto committed = store_->commit(TopicConfigsSet{found->id, overrides}); !committed) {
    return storage_error(committed.error());
  }
  auto changed = std::make_shared<Topic>(*found);
  changed->overrides = std::move(overrides);
  const storage::LogConfig config = log_config_of(*changed);
  for (const auto& log : changed->partitions) log->set_config(config);
  SnapshotBuilder builder(*before);
  builder.put(std::move(changed));
  published_.set(builder.finish());
  return {};
}

}  // namespace kreel::catalog
