#include "catalog/state.hpp"

#include <type_traits>

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

State::Topic* State::find(const Uuid& id) {
  const auto name = names.find(id);
  if (name == names.end()) return nullptr;
  return &topics.find(name->second)->second;
}

Result<void> State::apply(const Record& record) {
  if (const auto* added = std::get_if<TopicAdded>(&record)) {
    if (topics.contains(added->name) || names.contains(added->id) || added->partition_count < 1) {
      return does_not_fit("topic " + added->name + " is added");
    }
    names.emplace(added->id, added->name);
    topics.emplace(added->name, Topic{.id = added->id,
                                      .is_internal = added->is_internal,
                                      .partition_count = added->partition_count,
                                      .overrides = added->overrides,
                                      .log_starts = {}});
    return {};
  }
  if (const auto* removed = std::get_if<LogsRemoved>(&record)) {
    return leftovers.erase(removed->id) == 1 ? Result<void>{} : does_not_fit("logs are removed");
  }
  if (const auto* broker = std::get_if<BrokerConfigsSet>(&record)) {
    (broker->default_broker ? default_broker_overrides : broker_overrides) = broker->overrides;
    return {};
  }
  if (const auto* group = std::get_if<GroupConfigsSet>(&record)) {
    if (group->overrides.empty()) {
      group_overrides.erase(group->group);
    } else {
      group_overrides[group->group] = group->overrides;
    }
    return {};
  }
  if (const auto* ids = std::get_if<ProducerIdsReserved>(&record)) {
    if (ids->next < next_producer_id) return does_not_fit("producer ids go back");
    next_producer_id = ids->next;
    return {};
  }
  if (const auto* set = std::get_if<ScramCredentialSet>(&record)) {
    const auto mechanism = security::scram_mechanism(set->mechanism);
    if (!mechanism) return does_not_fit("no mechanism has its number");
    users[set->user][*mechanism] = set->credential;
    return {};
  }
  if (const auto* gone = std::get_if<ScramCredentialRemoved>(&record)) {
    const auto mechanism = security::scram_mechanism(gone->mechanism);
    const auto user = users.find(gone->user);
    if (!mechanism || user == users.end() || user->second.erase(*mechanism) == 0) {
      return does_not_fit("a credential is removed");
    }
    if (user->second.empty()) users.erase(user);
    return {};
  }
  if (const auto* quota = std::get_if<ClientQuotaSet>(&record)) {
    quotas[quota->entity][quota->key] = quota->value;
    return {};
  }
  if (const auto* quota = std::get_if<ClientQuotaRemoved>(&record)) {
    const auto entity = quotas.find(quota->entity);
    if (entity == quotas.end() || entity->second.erase(quota->key) == 0) {
      return does_not_fit("a quota is removed");
    }
    if (entity->second.empty()) quotas.erase(entity);
    return {};
  }
  if (const auto* acl = std::get_if<AclAdded>(&record)) {
    if (!is_well_formed(acl->acl)) return does_not_fit("an ACL of an unknown kind");
    return acls.insert(acl->acl).second ? Result<void>{} : does_not_fit("an ACL is added");
  }
  if (const auto* acl = std::get_if<AclRemoved>(&record)) {
    return acls.erase(acl->acl) == 1 ? Result<void>{} : does_not_fit("an ACL is removed");
  }
  return std::visit(
      [this](const auto& of_topic) -> Result<void> {
        using Kind = std::remove_cvref_t<decltype(of_topic)>;
        if constexpr (requires { of_topic.id; }) {
          Topic* topic = find(of_topic.id);
          if (topic == nullptr)
            return does_not_fit("no topic has the id " + of_topic.id.to_string());
          if constexpr (std::is_same_v<Kind, TopicDeleted>) {
            const auto name = names.extract(of_topic.id).mapped();
            leftovers.emplace(of_topic.id, Leftover{name, topic->partition_count});
            topics.erase(name);
          } else if constexpr (std::is_same_v<Kind, PartitionsAdded>) {
            if (of_topic.new_total <= topic->partition_count) return does_not_fit("partitions");
            topic->partition_count = of_topic.new_total;
          } else if constexpr (std::is_same_v<Kind, TopicConfigsSet>) {
            topic->overrides = of_topic.overrides;
          } else if constexpr (std::is_same_v<Kind, LogStartMoved>) {
            if (of_topic.partition < 0 || of_topic.partition >= topic->partition_count) {
              return does_not_fit("log start of a partition that is not there");
            }
            topic->log_starts[of_topic.partition] = of_topic.offset;
          }
        }
        return {};
      },
      record);
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
