#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/ledger.hpp"
#include "sim/network.hpp"

namespace kreel::sim {

/// Somebody who uses the broker. Starts itself and goes on until the simulation ends.
class Actor {
 public:
  Actor(World& world, Ledger& ledger, Node& node, const Weather& weather, const std::string& name)
      : world_(world), ledger_(ledger), client_(world, node, weather, name) {}
  virtual ~Actor() = default;
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  virtual void start() = 0;
  /// From here on nothing is in the way: within ten seconds it must have got something done.
  virtual void faults_are_over() {
    is_calm_ = true;
    progress_at_calm_ = progress_;
  }
  virtual void check_progress() {
    if (progress_ == progress_at_calm_) world_.violation(name() + " is stuck");
  }
  const std::string& name() const { return client_.name(); }

 protected:
  void progressed() { ++progress_; }
  bool is_calm() const { return is_calm_; }
  /// Where the log starts, or ends; `done` is not called when the broker does not say.
  void ask_log_start(const TopicPartition& at, std::function<void(Offset)> done) {
    ask_offset(at, -2, std::move(done));
  }
  void ask_log_end(const TopicPartition& at, std::function<void(Offset)> done) {
    ask_offset(at, -1, std::move(done));
  }

  World& world_;
  Ledger& ledger_;
  Client client_;

 private:
  void ask_offset(const TopicPartition& at, std::int64_t which, std::function<void(Offset)> done);

  bool is_calm_ = false;
  std::uint64_t progress_ = 0;
  std::uint64_t progress_at_calm_ = 0;
};

/// An idempotent producer as librdkafka is one: up to five requests of a partition under way; after
/// a failure all that is not acknowledged is sent again, in order, with its sequence numbers.
class ProducerActor final : public Actor {
 public:
  ProducerActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
                const std::string& name, std::vector<TopicPartition> targets);
  void start() override { ask_for_id(); }

 private:
  struct Batch {
    std::int32_t sequence = 0;
    std::vector<std::string> values;
    bool in_flight = false;
    bool acknowledged = false;
  };
  struct Lane {
    TopicPartition at;
    /// From the first one that is not acknowledged: no more than the broker remembers.
    std::deque<Batch> window;
    std::int32_t next_sequence = 0;
    bool failed = false;
  };

  void ask_for_id();
  void turn(std::size_t lane);
  void send(Lane& lane, Batch& batch, std::size_t index);
  void answered(std::size_t index, std::int32_t sequence, std::optional<protocol::ErrorCode> error,
                Offset base_offset);

  std::vector<Lane> lanes_;
  std::int64_t pause_max_ms_;
  std::int64_t producer_id_ = -1;
  std::int16_t epoch_ = -1;
  std::int64_t next_value_ = 0;
};

/// Reads partitions over and over, from the start or from anywhere.
class ReaderActor final : public Actor {
 public:
  ReaderActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
              const std::string& name, std::vector<TopicPartition> sources);
  void start() override { fetch(); }
  /// All of each partition, once: the simulation's last word.
  void start_final_read();
  bool final_read_is_done() const { return final_ && finals_left_ == 0; }

 private:
  struct Source {
    TopicPartition at;
    Offset next = 0;
    Offset asked = 0;  // in the last Fetch
    // What this reader was told; they never go back.
    Offset log_start = 0;
    Offset high_watermark = 0;
    bool done = false;
    std::vector<std::pair<Offset, std::string>> records;
  };
  void fetch();
  void fetched(Source& source, const protocol::FetchResponse::PartitionData& data);

  std::vector<Source> sources_;
  bool final_ = false;
  std::size_t finals_left_ = 0;
};

/// One member of a group: joins, reads what it is given, commits, sometimes leaves or falls silent.
class MemberActor final : public Actor {
 public:
  MemberActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
              const std::string& name, std::string group, std::string topic,
              std::int32_t partitions);
  void start() override { join(); }
  void faults_are_over() override;

 private:
  void join();
  void joined(const protocol::JoinGroupResponse& response);
  void sync(const protocol::JoinGroupResponse& joined);
  void resume(std::vector<std::int32_t> partitions);
  void read();
  void commit();
  void beat(int generation_of_life);
  void again(std::int64_t delay_ms);
  /// Whether to go on in this generation; else the member is joining again.
  bool still_member(protocol::ErrorCode error);

  std::string group_;
  std::string topic_;
  std::int32_t partitions_;
  std::string member_id_;
  std::int32_t generation_ = -1;
  bool is_silent_ = false;
  int life_ = 0;  // what belongs to an older one is void
  std::map<std::int32_t, Offset> positions_;
};

/// Makes and deletes topics, and deletes records.
class AdminActor final : public Actor {
 public:
  AdminActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
             const std::string& name, std::vector<TopicPartition> partitions, bool deletes_records);
  void start() override;
  void check_progress() override {}

 private:
  void turn();
  void create();
  void remove();
  void look();
  void delete_records();
  void delete_before(const TopicPartition& at, Offset before);

  std::vector<TopicPartition> partitions_;
  bool deletes_records_;
  int last_topic_ = 0;
  // What is known of topics of its own: nullopt while nobody can know.
  std::map<std::string, std::optional<bool>> exists_;
};

}  // namespace kreel::sim
