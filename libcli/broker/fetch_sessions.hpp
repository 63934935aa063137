#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.hpp"
#include "base/types.hpp"
#include "base/uuid.hpp"
#include "broker/limits.hpp"
#include "protocol/error_code.hpp"
#include "protocol/messages/fetch.hpp"

namespace kreel::broker {

/// One partition that a fetch asks for, by name or (version 13 on) by topic id.
struct FetchTarget {
  std::string topic;
  Uuid topic_id;
  PartitionId partition = 0;
  Offset fetch_offset = 0;
  std::int32_t max_bytes = 0;
  LeaderEpoch current_leader_epoch = -1;
  LeaderEpoch last_fetched_epoch = -1;
};

/// An incremental fetch session (KIP-227): the partitions that the client asked for before, so that
/// a request names only what changed and a reply only what is new.
class FetchSession {
 public:
  FetchSession(std::int32_t id, bool uses_topic_ids) : id_(id), uses_topic_ids_(uses_topic_ids) {}

  std::int32_t id() const { return id_; }
  bool uses_topic_ids() const { return uses_topic_ids_; }

  /// Applies added, changed and forgotten partitions.
  void update(const protocol::FetchRequest& request);
  /// In the order in which they are to be read.
  std::vector<FetchTarget> targets() const;
  /// What counts against FetchSessionCache's bound: the sum of weight_of() over the partitions.
  std::size_t weight() const { return weight_; }

  /// Whether an incremental reply has to carry `answer`, remembering what the client now knows.
  /// Partitions with data move to the end, so that all get their turn.
  bool wants(const FetchTarget& target, const protocol::FetchResponse::PartitionData& answer);

  std::int32_t next_epoch = 1;
  std::atomic<std::int64_t> last_used_ms{0};
  std::mutex mutex;  ///< held while a request of the session is looked at or answered

 private:
  struct Key {
    std::string topic;
    Uuid topic_id;
    PartitionId partition;
    auto operator<=>(const Key&) const = default;
  };
  struct Cached {
    FetchTarget target;
    Offset high_watermark = -1;
    Offset log_start_offset = -1;
  };
  static Key key_of(const FetchTarget& target) {
    return {target.topic, target.topic_id, target.partition};
  }

  std::int32_t id_;
  bool uses_topic_ids_;
  std::list<Cached> order_;
  std::map<Key, std::list<Cached>::iterator> by_key_;
  std::size_t weight_ = 0;
};

/// All sessions of the broker, limited in number and in partitions. Thread-safe.
class FetchSessionCache {
 public:
  /// Kafka's min.incremental.fetch.session.eviction.ms.
  static constexpr std::int64_t kEvictionMs = 120'000;

  FetchSessionCache(std::size_t slots, Random& random,
                    std::size_t partitions_max = limits::kFetchSessionPartitions)
      : slots_(slots), partitions_max_(partitions_max), random_(random) {}

  struct Opened {
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    /// Null for a fetch without a session.
    std::shared_ptr<FetchSession> session;
    bool incremental = false;
    std::vector<FetchTarget> targets;
  };
  /// Finds, makes or closes the session that the request speaks of, and lists what to read.
  Opened open(const protocol::FetchRequest& request, protocol::Version version,
              std::int64_t now_ms);

  /// Of a client that was not told of it.
  void close(const FetchSession& session);

  std::size_t size() const;

 private:
  struct Entry {
    std::shared_ptr<FetchSession> session;
    std::size_t weight = 0;
  };
  using Entries = std::unordered_map<std::int32_t, Entry>;

  std::shared_ptr<FetchSession> create(bool uses_topic_ids, std::size_t weight,
                                       std::int64_t now_ms);
  bool make_room(std::size_t weight, std::int64_t now_ms);
  bool resize(const FetchSession& session, std::size_t weight);
  void erase(Entries::iterator entry);
  Opened open_incremental(const protocol::FetchRequest& request, bool uses_topic_ids,
                          std::int64_t now_ms);

  const std::size_t slots_;
  const std::size_t partitions_max_;
  Random& random_;
  mutable std::mutex mutex_;
  Entries sessions_;
  std::size_t weight_ = 0;  ///< of all sessions
};

/// 1; more where the topic's name is longer than a topic's name can be.
std::size_t weight_of(const FetchTarget& target);

/// The partitions of one request, in its order.
std::vector<FetchTarget> targets_of(const protocol::FetchRequest& request);

}  // namespace kreel::broker
