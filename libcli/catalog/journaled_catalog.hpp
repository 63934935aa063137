#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/published.hpp"
#include "base/random.hpp"
#include "catalog/acl_changes.hpp"
#include "catalog/catalog.hpp"
#include "catalog/log_config.hpp"
#include "catalog/store.hpp"

namespace kreel::catalog {

/// The Catalog of a data directory: each change is durable in the journal before a snapshot shows
/// it.
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
  using Logs = std::vector<std::shared_ptr<storage::Log>>;
  using OpenRequests = std::vector<storage::LogManager::OpenRequest>;

  // journaled_catalog.cpp
  storage::LogConfig broker_log_config(const Snapshot& snapshot) const;
  storage::LogConfig log_config_of(const Topic& topic) const;
  void apply_compaction(const Snapshot& snapshot);
  ChangeResult commit_acls(AclChange change);
  static ChangeResult storage_error(const Error& error);
  /// Of a change that was not committed: those that were well until then.
  static void fail_rest(std::vector<ChangeResult>& results, const Error& error);

  // journaled_catalog_topics.cpp
  void add_requests(const Topic& topic, const State::Topic* saved, std::int32_t first,
                    std::int32_t end, OpenRequests& requests) const;
  Result<Logs> open_and_commit(const OpenRequests& requests, const std::vector<Record>& records);
  void remove_logs(const std::map<Uuid, State::Leftover>& topics);
  Result<void> remove_leftovers(const State& state);
  Uuid new_topic_id(const Snapshot& snapshot);

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

}  // namespace kreel::catalog
