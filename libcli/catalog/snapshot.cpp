#include "catalog/snapshot_builder.hpp"

namespace kreel::catalog {

std::shared_ptr<const Topic> Snapshot::find(std::string_view name) const {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : found->second;
}

std::shared_ptr<const Topic> Snapshot::find(const Uuid& id) const {
  const auto found = topics_by_id_.find(id);
  return found == topics_by_id_.end() ? nullptr : found->second;
}

void SnapshotBuilder::put(std::shared_ptr<const Topic> topic) {
  remove(topic->name);
  snapshot_->topics_by_id_.emplace(topic->id, topic);
  snapshot_->topics_.emplace(topic->name, std::move(topic));
}

void SnapshotBuilder::remove(const std::string& name) {
  const auto found = snapshot_->topics_.find(name);
  if (found == snapshot_->topics_.end()) return;
  snapshot_->topics_by_id_.erase(found->second->id);
  snapshot_->topics_.erase(found);
}

void SnapshotBuilder::set_broker_overrides(ConfigMap overrides) {
  snapshot_->broker_overrides_ = std::move(overrides);
}

void SnapshotBuilder::set_group_overrides(GroupConfigs overrides) {
  snapshot_->group_overrides_ = std::make_shared<GroupConfigs>(std::move(overrides));
}

void SnapshotBuilder::set_users(Users users) {
  snapshot_->users_ = std::make_shared<Users>(std::move(users));
}

void SnapshotBuilder::set_quotas(ClientQuotas quotas) {
  snapshot_->quotas_ = std::make_shared<ClientQuotas>(std::move(quotas));
}

void SnapshotBuilder::set_acls(std::set<Acl> acls) {
  snapshot_->acls_ = std::make_shared<security::AclSet>(std::move(acls));
}

void SnapshotBuilder::set_default_broker_overrides(ConfigMap overrides) {
  snapshot_->default_broker_overrides_ = std::move(overrides);
}

}  // namespace kreel::catalog
