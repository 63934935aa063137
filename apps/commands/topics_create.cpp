#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/core.h>

#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

// Kafka's TOPIC_ALREADY_EXISTS.
constexpr std::int16_t kTopicAlreadyExists = 36;
constexpr int kVisibleTries = 250;
constexpr std::chrono::milliseconds kVisiblePause{20};

struct TopicsCreateArgs {
  std::vector<std::string> names;
  std::optional<std::int32_t> partitions;
  std::optional<std::int32_t> replicas;
  std::vector<KeyValue> configs;
  bool if_not_exists = false;
};

std::vector<NewTopic> new_topics(const TopicsCreateArgs& args) {
  std::vector<NewTopic> topics;
  for (const std::string& name : args.names) {
    NewTopic& topic = topics.emplace_back();
    topic.name = name;
    topic.partitions = args.partitions;
    if (args.replicas) topic.replication_factor = static_cast<std::int16_t>(*args.replicas);
    for (const KeyValue& config : args.configs)
      topic.configs.emplace_back(config.key, config.value);
  }
  return topics;
}

// Apache Kafka answers before its brokers tell of the topic; the next command may ask one of them.
void wait_until_visible(AdminClient& admin, const std::vector<CreatedTopic>& created) {
  std::vector<std::string> names;
  for (const CreatedTopic& topic : created) {
    if (!topic.error) names.push_back(topic.name);
  }
  if (names.empty()) return;
  const auto visible = [](const TopicInfo& topic) { return !topic.error; };
  for (int tries = 0; tries < kVisibleTries; ++tries) {
    const auto topics = admin.describe_topics(names);
    if (!topics || std::ranges::all_of(*topics, visible)) return;
    std::this_thread::sleep_for(kVisiblePause);
  }
}

Result<ExitCode> run(const TopicsCreateArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  const CreateTopicsOptions options{.validate_only = context.dry_run()};
  Output& output = context.output();
  TRY(output.begin(
      "topics.create",
      {{"name"}, {"partitions"}, {"replicas"}, {"id", Column::Show::kWide}, {"result"}}));
  TRY_ASSIGN(const auto created, admin->create_topics(new_topics(args), options));
  if (!context.dry_run()) wait_until_visible(*admin, created);
  ItemErrors errors(output);
  for (const CreatedTopic& topic : created) {
    const bool existed = topic.error && topic.error->code == kTopicAlreadyExists;
    if (topic.error && !(existed && args.if_not_exists)) {
      errors.add(topic.error->error);
      continue;
    }
    errors.succeeded();
    const char* done = context.dry_run() ? "would be created" : "created";
    const Value replicas =
        topic.replication_factor ? Value(std::int64_t{*topic.replication_factor}) : Value();
    output.row({topic.name, topic.partitions ? Value(std::int64_t{*topic.partitions}) : Value(),
                replicas, topic.id, existed ? "exists" : done});
  }
  output.end();
  return errors.exit();
}

}  // namespace

Command topics_create() {
  return command<TopicsCreateArgs>({
      .name = "topics create",
      .summary = "Create topics",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange | kUnasked,
      .options = {argument("NAME...", &TopicsCreateArgs::names),
                  option("-p,--partitions", &TopicsCreateArgs::partitions)
                      .range(1, 1'000'000)
                      .help("Number of partitions")
                      .fallback("the broker's num.partitions"),
                  option("-r,--replication-factor", &TopicsCreateArgs::replicas)
                      .range(1, 32'767)
                      .help("Copies of each partition")
                      .fallback("the broker's default.replication.factor"),
                  option("-c,--config", &TopicsCreateArgs::configs)
                      .help("A topic setting by Kafka's name"),
                  option("--if-not-exists", &TopicsCreateArgs::if_not_exists)
                      .help("A topic that exists is no error, whatever its settings")},
      .examples = {{"kreel topics create orders -p 6", "Six partitions"},
                   {"kreel topics create users -c cleanup.policy=compact", "With a setting"},
                   {"kreel topics create a b c --if-not-exists", "Several, again and again"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized},
      .see_also = {"topics alter", "topics delete"},
  });
}

}  // namespace kreel::commands
