#include <algorithm>

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/wait_until.hpp"

namespace kreel::commands {
namespace {

struct WaitTopicArgs {
  std::string topic;
};

Result<WaitStatus> look_for(AdminClient& admin, const std::string& topic) {
  TRY_ASSIGN(const auto topics, admin.describe_topics({&topic, 1}));
  const TopicInfo& found = topics.front();
  if (found.error) return fail(found.error->error);
  const auto count = static_cast<std::int64_t>(found.partitions.size());
  const auto led = std::ranges::count_if(
      found.partitions, [](const PartitionInfo& one) { return one.leader.has_value(); });
  if (count > 0 && led == count) return WaitStatus{true, counted(count, "partition")};
  return WaitStatus{false, fmt::format("{} of {} have a leader", led, counted(count, "partition"))};
}

Result<ExitCode> run(const WaitTopicArgs& args, CommandContext& context) {
  return wait_until(context, fmt::format("topic \"{}\"", args.topic),
                    [&](AdminClient& admin) { return look_for(admin, args.topic); });
}

}  // namespace

Command wait_topic() {
  return command<WaitTopicArgs>({
      .name = "wait topic",
      .summary = "Wait until a topic exists",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker,
      .options = {argument("TOPIC", &WaitTopicArgs::topic).kind(ValueKind::kTopic)},
      .details =
          "Until the topic exists and every partition has a leader. Asking never creates it. Exit "
          "code 10 when --timeout is over; a broker that cannot be reached until then is 10 too.",
      .examples = {{"kreel wait topic orders --timeout 30s", "Somebody else creates it"},
                   {"kreel wait topic orders --timeout 0s", "Is it there now? Exit 10 if not"}},
      .exits = {ExitCode::kAuthentication, ExitCode::kNotAuthorized, ExitCode::kConditionFalse},
      .see_also = {"topics create", "wait record"},
  });
}

}  // namespace kreel::commands
