#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/lag_trend.hpp"
#include "cli/top_sample.hpp"

namespace kreel::cli {

enum class TopicOrder { kBytes, kRecords, kSize, kName };
enum class GroupOrder { kLag, kOut, kName };

struct TopicLoad {
  std::string name;
  bool internal = false;
  std::int64_t partitions = 0;
  std::optional<double> records_per_s;  // empty in the first sample
  std::optional<double> bytes_per_s;
  std::optional<std::int64_t> size_bytes;
};

// What the samples of a cluster add up to: the rates between the last two of them, and the lag of
// its groups. Knows no terminal.
class TopModel {
 public:
  void add(ClusterSample sample);

  const ClusterSample& sample() const { return last_; }
  std::size_t samples() const { return samples_; }
  std::vector<TopicLoad> topics(TopicOrder order, bool with_internal) const;
  std::vector<LagTrend::Line> groups(GroupOrder order) const;
  // All topics together, internal ones included.
  TopicLoad total() const;

 private:
  ClusterSample last_;
  std::size_t samples_ = 0;
  std::vector<TopicLoad> topics_;
  LagTrend trend_{LagBy::kGroup};
  std::vector<LagTrend::Line> groups_;
};

}  // namespace kreel::cli
