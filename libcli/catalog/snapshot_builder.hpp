#pragma once

#include <memory>
#include <set>
#include <string>

#include "catalog/catalog.hpp"

namespace kreel::catalog {

/// Makes the next snapshot out of the one before, sharing the topics that stay.
class SnapshotBuilder {
 public:
  SnapshotBuilder() : snapshot_(std::make_shared<Snapshot>()) {}
  explicit SnapshotBuilder(const Snapshot& before)
      : snapshot_(std::make_shared<Snapshot>(before)) {}

  /// Adds the topic, or puts it in the place of the one with its name.
  void put(std::shared_ptr<const Topic> topic);
  void remove(const std::string& name);
  void set_broker_overrides(ConfigMap overrides);
  void set_default_broker_overrides(ConfigMap overrides);
  void set_group_overrides(GroupConfigs overrides);
  void set_users(Users users);
  void set_quotas(ClientQuotas quotas);
  void set_acls(std::set<Acl> acls);

  /// The builder is empty afterwards.
  std::shared_ptr<const Snapshot> finish() { return std::move(snapshot_); }

 private:
  std::shared_ptr<Snapshot> snapshot_;
};

}  // namespace kreel::catalog
