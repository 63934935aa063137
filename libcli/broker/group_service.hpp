#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/group_router.hpp"
#include "coordinator/group_service.hpp"

namespace kreel::broker {

class Broker;
class IoThread;

/// The group coordinator as the broker runs it: one shard per io thread, over the partitions of
/// __consumer_offsets.
class GroupService {
 public:
  explicit GroupService(Broker& broker);
  ~GroupService();

  /// Gives every partition of __consumer_offsets to its shard, which replays it; requests answer
  /// COORDINATOR_LOAD_IN_PROGRESS meanwhile. Once, when the topic exists and io threads run.
  void load();

  /// Immutable; its calls bring a request to the shard that owns the group.
  const coordinator::GroupRouter& router() const { return *router_; }

  /// Forgets the offsets of topics that were deleted.
  void topics_deleted(IoThread& home, std::vector<std::string> names);

  /// Ends a transaction in a partition of __consumer_offsets; NONE when that is on disk, in every
  /// flush mode. `done` is called on `home`.
  void end_transaction(IoThread& home, PartitionId partition,
                       const coordinator::TransactionMarker& marker,
                       coordinator::MarkerWriter::Done done);

  /// Destroys the shards on their threads; what is parked is answered. Before the io threads stop.
  void stop();

  struct CommittedOffset {
    std::string group_id;
    std::string topic;
    PartitionId partition = 0;
    Offset offset = -1;
  };
  /// All committed offsets, asked of the shards on their threads; a shard that does not answer in
  /// time is left out. Blocks: not on an io thread.
  std::vector<CommittedOffset> committed_offsets(std::chrono::milliseconds wait_at_most) const;

 private:
  struct Shard;

  Broker& broker_;
  std::atomic<bool> stopping_{false};
  std::unique_ptr<coordinator::TopicView> topics_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<coordinator::GroupRouter> router_;
};

}  // namespace kreel::broker
