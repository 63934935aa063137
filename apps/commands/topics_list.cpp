#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct TopicsListArgs {
  bool internal = false;
};

Result<ExitCode> run(const TopicsListArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto topics, admin->list_topics());
  Output& output = context.output();
  TRY(output.begin("topics.list", {{"name"},
                                   {"partitions"},
                                   {"replicas"},
                                   {"id", Column::Show::kWide},
                                   {"internal", Column::Show::kWide}}));
  ItemErrors errors(output);
  for (const TopicInfo& topic : topics) {
    if (topic.error) {
      errors.add(topic.error->error);
      continue;
    }
    if (topic.internal && !args.internal) continue;
    const std::size_t replicas =
        topic.partitions.empty() ? 0 : topic.partitions.front().replicas.size();
    output.row({topic.name, static_cast<std::int64_t>(topic.partitions.size()),
                static_cast<std::int64_t>(replicas), topic.id, topic.internal});
    errors.succeeded();
  }
  output.end();
  return errors.exit();
}

}  // namespace

Command topics_list() {
  return command<TopicsListArgs>({
      .name = "topics list",
      .summary = "List topics",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = {option("--internal", &TopicsListArgs::internal)
                      .help("Include topics of the cluster itself, such as __consumer_offsets")},
      .examples = {{"kreel topics list", "On 127.0.0.1:9092"},
                   {"kreel topics list -b k1:9092 -o json", "Another cluster, for a script"}},
      .exits = {ExitCode::kUnreachable},
      .see_also = {"topics describe"},
  });
}

}  // namespace kreel::commands
