#include "catalog/journaled_catalog.hpp"

#include <fmt/core.h>

#include "base/planted_bug.hpp"
#include "catalog/quota_changes.hpp"
#include "catalog/snapshot_builder.hpp"
#include "catalog/user_changes.hpp"

namespace kreel::catalog {
namespace {

using protocol::ErrorCode;

constexpr ProducerId kProducerIdBlock = 1000;

}  // namespace

ChangeResult JournaledCatalog::storage_error(const Error& error) {
  return {ErrorCode::KAFKA_STORAGE_ERROR, error.message()};
}

void JournaledCatalog::fail_rest(std::vector<ChangeResult>& results, const Error& error) {
  for (ChangeResult& result : results) {
    if (result.ok()) result = storage_error(error);
  }
}

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
    fail_rest(results, committed.error());
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

Result<std::unique_ptr<Catalog>> Catalog::open(fs::FileSystem& fs, storage::LogManager& logs,
                                               Random& random, const ConfigMap& static_config) {
  TRY_ASSIGN(auto store, Store::open(fs, fs::join(logs.directory(), std::string(kCatalogFile))));
  store->set_space_maker([&logs] { return logs.use_reserve(); });
  auto catalog = std::make_unique<JournaledCatalog>(logs, random, static_config, std::move(store));
  TRY(catalog->open_topics());
  return std::unique_ptr<Catalog>(std::move(catalog));
}

}  // namespace kreel::catalog
