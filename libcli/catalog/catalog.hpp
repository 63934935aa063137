#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/published.hpp"
#include "base/result.hpp"
#include "catalog/quotas.hpp"
#include "catalog/topic.hpp"
#include "catalog/users.hpp"
#include "protocol/error_code.hpp"
#include "security/acl_set.hpp"
#include "storage/log_manager.hpp"

namespace kreel::catalog {

/// In the data directory; from the first start on.
inline constexpr std::string_view kCatalogFile = "kreel.catalog";

/// All topics, users, quotas, ACLs and broker settings at one moment. Immutable, shared by readers.
class Snapshot {
 public:
  std::shared_ptr<const Topic> find(std::string_view name) const;
  std::shared_ptr<const Topic> find(const Uuid& id) const;
  /// Sorted by name.
  const std::map<std::string, std::shared_ptr<const Topic>, std::less<>>& topics() const {
    return topics_;
  }
  /// Settings made with AlterConfigs on the broker itself and on the default broker.
  const ConfigMap& broker_overrides() const { return broker_overrides_; }
  const ConfigMap& default_broker_overrides() const { return default_broker_overrides_; }
  /// Settings made with AlterConfigs on groups.
  const std::shared_ptr<const GroupConfigs>& group_overrides() const { return group_overrides_; }
  /// Who has a password here, by name.
  const Users& users() const { return *users_; }
  const std::shared_ptr<const ClientQuotas>& quotas() const { return quotas_; }
  /// Kept also where nobody asks them, for want of an authorizer.
  const std::shared_ptr<const security::AclSet>& acls() const { return acls_; }

 private:
  friend class SnapshotBuilder;
  std::map<std::string, std::shared_ptr<const Topic>, std::less<>> topics_;
  std::unordered_map<Uuid, std::shared_ptr<const Topic>> topics_by_id_;
  ConfigMap broker_overrides_;
  ConfigMap default_broker_overrides_;
  std::shared_ptr<const GroupConfigs> group_overrides_ = std::make_shared<GroupConfigs>();
  std::shared_ptr<const Users> users_ = std::make_shared<Users>();
  std::shared_ptr<const ClientQuotas> quotas_ = std::make_shared<ClientQuotas>();
  std::shared_ptr<const security::AclSet> acls_ = std::make_shared<security::AclSet>();
};

/// What a change answers to the client.
struct ChangeResult {
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
  std::string message;
  bool ok() const { return error == protocol::ErrorCode::NONE; }
};

struct NewTopic {
  std::string name;
  std::int32_t partition_count = 1;
  ConfigMap configs;
  bool is_internal = false;
};

/// All changes of one user's credentials: all of them happen, or none does.
struct UserChange {
  std::string user;
  std::vector<std::pair<security::ScramMechanism, security::ScramCredential>> set;
  std::vector<security::ScramMechanism> removed;
};

/// The one owner of what topics there are and how they are set: an immutable snapshot for readers,
/// and one journal file that every change is durable in before the snapshot shows it. Checking
/// (names, collisions, config values) has been done by the callers with catalog/validation.hpp, but
/// existence is checked here again, since requests race.
///
/// The change functions block on the disk: call them on the flusher's thread
/// (storage::Flusher::run).
class Catalog {
 public:
  /// Reads the journal and opens every partition's log.
  static Result<std::unique_ptr<Catalog>> open(fs::FileSystem& fs, storage::LogManager& logs,
                                               Random& random, const ConfigMap& static_config);
  virtual ~Catalog() = default;

  /// Called once when the journal could not be written for good: nothing changes any more, and the
  /// broker has to stop as for a failed log.
  virtual void set_storage_failure_handler(std::function<void(const Error&)> handler) = 0;

  /// Thread-safe, cheap.
  virtual std::shared_ptr<const Snapshot> snapshot() const = 0;

  /// Another number, and never 0, after each change of ACLs: whoever reads it before snapshot() has
  /// those ACLs at least. Thread-safe, and much cheaper than a snapshot.
  std::uint64_t acl_generation() const { return acl_generation_.load(); }

  struct Created {
    ChangeResult result;
    Uuid id;
  };
  /// One durable write for all; a topic that fails does not affect the others. In order.
  virtual std::vector<Created> create_topics(const std::vector<NewTopic>& topics) = 0;
  virtual std::vector<ChangeResult> delete_topics(const std::vector<std::string>& names) = 0;
  virtual ChangeResult create_partitions(const std::string& topic, std::int32_t new_total) = 0;
  /// Replaces all overrides of the topic.
  virtual ChangeResult set_topic_configs(const std::string& topic, ConfigMap overrides) = 0;
  virtual ChangeResult set_broker_configs(bool default_broker, ConfigMap overrides) = 0;
  /// Replaces all settings of the group, which need not exist.
  virtual ChangeResult set_group_configs(const std::string& group, ConfigMap overrides) = 0;
  /// One durable write for all users; each is named once. RESOURCE_NOT_FOUND for one who has not
  /// what is to be removed.
  virtual std::vector<ChangeResult> change_users(const std::vector<UserChange>& changes) = 0;
  /// One durable write for all; what was so before is not written again.
  virtual ChangeResult change_quotas(const std::vector<QuotaChange>& changes) = 0;

  /// Adds those that are not there yet: all of them, or none.
  virtual ChangeResult add_acls(const std::vector<Acl>& acls) = 0;
  struct RemovedAcls {
    ChangeResult result;
    /// Per filter what it has matched; what two match is told by both.
    std::vector<std::vector<Acl>> by_filter;
  };
  virtual RemovedAcls remove_acls(const std::vector<AclFilter>& filters) = 0;

  /// Durable before it returns; the storage layer's LogStartSaver.
  virtual Result<void> save_log_starts(const storage::OffsetsByPartition& starts) = 0;

  /// A producer id that was never given out before, also not before a crash: taken from a block
  /// that is durable. nullopt while the next block is being reserved: call reserve_producer_ids().
  virtual std::optional<ProducerId> next_producer_id() = 0;
  virtual Result<void> reserve_producer_ids() = 0;

 protected:
  std::atomic<std::uint64_t> acl_generation_{1};  ///< counted up once a snapshot shows the change
};

}  // namespace kreel::catalog
