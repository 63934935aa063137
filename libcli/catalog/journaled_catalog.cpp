#include "catalog/catalog.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>

#include <fmt/core.h>

#include "base/log.hpp"
#include "base/planted_bug.hpp"
#include "catalog/acl_changes.hpp"
#include "catalog/log_config.hpp"
#include "catalog/quota_changes.hpp"
#include "catalog/snapshot_builder.hpp"
#include "catalog/store.hpp"
#include "catalog/user_changes.hpp"

namespace kreel::catalog {
namespace {

using protocol::ErrorCode;

constexpr ProducerId kProducerIdBlock = 1000;

using Logs = std::vector<std::shared_ptr<storage::Log>>;
using OpenRequests = std::vector<storage::LogManager::OpenRequest>;

ChangeResult storage_error(const Error& error) {
  return {ErrorCode::KAFKA_STORAGE_ERROR, error.message()};
}

ChangeResult unknown_topic() {
  return {ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition."};
}

class JournaledCatalog final : public Catalog {
 public:
  JournaledCatalog(storage::LogManager& logs, Random& random, const ConfigMap& static_config,
                   std::unique_ptr<Store> store)
      : logs_(logs), random_(random), static_config_(static_config), store_(std::move(store)) {}

  Result<void> open_topics();

  void set_storage_failure_handler(std::function<void(const Error&)> handler) override {
    store_->set_failure_handler(std::move(handler));
  }
  std::shared_ptr<const Snapshot> snapshot() const override { return published_.get(); }
  std::vector<Created> create_topics(const std::vector<NewTopic>& topics) override;
  std::vector<ChangeResult> delete_topics(const std::vector<std::string>& names) override;
  ChangeResult create_partitions(const std::string& topic, std::int32_t new_total) override;
  ChangeResult set_topic_configs(const std::string& topic, ConfigMap overrides) override;
  ChangeResult set_broker_configs(bool default_broker, ConfigMap overrides) override;
  ChangeResult set_group_configs(const std::string& group, ConfigMap overrides) override;
  std::vector<ChangeResult> change_users(const std::vector<UserChange>& changes) override;
  ChangeResult change_quotas(const std::vector<QuotaChange>& changes) override;
  ChangeResult add_acls(const std::vector<Acl>& acls) override;
  RemovedAcls remove_acls(const std::vector<AclFilter>& filters) override;
  Result<void> save_log_starts(const storage::OffsetsByPartition& starts) override;
  std::optional<ProducerId> next_producer_id() override;
  Result<void> reserve_producer_ids() override;

 private:
  void remove_logs(const std::map<Uuid, State::Leftover>& topics);
  Result<void> remove_leftovers(const State& state);
  Result<Logs> open_logs(const Topic& topic, std::int32_t first, std::int32_t end);
  void add_requests(const Topic& topic, const State::Topic* saved, std::int32_t first,
                    std::int32_t end, OpenRequests& requests) const;
  storage::LogConfig broker_log_config(const Snapshot& snapshot) const;
  storage::LogConfig log_config_of(const Topic& topic) const;
  void apply_compaction(const Snapshot& snapshot);
  Uuid new_topic_id(const Snapshot& snapshot);
  ChangeResult commit_acls(AclChange change);

  storage::LogManager& logs_;
  Random& random_;
  const ConfigMap static_config_;
  std::unique_ptr<Store> store_;
  Published<Snapshot> published_{std::make_shared<Snapshot>()};

  /// Held through every change of topics or settings, so that snapshots follow each other.
  std::mutex change_mutex_;
  /// What a topic without overrides has now.
  storage::LogConfig log_config_of_broker_;
  /// What the log manager has been opened with, then what it was told.
  storage::LogManagerOptions::Compaction compaction_ = resolve_compaction(static_config_);

  std::mutex producer_ids_mutex_;
  ProducerId next_id_ = 0;
  ProducerId end_of_block_ = 0;
};

storage::LogConfig JournaledCatalog::broker_log_config(const Snapshot& snapshot) const {
  return resolve_broker_log_config(merge_broker_configs(
      static_config_, snapshot.default_broker_overrides(), snapshot.broker_overrides()));
}

void JournaledCatalog::apply_compaction(const Snapshot& snapshot) {
  const auto now = resolve_compaction(merge_broker_configs(
      static_config_, snapshot.default_broker_overrides(), snapshot.broker_overrides()));
  if (now == compaction_) return;
  compaction_ = now;
  logs_.set_compaction(now);
}

storage::LogConfig JournaledCatalog::log_config_of(const Topic& topic) const {
  return with_overrides(log_config_of_broker_, own_settings(topic, static_config_));
}

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

Result<Logs> JournaledCatalog::open_logs(const Topic& topic, std::int32_t first, std::int32_t end) {
  OpenRequests requests;
  add_requests(topic, nullptr, first, end, requests);
  return logs_.open_logs(requests);
}

std::vector<Catalog::Created> JournaledCatalog::create_topics(const std::vector<NewTopic>& topics) {
  const std::lock_guard lock(change_mutex_);
  const auto before = published_.get();
  std::vector<Created> results(topics.size());
  SnapshotBuilder builder(*before);
  std::vector<Record> records;
  std::vector<std::shared_ptr<Topic>> added;
  std::vector<Created*> results_of_added;
  std::map<std::string_view, const NewTopic*> seen;
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const NewTopic& wanted = topics[i];
    if (before->find(wanted.name) != nullptr || !seen.emplace(wanted.name, &wanted).second) {
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

  // Logs without records make no files, so that a crash before the commit leaves nothing.
  OpenRequests requests;
  for (std::size_t i = 0; i < added.size(); ++i) {
    add_requests(*added[i], nullptr, 0, std::get<TopicAdded>(records[i]).partition_count, requests);
  }
  const auto fail_all = [&](const Error& error) {
    for (Created* created : results_of_added) created->result = storage_error(error);
    return results;
  };
  const auto logs = logs_.open_logs(requests);
  if (!logs) return fail_all(logs.error());
  if (const auto committed = store_->commit(records); !committed) {
    std::vector<storage::TopicPartition> opened;
    for (const auto& request : requests) opened.push_back(request.partition);
    if (const auto removed = logs_.delete_logs(opened); !removed) {
      log::warning(removed.error().message());
    }
    return fail_all(committed.error());
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
    for (ChangeResult& result : results) {
      if (result.ok()) result = storage_error(committed.error());
    }
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
  const auto logs = open_logs(*found, present, new_total);
  if (!logs) return storage_error(logs.error());
  if (const auto committed = store_->commit(PartitionsAdded{found->id, new_total}); !committed) {
    std::vector<storage::TopicPartition> opened;
    for (PartitionId p = present; p < new_total; ++p) opened.push_back({topic, p});
    if (const auto removed = logs_.delete_logs(opened); !removed) {
      log::warning(removed.error().message());
    }
    return storage_error(committed.error());
  }
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

ChangeResult JournaledCatalog::set_group_configs(const std::string& group, ConfigMap overrides) {
  const std::lock_guard lock(change_mutex_);
  const auto before = published_.get();
  if (const auto committed = store_->commit(GroupConfigsSet{group, overrides}); !committed) {
    return storage_error(committed.error());
  }
  GroupConfigs all = *before->group_overrides();
  if (overrides.empty()) {
    all.erase(group);
  } else {
    all[group] = std::move(overrides);
  }
  SnapshotBuilder builder(*before);
  builder.set_group_overrides(std::move(all));
  published_.set(builder.finish());
  return {};
}

ChangeResult JournaledCatalog::set_broker_configs(bool default_broker, ConfigMap overrides) {
  const std::lock_guard lock(change_mutex_);
  const auto before = published_.get();
  if (const auto committed = store_->commit(BrokerConfigsSet{default_broker, overrides});
      !committed) {
    return storage_error(committed.error());
  }
  SnapshotBuilder builder(*before);
  if (default_broker) {
    builder.set_default_broker_overrides(std::move(overrides));
  } else {
    builder.set_broker_overrides(std::move(overrides));
  }
  const auto after = builder.finish();
  apply_compaction(*after);
  const storage::LogConfig base = broker_log_config(*after);
  if (base != log_config_of_broker_) {
    log_config_of_broker_ = base;
    for (const auto& [name, topic] : after->topics()) {
      const storage::LogConfig config = log_config_of(*topic);
      for (const auto& log : topic->partitions) log->set_config(config);
    }
  }
  published_.set(after);
  return {};
}

std::vector<ChangeResult> JournaledCatalog::change_users(const std::vector<UserChange>& changes) {
  const std::lock_guard lock(change_mutex_);
  const auto before = published_.get();
  std::vector<ChangeResult> results(changes.size());
  Users users = before->users();
  std::vector<Record> records;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (change_user(changes[i], users, records)) continue;
    results[i] = {ErrorCode::RESOURCE_NOT_FOUND,
                  "Attempt to delete a user credential that does not exist"};
  }
  if (records.empty()) return results;
  if (const auto committed = store_->commit(records); !committed) {
    for (ChangeResult& result : results) {
      if (result.ok()) result = storage_error(committed.error());
    }
    return results;
  }
  SnapshotBuilder builder(*before);
  builder.set_users(std::move(users));
  published_.set(builder.finish());
  return results;
}

ChangeResult JournaledCatalog::change_quotas(const std::vector<QuotaChange>& changes) {
  const std::lock_guard lock(change_mutex_);
  const auto before = published_.get();
  ClientQuotas quotas = *before->quotas();
  std::vector<Record> records;
  for (const QuotaChange& change : changes) change_quotas_of_one(change, quotas, records);
  if (records.empty()) return {};
  if (const auto committed = store_->commit(records); !committed) {
    return storage_error(committed.error());
  }
  SnapshotBuilder builder(*before);
  builder.set_quotas(std::move(quotas));
  published_.set(builder.finish());
  return {};
}

ChangeResult JournaledCatalog::add_acls(const std::vector<Acl>& acls) {
  const std::lock_guard lock(change_mutex_);
  return commit_acls(with_acls_added(published_.get()->acls()->all(), acls));
}

Catalog::RemovedAcls JournaledCatalog::remove_acls(const std::vector<AclFilter>& filters) {
  const std::lock_guard lock(change_mutex_);
  RemovedAcls removed;
  auto change = with_acls_removed(published_.get()->acls()->all(), filters, removed.by_filter);
  removed.result = change ? commit_acls(std::move(*change))
                          : ChangeResult{ErrorCode::POLICY_VIOLATION,
                                         fmt::format("The filters mean more than {} ACLs together.",
                                                     kRemovedAclsMax)};
  return removed;
}

ChangeResult JournaledCatalog::commit_acls(AclChange change) {
  if (change.records.empty()) return {};
  if (const auto committed = store_->commit(change.records); !committed) {
    return storage_error(committed.error());
  }
  SnapshotBuilder builder(*published_.get());
  builder.set_acls(std::move(change.after));
  published_.set(builder.finish());
  acl_generation_.fetch_add(1);
  return {};
}

Result<void> JournaledCatalog::save_log_starts(const storage::OffsetsByPartition& starts) {
  return store_->move_log_starts(starts);
}

std::optional<ProducerId> JournaledCatalog::next_producer_id() {
  const std::lock_guard lock(producer_ids_mutex_);
  if (next_id_ == end_of_block_) return std::nullopt;
  return next_id_++;
}

Result<void> JournaledCatalog::reserve_producer_ids() {
  // The change mutex keeps two callers from reserving a block each.
  const std::lock_guard lock(change_mutex_);
  {
    const std::lock_guard ids(producer_ids_mutex_);
    if (next_id_ != end_of_block_) return {};
  }
  const ProducerId first = store_->next_producer_id();
  const auto block = KREEL_BUG("reuse_producer_ids") ? 0 : kProducerIdBlock;
  TRY(store_->commit(ProducerIdsReserved{first + block}));
  const std::lock_guard ids(producer_ids_mutex_);
  next_id_ = first;
  end_of_block_ = first + kProducerIdBlock;
  return {};
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::open(fs::FileSystem& fs, storage::LogManager& logs,
                                               Random& random, const ConfigMap& static_config) {
  TRY_ASSIGN(auto store, Store::open(fs, fs::join(logs.directory(), std::string(kCatalogFile))));
  store->set_space_maker([&logs] { return logs.use_reserve(); });
  auto catalog = std::make_unique<JournaledCatalog>(logs, random, static_config, std::move(store));
  TRY(catalog->open_topics());
  return std::unique_ptr<Catalog>(std::move(catalog));
}

}  // namespace kreel::catalog
