#include <algorithm>

#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct TopicsDescribeArgs {
  std::vector<std::string> names;
  bool internal = false;
  bool all_configs = false;
  bool by_partition = false;
};

Value numbers(const std::vector<std::int32_t>& items) {
  Value::Array array;
  for (const std::int32_t item : items) array.emplace_back(std::int64_t{item});
  return array;
}

Value leader_of(const PartitionInfo& partition) {
  return partition.leader ? Value(std::int64_t{*partition.leader}) : Value();
}

Value partitions_json(const TopicInfo& topic) {
  Value::Array partitions;
  for (const PartitionInfo& partition : topic.partitions) {
    partitions.emplace_back(
        Value::Object{{"partition", std::int64_t{partition.partition}},
                      {"leader", leader_of(partition)},
                      {"leader_epoch", std::int64_t{partition.leader_epoch}},
                      {"replicas", numbers(partition.replicas)},
                      {"isr", numbers(partition.isr)},
                      {"offline_replicas", numbers(partition.offline_replicas)}});
  }
  return partitions;
}

bool is_under_replicated(const PartitionInfo& partition) {
  return partition.isr.size() < partition.replicas.size();
}

bool are_hidden(const ResourceConfigs& configs) {
  return configs.error && configs.error->error.kind() == ErrorKind::kNotAuthorized;
}

Value configs_json(const ResourceConfigs& configs, bool all) {
  Value::Object object;
  for (const ConfigEntry& entry : configs.entries) {
    if (!all && entry.source != ConfigSource::kTopic) continue;
    object.emplace_back(entry.name, entry.value);
  }
  return object;
}

// Some of them may have an error in place of what they are.
Result<std::vector<TopicInfo>> wanted_topics(AdminClient& admin, const TopicsDescribeArgs& args) {
  if (!args.names.empty()) return admin.describe_topics(args.names);
  TRY_ASSIGN(auto topics, admin.list_topics());
  if (!args.internal) std::erase_if(topics, [](const TopicInfo& topic) { return topic.internal; });
  return topics;
}

Result<void> show_topics(Output& output, const std::vector<TopicInfo>& topics,
                         const std::vector<ResourceConfigs>& configs, bool all_configs,
                         ItemErrors& errors) {
  TRY(output.begin("topics.describe", {{"name"},
                                       {"id", Column::Show::kWide},
                                       {"partition_count"},
                                       {"replicas"},
                                       {"under_replicated"},
                                       {"internal", Column::Show::kWide},
                                       {"configs"},
                                       {"partitions", Column::Show::kJsonOnly}}));
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const TopicInfo& topic = topics[i];
    if (configs[i].error && !are_hidden(configs[i])) errors.add(configs[i].error->error);
    const Value hidden = output.is_json() ? Value() : Value("hidden");
    const std::size_t replicas =
        topic.partitions.empty() ? 0 : topic.partitions.front().replicas.size();
    output.row({topic.name, topic.id, static_cast<std::int64_t>(topic.partitions.size()),
                static_cast<std::int64_t>(replicas),
                std::int64_t{std::ranges::count_if(topic.partitions, is_under_replicated)},
                topic.internal,
                are_hidden(configs[i]) ? hidden : configs_json(configs[i], all_configs),
                partitions_json(topic)});
  }
  return {};
}

Result<void> show_partitions(Output& output, const std::vector<TopicInfo>& topics) {
  TRY(output.begin("topics.partitions", {{"name"},
                                         {"partition"},
                                         {"leader"},
                                         {"leader_epoch", Column::Show::kWide},
                                         {"replicas"},
                                         {"isr"},
                                         {"offline_replicas", Column::Show::kWide},
                                         {"under_replicated"}}));
  for (const TopicInfo& topic : topics) {
    for (const PartitionInfo& partition : topic.partitions) {
      output.row({topic.name, std::int64_t{partition.partition}, leader_of(partition),
                  std::int64_t{partition.leader_epoch}, numbers(partition.replicas),
                  numbers(partition.isr), numbers(partition.offline_replicas),
                  is_under_replicated(partition)});
    }
  }
  return {};
}

Result<ExitCode> run(const TopicsDescribeArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(auto topics, wanted_topics(*admin, args));
  std::vector<Error> failed;
  std::vector<ConfigResource> resources;
  for (const TopicInfo& topic : topics) {
    if (topic.error) {
      failed.push_back(topic.error->error);
    } else {
      resources.push_back({.type = ConfigResourceType::kTopic, .name = topic.name});
    }
  }
  // None of them: one error, without a document around it.
  if (resources.empty() && failed.size() == 1) return fail(failed.front());
  std::erase_if(topics, [](const TopicInfo& topic) { return topic.error.has_value(); });
  Output& output = context.output();
  ItemErrors errors(output);
  if (args.by_partition) {
    TRY(show_partitions(output, topics));
  } else {
    std::vector<ResourceConfigs> configs;
    if (!resources.empty()) {
      TRY_ASSIGN(configs, admin->describe_configs(resources, {.keys = {}, .synonyms = false}));
    }
    TRY(show_topics(output, topics, configs, args.all_configs, errors));
    const auto hidden = std::ranges::find_if(configs, are_hidden);
    if (hidden != configs.end()) {
      const Error& error = hidden->error->error;
      context.warn("not all settings are shown: " + error.message(), error.hint());
    }
  }
  for (const Error& error : failed) errors.add(error);
  if (!topics.empty()) errors.succeeded();
  output.end();
  // A table holds no list of partitions: they are a second one.
  const bool is_table = output.format() == Format::kTable || output.format() == Format::kWide;
  const bool in_two = is_table && !args.by_partition && output.options().columns.empty();
  if (in_two && !topics.empty()) {
    context.streams().out.write("\n");
    TRY(show_partitions(output, topics));
    output.end();
  }
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
      .options =
          {argument("NAME...", &TopicsDescribeArgs::names).kind(ValueKind::kTopic).optional(),
           option("--internal", &TopicsDescribeArgs::internal)
               .help("Without names: include topics of the cluster itself"),
           option("--all-configs", &TopicsDescribeArgs::all_configs)
               .help("Show every setting, not only those that the topic overrides"),
           option("--by-partition", &TopicsDescribeArgs::by_partition)
               .help("One item per partition in place of topics")},
      .details =
          "A table of topics, and below it one of their partitions: who leads, the replicas, "
          "those in sync, and whether some are not. --columns shows the first one alone, "
          "--by-partition the second one. With -o json each topic carries its partitions, "
          "with leader epoch and offline replicas as well; csv has one of the tables.",
      .exclusive = {{"--by-partition", "--all-configs"}},
      .examples = {{"kreel topics describe orders", "One topic"},
                   {"kreel topics describe -o json", "All, for a script"},
                   {"kreel topics describe --by-partition -o csv", "Where each partition is"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound},
      .see_also = {"topics list", "topics alter"},
  });
}

}  // namespace kreel::commands
