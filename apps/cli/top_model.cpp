#include "cli/top_model.hpp"

#include <algorithm>
#include <iterator>

namespace kreel::cli {
namespace {

void add_rate(std::optional<double>& sum, std::int64_t from, std::int64_t to, double seconds) {
  // Retention and a topic made anew take away; what came in is then not known, and not negative.
  sum = sum.value_or(0) + static_cast<double>(std::max<std::int64_t>(0, to - from)) / seconds;
}

std::vector<TopicLoad> loads(const ClusterSample& before, const ClusterSample& now) {
  std::vector<TopicLoad> topics;
  const double seconds = static_cast<double>(now.at_ms - before.at_ms) / 1e3;
  for (const auto& [name, partitions] : now.topics) {
    TopicLoad& topic = topics.emplace_back();
    topic.name = name;
    topic.internal = now.internal.contains(name);
    topic.partitions = static_cast<std::int64_t>(partitions);
    for (auto at = now.logs.lower_bound({name, 0}); at != now.logs.end(); ++at) {
      if (at->first.topic != name) break;
      const ClusterSample::Log& log = at->second;
      if (log.size_bytes) topic.size_bytes = topic.size_bytes.value_or(0) + *log.size_bytes;
      const auto earlier = before.logs.find(at->first);
      if (earlier == before.logs.end() || seconds <= 0) continue;
      add_rate(topic.records_per_s, earlier->second.end, log.end, seconds);
      if (log.size_bytes && earlier->second.size_bytes) {
        add_rate(topic.bytes_per_s, *earlier->second.size_bytes, *log.size_bytes, seconds);
      }
    }
  }
  return topics;
}

template <class T>
void add_known(std::optional<T>& sum, const std::optional<T>& value) {
  if (value) sum = sum.value_or(0) + *value;
}

// Descending by what `key` gives, unknown last; equal ones by name, as they come.
template <class Items, class Key>
void sort_down(Items& items, Key key) {
  std::ranges::stable_sort(
      items, [&](const auto& left, const auto& right) { return key(left) > key(right); });
}

}  // namespace

void TopModel::add(ClusterSample sample) {
  topics_ = loads(last_, sample);
  groups_ = trend_.add(sample.lag, sample.at_ms);
  last_ = std::move(sample);
  ++samples_;
}

std::vector<TopicLoad> TopModel::topics(TopicOrder order, bool with_internal) const {
  std::vector<TopicLoad> topics;
  std::ranges::copy_if(topics_, std::back_inserter(topics),
                       [&](const TopicLoad& topic) { return with_internal || !topic.internal; });
  switch (order) {
    case TopicOrder::kBytes:
      sort_down(topics, [](const TopicLoad& topic) { return topic.bytes_per_s; });
      break;
    case TopicOrder::kRecords:
      sort_down(topics, [](const TopicLoad& topic) { return topic.records_per_s; });
      break;
    case TopicOrder::kSize:
      sort_down(topics, [](const TopicLoad& topic) { return topic.size_bytes; });
      break;
    case TopicOrder::kName:
      break;
  }
  return topics;
}

std::vector<LagTrend::Line> TopModel::groups(GroupOrder order) const {
  std::vector<LagTrend::Line> groups = groups_;
  const auto out = [](const LagTrend::Line& one) {
    return one.line.rates ? std::optional(one.line.rates->out) : std::nullopt;
  };
  if (order == GroupOrder::kLag) {
    sort_down(groups, [](const LagTrend::Line& one) { return one.line.lag; });
  } else if (order == GroupOrder::kOut) {
    sort_down(groups, out);
  }
  return groups;
}

TopicLoad TopModel::total() const {
  TopicLoad total;
  for (const TopicLoad& topic : topics_) {
    total.partitions += topic.partitions;
    add_known(total.records_per_s, topic.records_per_s);
    add_known(total.bytes_per_s, topic.bytes_per_s);
    add_known(total.size_bytes, topic.size_bytes);
  }
  return total;
}

}  // namespace kreel::cli
