#include "kafka/topics_describe.hpp"

#include <algorithm>
#include <set>

#include <kreel/text.hpp>

#include "kafka/topic_list.hpp"

namespace kreel::kafka_tools {
namespace {

struct DescribeFilter {
  explicit DescribeFilter(const Options& options)
      : under_replicated(options.has("under-replicated-partitions")),
        unavailable(options.has("unavailable-partitions")),
        under_min_isr(options.has("under-min-isr-partitions")),
        at_min_isr(options.has("at-min-isr-partitions")),
        overridden(options.has("topics-with-overrides")) {}

  bool under_replicated;
  bool unavailable;
  bool under_min_isr;
  bool at_min_isr;
  bool overridden;
  std::set<std::int32_t> live_brokers = {};

  bool shows_headers() const {
    return !under_replicated && !unavailable && !under_min_isr && !at_min_isr;
  }

  bool shows(const PartitionInfo& partition, std::int64_t min_isr) const {
    if (shows_headers()) return true;
    const auto in_sync = static_cast<std::int64_t>(partition.isr.size());
    return (under_replicated && partition.isr.size() < partition.replicas.size()) ||
           (unavailable && !(partition.leader && live_brokers.contains(*partition.leader))) ||
           (under_min_isr && in_sync < min_isr) || (at_min_isr && in_sync == min_isr);
  }
};

std::string overridden_configs(const ResourceConfigs& configs) {
  std::vector<std::string> names;
  for (const ConfigEntry& entry : configs.entries) names.push_back(entry.name);
  std::vector<std::string> texts;
  for (const std::size_t i : hash_map_order(names)) {
    const ConfigEntry& entry = configs.entries[i];
    if (entry.is_default()) continue;
    texts.push_back(fmt::format("{}={}", entry.name, entry.value.value_or("null")));
  }
  return join(texts, ",");
}

std::int64_t min_isr_of(const ResourceConfigs& configs) {
  const auto at = std::ranges::find(configs.entries, "min.insync.replicas", &ConfigEntry::name);
  if (at == configs.entries.end()) return 1;
  return parse_int64(at->value.value_or("1")).value_or(1);
}

std::string header_line(const TopicInfo& topic, const std::string& configs) {
  const std::size_t replicas =
      topic.partitions.empty() ? 0 : topic.partitions.front().replicas.size();
  return fmt::format("Topic: {}\t{}PartitionCount: {}\tReplicationFactor: {}\tConfigs: {}",
                     topic.name, topic.id ? fmt::format("TopicId: {}\t", *topic.id) : "",
                     topic.partitions.size(), replicas, configs);
}

std::string partition_line(const std::string& topic, const PartitionInfo& partition) {
  return fmt::format(
      "\tTopic: {}\tPartition: {}\tLeader: {}\tReplicas: {}\tIsr: {}\tElr: "
      "\tLastKnownElr: ",
      topic, partition.partition, partition.leader ? std::to_string(*partition.leader) : "none",
      id_list(partition.replicas), id_list(partition.isr));
}

void show_topic(const TopicInfo& topic, const ResourceConfigs& configs,
                const DescribeFilter& filter, ToolContext& context) {
  const std::string overrides = overridden_configs(configs);
  if (filter.shows_headers() && !(filter.overridden && overrides.empty())) {
    context.out_line(header_line(topic, overrides));
  }
  if (filter.overridden) return;
  const std::int64_t min_isr = min_isr_of(configs);
  for (const PartitionInfo& partition : topic.partitions) {
    if (filter.shows(partition, min_isr)) context.out_line(partition_line(topic.name, partition));
  }
}

// As Java's Uuid.fromString() has it; none for the id that stands for no topic.
Outcome<std::optional<std::string>> asked_topic_id(const Options& options) {
  constexpr std::size_t kTextMax = 24;
  constexpr std::size_t kBytes = 16;
  TRY_ASSIGN(const auto id, options.value("topic-id"));
  if (!id) return id;
  if (id->size() > kTextMax) {
    return illegal_argument(
        fmt::format("Input string with prefix `{}` is too long to be decoded "
                    "as a base64 UUID",
                    id->substr(0, kTextMax)));
  }
  if (id->size() % 4 == 1) return illegal_argument("Last unit does not have enough valid bits");
  if (id->size() * 3 / 4 != kBytes) {
    return illegal_argument(
        fmt::format("Input string `{}` decoded as {} bytes, which is not equal "
                    "to the expected 16 bytes of a base64-encoded UUID",
                    *id, id->size() * 3 / 4));
  }
  if (id->find_first_not_of('A') == std::string::npos) return std::optional<std::string>();
  return id;
}

// --topic-id wins over --topic.
Outcome<std::vector<TopicInfo>> topics_with_id(const Options& options, const std::string& id,
                                               AdminClient& admin) {
  TRY_ASSIGN(auto topics, in_java(admin.list_topics(), "describeTopics"));
  std::erase_if(topics, [&](const TopicInfo& topic) { return topic.id != id; });
  if (topics.empty() && !options.has("if-exists")) {
    return illegal_argument(fmt::format("TopicId '{}' does not exist as expected", id));
  }
  return topics;
}

Outcome<std::vector<TopicInfo>> described_topics(const Options& options, AdminClient& admin) {
  TRY_ASSIGN(const auto id, asked_topic_id(options));
  if (id) return topics_with_id(options, *id, admin);
  TRY_ASSIGN(const auto names, wanted_topics(options, admin));
  TRY(ensure_found(options, names));
  if (names.empty()) return std::vector<TopicInfo>();
  TRY_ASSIGN(auto topics, in_java(admin.describe_topics(names), "describeTopics"));
  for (const TopicInfo& topic : topics) {
    if (topic.error) return tl::unexpected(java_error(*topic.error));
  }
  return topics;
}

}  // namespace

Outcome<std::vector<std::string>> wanted_topics(const Options& options, AdminClient& admin) {
  TRY_ASSIGN(const auto pattern, options.value("topic"));
  TRY_ASSIGN(const auto topics, in_java(admin.list_topics(), "listTopics"));
  std::optional<IncludeList> include;
  if (pattern) {
    TRY_ASSIGN(include, IncludeList::parse(*pattern));
  }
  std::vector<std::string> names;
  for (const TopicInfo& topic : topics) {
    const bool excluded = topic.internal && options.has("exclude-internal");
    if (!excluded && (!include || include->allows(topic.name))) names.push_back(topic.name);
  }
  return names;
}

Outcome<void> ensure_found(const Options& options, const std::vector<std::string>& found) {
  TRY_ASSIGN(const auto name, options.value("topic"));
  if (!found.empty() || !name || name->empty() || options.has("if-exists")) return {};
  return illegal_argument(fmt::format("Topic '{}' does not exist as expected", *name));
}

Outcome<Ending> describe_topics(const Options& options, ToolAdmin& tool, ToolContext& context) {
  if (options.has("topic-id") && options.has("topic") && options.has("if-exists")) {
    context.out_line(
        "Only topic id will be used when both --topic and --topic-id are specified and topicId is "
        "not Uuid.ZERO_UUID");
  }
  TRY(options.integer("partition-size-limit-per-response"));
  TRY_ASSIGN(AdminClient * admin, tool.connect("listTopics"));
  TRY_ASSIGN(const auto topics, described_topics(options, *admin));
  if (topics.empty()) return Ending{};
  std::vector<ConfigResource> resources;
  std::vector<std::string> names;
  for (const TopicInfo& topic : topics) {
    resources.push_back({.type = ConfigResourceType::kTopic, .name = topic.name});
    names.push_back(topic.name);
  }
  TRY_ASSIGN(const auto configs,
             in_java(admin->describe_configs(resources, {.keys = {}, .synonyms = false}),
                     "describeConfigs"));
  DescribeFilter filter(options);
  if (filter.unavailable) {
    TRY_ASSIGN(const auto cluster, in_java(admin->describe_cluster(), "listNodes"));
    for (const BrokerInfo& broker : cluster.brokers) filter.live_brokers.insert(broker.id);
  }
  for (const std::size_t i : copied_hash_map_order(names)) {
    if (configs[i].error) return tl::unexpected(java_error(*configs[i].error));
    show_topic(topics[i], configs[i], filter, context);
  }
  return Ending{};
}

}  // namespace kreel::kafka_tools
