#include "catalog/state.hpp"

#include <variant>

namespace kreel::catalog {
namespace {

tl::unexpected<Error> does_not_fit(std::string_view what) {
  return fail(ErrorKind::kBadInput, "a record contradicts those before it: " + std::string(what));
}

// A newer kreel may know more kinds; whoever passed over one would let somebody in.
bool is_well_formed(const Acl& acl) {
  const auto is_within = [](auto kind, auto first, auto last) {
    return kind >= first && kind <= last;
  };
  return is_within(acl.resource, AclResource::kTopic, AclResource::kUser) &&
         is_within(acl.pattern, AclPattern::kLiteral, AclPattern::kPrefixed) &&
         is_within(acl.operation, AclOperation::kAll, AclOperation::kTwoPhaseCommit) &&
         is_within(acl.permission, AclPermission::kDeny, AclPermission::kAllow);
}

}  // namespace

/// One function per kind of record.
struct State::Apply {
  State& state;

  Result<void> operator()(const TopicAdded& added) const {
    if (state.topics.contains(added.name) || state.names.contains(added.id) ||
        added.partition_count < 1) {
      return does_not_fit("topic " + added.name + " is added");
    }
    state.names.emplace(added.id, added.name);
    state.topics.emplace(added.name, Topic{.id = added.id,
                                           .is_internal = added.is_internal,
                                           .partition_count = added.partition_count,
                                           .overrides = added.overrides,
                                           .log_starts = {}});
    return {};
  }

  Result<void> operator()(const TopicDeleted& deleted) const {
    TRY_ASSIGN(const Topic* topic, topic_of(deleted.id));
    const auto name = state.names.extract(deleted.id).mapped();
    state.leftovers.emplace(deleted.id, Leftover{name, topic->partition_count});
    state.topics.erase(name);
    return {};
  }

  Result<void> operator()(const LogsRemoved& removed) const {
    if (state.leftovers.erase(removed.id) == 0) return does_not_fit("logs are removed");
    return {};
  }

  Result<void> operator()(const PartitionsAdded& added) const {
    TRY_ASSIGN(Topic* const topic, topic_of(added.id));
    if (added.new_total <= topic->partition_count) return does_not_fit("partitions");
    topic->partition_count = added.new_total;
    return {};
  }

  Result<void> operator()(const TopicConfigsSet& set) const {
    TRY_ASSIGN(Topic* const topic, topic_of(set.id));
    topic->overrides = set.overrides;
    return {};
  }

  Result<void> operator()(const LogStartMoved& moved) const {
    TRY_ASSIGN(Topic* const topic, topic_of(moved.id));
    if (moved.partition < 0 || moved.partition >= topic->partition_count) {
      return does_not_fit("log start of a partition that is not there");
    }
    topic->log_starts[moved.partition] = moved.offset;
    return {};
  }

  Result<void> operator()(const BrokerConfigsSet& set) const {
    (set.default_broker ? state.default_broker_overrides : state.broker_overrides) = set.overrides;
    return {};
  }

  Result<void> operator()(const GroupConfigsSet& set) const {
    if (set.overrides.empty()) {
      state.group_overrides.erase(set.group);
    } else {
      state.group_overrides[set.group] = set.overrides;
    }
    return {};
  }

  Result<void> operator()(const ProducerIdsReserved& ids) const {
    if (ids.next < state.next_producer_id) return does_not_fit("producer ids go back");
    state.next_producer_id = ids.next;
    return {};
  }

  Result<void> operator()(const ScramCredentialSet& set) const {
    const auto mechanism = security::scram_mechanism(set.mechanism);
    if (!mechanism) return does_not_fit("no mechanism has its number");
    state.users[set.user][*mechanism] = set.credential;
    return {};
  }

  Result<void> operator()(const ScramCredentialRemoved& removed) const {
    const auto mechanism = security::scram_mechanism(removed.mechanism);
    const auto user = state.users.find(removed.user);
    if (!mechanism || user == state.users.end() || user->second.erase(*mechanism) == 0) {
      return does_not_fit("a credential is removed");
    }
    if (user->second.empty()) state.users.erase(user);
    return {};
  }

  Result<void> operator()(const ClientQuotaSet& set) const {
    state.quotas[set.entity][set.key] = set.value;
    return {};
  }

  Result<void> operator()(const ClientQuotaRemoved& removed) const {
    const auto entity = state.quotas.find(removed.entity);
    if (entity == state.quotas.end() || entity->second.erase(removed.key) == 0) {
      return does_not_fit("a quota is removed");
    }
    if (entity->second.empty()) state.quotas.erase(entity);
    return {};
  }

  Result<void> operator()(const AclAdded& added) const {
    if (!is_well_formed(added.acl)) return does_not_fit("an ACL of an unknown kind");
    if (!state.acls.insert(added.acl).second) return does_not_fit("an ACL is added");
    return {};
  }

  Result<void> operator()(const AclRemoved& removed) const {
    if (state.acls.erase(removed.acl) == 0) return does_not_fit("an ACL is removed");
    return {};
  }

 private:
  Result<Topic*> topic_of(const Uuid& id) const {
    const auto name = state.names.find(id);
    if (name == state.names.end()) return does_not_fit("no topic has the id " + id.to_string());
    return &state.topics.find(name->second)->second;
  }
};

Result<void> State::apply(const Record& record) {
  return std::visit(Apply{*this}, record);
}

std::vector<Record> State::to_records() const {
  std::vector<Record> records;
  for (const auto& [id, leftover] : leftovers) {
    records.emplace_back(TopicAdded{.name = leftover.name,
                                    .id = id,
                                    .is_internal = false,
                                    .partition_count = leftover.partition_count,
                                    .overrides = {}});
    records.emplace_back(TopicDeleted{id});
  }
  for (const auto& [name, topic] : topics) {
    records.emplace_back(TopicAdded{.name = name,
                                    .id = topic.id,
                                    .is_internal = topic.is_internal,
                                    .partition_count = topic.partition_count,
                                    .overrides = topic.overrides});
    for (const auto& [partition, offset] : topic.log_starts) {
      records.emplace_back(LogStartMoved{topic.id, partition, offset});
    }
  }
  records.emplace_back(BrokerConfigsSet{false, broker_overrides});
  records.emplace_back(BrokerConfigsSet{true, default_broker_overrides});
  for (const auto& [group, overrides] : group_overrides) {
    records.emplace_back(GroupConfigsSet{group, overrides});
  }
  records.emplace_back(ProducerIdsReserved{next_producer_id});
  for (const auto& [user, credentials] : users) {
    for (const auto& [mechanism, credential] : credentials) {
      records.emplace_back(
          ScramCredentialSet{user, static_cast<std::int8_t>(mechanism), credential});
    }
  }
  for (const auto& [entity, values] : quotas) {
    for (const auto& [key, value] : values) {
      records.emplace_back(ClientQuotaSet{entity, key, value});
    }
  }
  for (const Acl& acl : acls) records.emplace_back(AclAdded{acl});
  return records;
}

}  // namespace kreel::catalog
