#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/types.hpp"
#include "base/uuid.hpp"
#include "catalog/quotas.hpp"
#include "catalog/topic.hpp"
#include "kreel/acls.hpp"
#include "security/scram.hpp"

namespace kreel::catalog {

// What the journal tells, one struct per kind. Topics are named by id, since a name comes back
// when a deleted topic is made anew.

struct TopicAdded {
  std::string name;
  Uuid id;
  bool is_internal = false;
  std::int32_t partition_count = 0;
  ConfigMap overrides;
  bool operator==(const TopicAdded&) const = default;
};

/// The topic is gone for clients; its logs may still be on the disk.
struct TopicDeleted {
  Uuid id;
  bool operator==(const TopicDeleted&) const = default;
};

/// The logs of a deleted topic are out of the way of a new topic with the name.
struct LogsRemoved {
  Uuid id;
  bool operator==(const LogsRemoved&) const = default;
};

struct PartitionsAdded {
  Uuid id;
  std::int32_t new_total = 0;
  bool operator==(const PartitionsAdded&) const = default;
};

/// All overrides, not the difference.
struct TopicConfigsSet {
  Uuid id;
  ConfigMap overrides;
  bool operator==(const TopicConfigsSet&) const = default;
};

struct BrokerConfigsSet {
  bool default_broker = false;
  ConfigMap overrides;
  bool operator==(const BrokerConfigsSet&) const = default;
};

struct LogStartMoved {
  Uuid id;
  PartitionId partition = 0;
  Offset offset = 0;
  bool operator==(const LogStartMoved&) const = default;
};

/// Ids below `next` were, or may have been, given out.
struct ProducerIdsReserved {
  ProducerId next = 0;
  bool operator==(const ProducerIdsReserved&) const = default;
};

/// What a user's password is checked with; in the place of what there was.
struct ScramCredentialSet {
  std::string user;
  std::int8_t mechanism = 0;
  security::ScramCredential credential;
  bool operator==(const ScramCredentialSet&) const = default;
};

struct ScramCredentialRemoved {
  std::string user;
  std::int8_t mechanism = 0;
  bool operator==(const ScramCredentialRemoved&) const = default;
};

/// One quota of an entity; in the place of what there was.
struct ClientQuotaSet {
  QuotaEntity entity;
  std::string key;
  double value = 0;
  bool operator==(const ClientQuotaSet&) const = default;
};

struct ClientQuotaRemoved {
  QuotaEntity entity;
  std::string key;
  bool operator==(const ClientQuotaRemoved&) const = default;
};

struct AclAdded {
  Acl acl;
  bool operator==(const AclAdded&) const = default;
};

struct AclRemoved {
  Acl acl;
  bool operator==(const AclRemoved&) const = default;
};

/// All settings of a group, not the difference; none when they are gone.
struct GroupConfigsSet {
  std::string group;
  ConfigMap overrides;
  bool operator==(const GroupConfigsSet&) const = default;
};

using Record = std::variant<TopicAdded, TopicDeleted, LogsRemoved, PartitionsAdded, TopicConfigsSet,
                            BrokerConfigsSet, LogStartMoved, ProducerIdsReserved,
                            ScramCredentialSet, ScramCredentialRemoved, ClientQuotaSet,
                            ClientQuotaRemoved, AclAdded, AclRemoved, GroupConfigsSet>;

/// The payload of one journal frame: records that become durable together.
Bytes encode_records(std::span<const Record> records);
/// kBadInput when the bytes are not what encode_records() writes.
Result<std::vector<Record>> decode_records(ByteView payload);

}  // namespace kreel::catalog
