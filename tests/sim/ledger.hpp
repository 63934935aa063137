#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/world.hpp"
#include "storage/log.hpp"

namespace kreel::sim {

using storage::TopicPartition;

/// What clients were told, and what they must therefore find for ever. Values are "<producer>-<n>":
/// unique, and counting up in the order in which a producer sends them to a partition.
class Ledger {
 public:
  explicit Ledger(World& world) : world_(world) {}

  void sent(const std::string& value) { sent_.insert(value); }
  /// A broker has acknowledged `value`, at `offset` where it has told it.
  void acknowledged(const TopicPartition& at, Offset offset, const std::string& value);
  /// A reader has got it.
  void observed(const TopicPartition& at, Offset offset, const std::string& value);
  /// A reader was told where the log starts: nobody has deleted less.
  void log_start_found(const TopicPartition& at, Offset log_start);

  void commit_tried(const std::string& group, const TopicPartition& at, Offset offset);
  void commit_acknowledged(const std::string& group, const TopicPartition& at, Offset offset);
  /// What OffsetFetch says; -1 for nothing.
  void commit_found(const std::string& group, const TopicPartition& at, Offset offset);

  void records_deleted_tried(const TopicPartition& at, Offset before);

  /// check_all() looks for what has been promised until now.
  void close_books() { promised_ = partitions_; }
  /// All of a partition, from its log start: nothing acknowledged or observed is missing, nothing
  /// is there twice, and each producer's values are in order.
  void check_all(const TopicPartition& at, Offset log_start,
                 const std::vector<std::pair<Offset, std::string>>& records);
  std::set<TopicPartition> partitions() const;
  std::size_t acknowledged_count() const { return acknowledged_count_; }
  std::size_t observed_count() const { return observed_count_; }

 private:
  struct Partition {
    std::map<std::string, std::optional<Offset>> acknowledged;
    std::map<Offset, std::string> seen;
    std::map<std::string, Offset> place_of;  // of what was seen: no value has two
    Offset delete_tried = 0;
  };
  struct Commit {
    Offset tried = -1;
    Offset acknowledged = -1;
  };
  void see(const TopicPartition& at, Offset offset, const std::string& value);

  World& world_;
  std::set<std::string> sent_;
  std::map<TopicPartition, Partition> partitions_;
  std::map<TopicPartition, Partition> promised_;
  std::map<std::pair<std::string, TopicPartition>, Commit> commits_;
  std::size_t acknowledged_count_ = 0;
  std::size_t observed_count_ = 0;
};

}  // namespace kreel::sim
