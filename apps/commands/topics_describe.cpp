#include <algorithm>

#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct TopicsDescribeArgs {
  std::vector<std::string> names;
  bool internal = false;
  bool all_configs = false;
};

Value numbers(const std::vector<std::int32_t>& items) {
  Value::Array array;
  for (const std::int32_t item : items) array.emplace_back(std::int64_t{item});
  return array;
}

Value partitions_json(const TopicInfo& topic) {
  Value::Array partitions;
  for (const PartitionInfo& partition : topic.partitions) {
    partitions.emplace_back(Value::Object{
        {"partition", std::int64_t{partition.partition}},
        {"leader", partition.leader ? Value(std::int64_t{*partition.leader}) : Value()},
        {"leader_epoch", std::int64_t{partition.leader_epoch}},
        {"replicas", numbers(partition.replicas)},
        {"isr", numbers(partition.isr)},
        {"offline_replicas", numbers(partition.offline_replicas)}});
  }
  return partitions;
}

std::int64_t under_replicated(const TopicInfo& topic) {
  return std::ranges::count_if(topic.partitions, [](const PartitionInfo& partition) {
    return partition.isr.size() < partition.replicas.size();
  });
}

Value configs_json(const ResourceConfigs& configs, bool all) {
  Value::Object object;
  for (const ConfigEntry& entry : configs.entries) {
    if (!all && entry.source != ConfigSource::kTopic) continue;
    object.emplace_back(entry.name, entry.value);
  }
  return object;
}

Result<std::vector<TopicInfo>> wanted_topics(AdminClient& admin, const TopicsDescribeArgs& args) {
  if (!args.names.empty()) return require_topics(admin, args.names);
  TRY_ASSIGN(auto topics, admin.list_topics());
  if (!args.internal) std::erase_if(topics, [](const TopicInfo& topic) { return topic.internal; });
  return topics;
}

Result<ExitCode> run(const TopicsDescribeArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto topics, wanted_topics(*admin, args));
  std::vector<ConfigResource> resources;
  for (const TopicInfo& topic : topics) {
    resources.push_back({.type = ConfigResourceType::kTopic, .name = topic.name});
  }
  std::vector<ResourceConfigs> configs;
  if (!resources.empty()) {
    TRY_ASSIGN(configs, admin->describe_configs(resources, {.keys = {}, .synonyms = false}));
  }
  Output& output = context.output();
  TRY(output.begin("topics.describe", {{"name"},
                                       {"id", Column::Show::kWide},
                                       {"partition_count"},
                                       {"replicas"},
                                       {"under_replicated"},
                                       {"internal", Column::Show::kWide},
                                       {"configs"},
                                       {"partitions", Column::Show::kJsonOnly}}));
  ItemErrors errors(output);
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const TopicInfo& topic = topics[i];
    if (configs[i].error) errors.add(configs[i].error->error);
    errors.succeeded();
    const std::size_t replicas =
        topic.partitions.empty() ? 0 : topic.partitions.front().replicas.size();
    output.row({topic.name, topic.id, static_cast<std::int64_t>(topic.partitions.size()),
                static_cast<std::int64_t>(replicas), under_replicated(topic), topic.internal,
                configs_json(configs[i], args.all_configs), partitions_json(topic)});
  }
  output.end();
  return errors.exit();
}

}  // namespace

Command topics_describe() {
  return command<TopicsDescribeArgs>({
      .name = "topics describe",
      .summary = "Show topics with their settings and partitions",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = {argument("NAME...", &TopicsDescribeArgs::names).optional(),
                  option("--internal", &TopicsDescribeArgs::internal)
                      .help("Without names: include topics of the cluster itself"),
                  option("--all-configs", &TopicsDescribeArgs::all_configs)
                      .help("Show every setting, not only those that the topic overrides")},
      .details = "With -o json each topic carries its partitions: leader, leader epoch, replicas, "
                 "in-sync replicas and offline replicas.",
      .examples = {{"kreel topics describe orders", "One topic"},
                   {"kreel topics describe -o json", "All, for a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotFound},
      .see_also = {"topics list", "topics alter"},
  });
}

}  // namespace kreel::commands
