#include <algorithm>
#include <array>

#include <kreel/text.hpp>

#include "kafka/client.hpp"
#include "kafka/java_files.hpp"
#include "kafka/offset_targets.hpp"
#include "kafka/streams_topics.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::int64_t kDescribeGroupMs = 10'000;
constexpr int kRemovalRetries = 3;
constexpr std::int16_t kUnknownMember = 25;
constexpr std::string_view kDefaultBroker = "localhost:9092";
constexpr auto kStreamsScenarios =
    std::to_array<std::string_view>({"to-offset", "to-datetime", "by-duration", "to-earliest",
                                     "to-latest", "from-file", "shift-by"});

JavaError in_execution_exception(const JavaError& error) {
  return {JavaError::Kind::kThrown, "java.util.concurrent.ExecutionException", error.text(),
          error.reason};
}

// What Java waits for as a future.
template <class T>
Outcome<T> in_future(Result<T> result, std::string_view call) {
  auto outcome = in_java(std::move(result), call);
  if (!outcome) return tl::unexpected(in_execution_exception(outcome.error()));
  return outcome;
}

std::string java_list(const std::vector<std::string>& names) {
  return fmt::format("[{}]", join(names, ", "));
}

// What stands between the commas, without what is empty.
std::vector<std::string> topics_of(const Options& options, std::string_view name) {
  std::vector<std::string> topics;
  for (const std::string& value : options.values(name)) {
    const std::size_t before = topics.size();
    for (const std::string_view topic : split(value, ',')) {
      if (!topic.empty()) topics.emplace_back(topic);
    }
    if (topics.size() == before) topics.emplace_back();
  }
  return topics;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

tl::unexpected<JavaError> removal_failed(const GroupMember& member, const ItemError& error) {
  const bool is_static = member.group_instance_id.has_value();
  const std::string instance =
      is_static ? fmt::format("'{}'", *member.group_instance_id) : std::string("null");
  return thrown("java.util.concurrent.ExecutionException",
                fmt::format("org.apache.kafka.common.KafkaException: Encounter exception when "
                            "trying to remove: MemberIdentity(memberId='{}', groupInstanceId={}, "
                            "reason=null)",
                            is_static ? "" : member.member_id, instance),
                error.error.kind());
}

// The group that a Streams application is, and the topics that belong to it.
class StreamsReset {
 public:
  StreamsReset(const Options& options, std::string application, ToolContext& context)
      : options_(options),
        context_(context),
        application_(std::move(application)),
        input_(topics_of(options, "input-topics")),
        intermediate_(topics_of(options, "intermediate-topics")) {}

  Outcome<Ending> run(ToolAdmin& tool, const JavaProperties& properties);

 private:
  Outcome<void> require_no_members(AdminClient& admin);
  // False, unless it is the `last_try`: a member has left by itself meanwhile.
  Outcome<bool> remove(const std::vector<GroupMember>& members, bool last_try, AdminClient& admin);
  Outcome<void> list_topics(AdminClient& admin);
  // Those that are there; the others are told.
  std::vector<std::string> found_topics();
  Outcome<void> reset_offsets(AdminClient& admin, const JavaProperties& properties);
  Outcome<OffsetMap> input_targets(const std::vector<TopicPartition>& partitions,
                                   const OffsetSource& source, const JavaProperties& properties);
  Outcome<OffsetMap> from_file(const std::vector<TopicPartition>& partitions,
                               const OffsetSource& source);
  Outcome<OffsetMap> positions(const std::vector<TopicPartition>& partitions,
                               const OffsetSource& source, const JavaProperties& properties);
  Outcome<OffsetMap> within_range(const std::vector<TopicPartition>& order, OffsetMap wanted,
                                  const std::vector<TopicPartition>& partitions,
                                  const OffsetSource& source);
  Outcome<void> delete_internal_topics(AdminClient& admin);

  const Options& options_;
  ToolContext& context_;
  std::string application_;
  std::vector<std::string> input_;
  std::vector<std::string> intermediate_;
  std::vector<std::string> all_topics_;
  bool all_found_ = true;
};

Outcome<bool> StreamsReset::remove(const std::vector<GroupMember>& members, bool last_try,
                                   AdminClient& admin) {
  context_.out_line("Force deleting all active members in the group: " + application_);
  TRY_ASSIGN(const auto removed,
             in_future(admin.remove_members(application_, members), "removeMembers"));
  for (std::size_t i = 0; i < removed.size(); ++i) {
    if (!removed[i].error) continue;
    if (removed[i].error->code == kUnknownMember && !last_try) return false;
    return removal_failed(members[i], *removed[i].error);
  }
  return true;
}

Outcome<void> StreamsReset::require_no_members(AdminClient& admin) {
  for (int retries = 0;; ++retries) {
    TRY_ASSIGN(const auto groups, in_future(admin.describe_groups(std::span(&application_, 1)),
                                            "describeConsumerGroups(api=FIND_COORDINATOR)"));
    const GroupDescription& group = groups.front();
    if (group.error) return tl::unexpected(in_execution_exception(java_error(*group.error)));
    if (!group.protocol_type.empty() && group.protocol_type != "consumer") {
      return thrown("java.util.concurrent.ExecutionException",
                    fmt::format("java.lang.IllegalArgumentException: GroupId {} is not a consumer "
                                "group ({}).",
                                application_, group.protocol_type),
                    ErrorKind::kRefused);
    }
    if (group.members.empty()) return {};
    if (!options_.has("force")) {
      std::vector<std::string> members;
      for (const GroupMember& member : group.members) members.push_back(java_name(member));
      return thrown(
          "java.lang.IllegalStateException",
          fmt::format("Consumer group '{}' is still active and has following members: {}. Make "
                      "sure to stop all running application instances before running the reset "
                      "tool. You can use option '--force' to remove active members from the group.",
                      application_, java_list(members)),
          ErrorKind::kRefused);
    }
    TRY_ASSIGN(const bool removed, remove(group.members, retries == kRemovalRetries, admin));
    if (removed) return {};
  }
}

Outcome<void> StreamsReset::list_topics(AdminClient& admin) {
  TRY_ASSIGN(const auto topics, in_future(admin.list_topics(), "listTopics"));
  std::vector<std::string> names;
  for (const TopicInfo& topic : topics) {
    if (!topic.internal) names.push_back(topic.name);
  }
  for (const std::size_t i : hash_map_order(names)) all_topics_.push_back(names[i]);
  return {};
}

std::vector<std::string> StreamsReset::found_topics() {
  std::vector<std::string> found;
  const auto look_for = [&](const std::vector<std::string>& wanted, std::string_view kind,
                            std::string_view before_name) {
    std::vector<std::string> missing;
    for (const std::string& topic : wanted) {
      if (!contains(all_topics_, topic)) {
        missing.push_back(topic);
      } else if (!contains(found, topic)) {
        found.push_back(topic);
      }
    }
    if (missing.empty()) return;
    all_found_ = false;
    context_.out_line(fmt::format("Following {} topics are not found, skipping them", kind));
    for (const std::string& topic : missing) {
      context_.out_line(fmt::format("{}{}", before_name, topic));
    }
  };
  look_for(input_, "input", "Topic: ");
  look_for(intermediate_, "intermediate", "Topic:");
  std::vector<std::string> ordered;
  const std::size_t capacity = table_size_for(input_.size() + intermediate_.size());
  for (const std::size_t i : hash_map_order(found, capacity)) ordered.push_back(found[i]);
  return ordered;
}

Outcome<OffsetMap> StreamsReset::positions(const std::vector<TopicPartition>& partitions,
                                           const OffsetSource& source,
                                           const JavaProperties& properties) {
  TRY_ASSIGN(const OffsetMap commits, committed_offsets(application_, source.admin));
  OffsetMap positions;
  std::vector<TopicPartition> uncommitted;
  for (const TopicPartition& at : partitions) {
    if (const auto commit = commits.find(at); commit != commits.end()) {
      positions.insert(*commit);
    } else {
      uncommitted.push_back(at);
    }
  }
  if (uncommitted.empty()) return positions;
  TRY_ASSIGN(const OffsetSpec spec,
             reset_policy(properties.find("auto.offset.reset").value_or("latest"), uncommitted,
                          context_.now_ms()));
  TRY_ASSIGN(const OffsetMap found, offsets_at(uncommitted, spec, source));
  positions.insert(found.begin(), found.end());
  return positions;
}

Outcome<OffsetMap> StreamsReset::within_range(const std::vector<TopicPartition>& order,
                                              OffsetMap wanted,
                                              const std::vector<TopicPartition>& partitions,
                                              const OffsetSource& source) {
  TRY_ASSIGN(const auto ranges, offset_ranges(partitions, source));
  for (const TopicPartition& at : order) {
    const auto range = ranges.find(at);
    if (range == ranges.end()) return null_offset();
    auto& offset = wanted[at];
    const auto [first, last] = range->second;
    const std::int64_t asked = offset.value_or(last);
    if (asked >= last) {
      context_.out_line(fmt::format(
          "New offset ({}) is higher than latest offset. Value will be set to {}", asked, last));
    } else if (asked <= first) {
      context_.out_line(fmt::format(
          "New offset ({}) is lower than earliest offset. Value will be set to {}", asked, first));
    }
    offset = std::clamp(asked, first, last);
  }
  return wanted;
}

Outcome<OffsetMap> StreamsReset::from_file(const std::vector<TopicPartition>& partitions,
                                           const OffsetSource& source) {
  TRY_ASSIGN(const std::string path, options_.value_or("from-file", ""));
  TRY_ASSIGN(const std::string text, read_java_file(path, 64 << 20));
  TRY_ASSIGN(const ResetPlan plan, parse_reset_plan(text));
  TRY_ASSIGN(OffsetMap offsets,
             within_range(in_java_order(plan.partitions), plan.offsets, partitions, source));
  for (const TopicPartition& at : partitions) {
    if (!offsets.contains(at)) return null_offset();
  }
  return offsets;
}

Outcome<OffsetMap> StreamsReset::input_targets(const std::vector<TopicPartition>& partitions,
                                               const OffsetSource& source,
                                               const JavaProperties& properties) {
  if (options_.has("from-file")) return from_file(partitions, source);
  TRY_ASSIGN(auto asked,
             asked_offsets(
                 options_, partitions, [&] { return positions(partitions, source, properties); },
                 source, context_.now_ms()));
  if (!asked) return offsets_at(partitions, OffsetSpec::earliest(), source);
  for (const TopicPartition& at : asked->empty) {
    context_.out_line(
        fmt::format("Partition {} from topic {} is empty, without a committed "
                    "record. Falling back to latest known offset.",
                    at.partition, at.topic));
  }
  if (!asked->may_be_out_of_range) return std::move(asked->offsets);
  return within_range(in_java_order(partitions, table_size_for(partitions.size())),
                      std::move(asked->offsets), partitions, source);
}

Outcome<void> StreamsReset::reset_offsets(AdminClient& admin, const JavaProperties& properties) {
  if (input_.empty() && intermediate_.empty()) {
    context_.out_line("No input or intermediate topics specified. Skipping seek.");
    return {};
  }
  if (!input_.empty()) {
    context_.out_line("Reset-offsets for input topics " + java_list(input_));
  }
  if (!intermediate_.empty()) {
    context_.out_line("Seek-to-end for intermediate topics " + java_list(intermediate_));
  }
  const std::vector<std::string> topics = found_topics();
  if (topics.empty()) return {};
  TRY(properties.check(kConsumer, context_));
  const OffsetSource source{admin, properties.find("isolation.level") == "read_committed"
                                       ? Isolation::kReadCommitted
                                       : Isolation::kReadUncommitted};
  std::vector<TopicPartition> input;
  std::vector<TopicPartition> intermediate;
  TRY_ASSIGN(const auto described, in_java(admin.describe_topics(topics), "partitionsFor"));
  for (const TopicInfo& topic : described) {
    if (topic.error) return tl::unexpected(java_error(*topic.error));
    auto& partitions = contains(input_, topic.name) ? input : intermediate;
    for (const PartitionInfo& one : topic.partitions) {
      partitions.push_back({topic.name, one.partition});
    }
  }
  input = in_java_order(input);
  intermediate = in_java_order(intermediate);
  OffsetMap targets;
  if (!input.empty()) {
    context_.out_line(fmt::format(
        "Following input topics offsets will be reset to (for consumer group {})", application_));
    TRY_ASSIGN(targets, input_targets(input, source, properties));
    for (const TopicPartition& at : input) {
      context_.out_line(fmt::format("Topic: {} Partition: {} Offset: {}", at.topic, at.partition,
                                    targets.at(at).value_or(0)));
    }
  }
  if (!intermediate.empty()) {
    context_.out_line(fmt::format(
        "Following intermediate topics offsets will be reset to end (for consumer group {})",
        application_));
    for (const TopicPartition& at : intermediate) context_.out_line("Topic: " + at.topic);
  }
  if (!options_.has("dry-run")) {
    TRY_ASSIGN(const OffsetMap ends, offsets_at(intermediate, OffsetSpec::latest(), source));
    targets.insert(ends.begin(), ends.end());
    std::vector<OffsetToCommit> commits;
    for (const auto& [at, target] : targets) {
      if (target) commits.push_back({at, *target, -1, ""});
    }
    TRY(commit_offsets(application_, commits, admin));
  }
  context_.out_line("Done.");
  return {};
}

Outcome<void> StreamsReset::delete_internal_topics(AdminClient& admin) {
  std::vector<std::string> inferred;
  for (const std::string& topic : all_topics_) {
    const bool is_named = contains(input_, topic) || contains(intermediate_, topic);
    if (!is_named && is_internal_streams_topic(topic, application_)) inferred.push_back(topic);
  }
  std::vector<std::string> topics = topics_of(options_, "internal-topics");
  for (const std::string& topic : topics) {
    if (contains(inferred, topic)) continue;
    return illegal_argument(
        "Invalid topic specified in the --internal-topics option. Ensure that the topics "
        "specified are all internal topics. Do a dry run without the --internal-topics option to "
        "see the list of all internal topics that can be deleted.");
  }
  const bool is_specified = !topics.empty();
  if (!is_specified) topics = std::move(inferred);
  context_.out_line(fmt::format("Deleting {} internal topics {}",
                                is_specified ? "specified" : "inferred", java_list(topics)));
  if (!options_.has("dry-run") && !topics.empty()) {
    const auto deleted = in_java(admin.delete_topics(topics), "deleteTopics");
    std::optional<ErrorKind> failure;
    for (const std::size_t i : hash_map_order(topics, table_size_for(topics.size()))) {
      if (deleted && !(*deleted)[i].error) continue;
      const JavaError error = deleted ? java_error(*(*deleted)[i].error) : deleted.error();
      context_.err_line("ERROR: deleting topic " + topics[i]);
      context_.err_line(in_execution_exception(error).text());
      failure = error.reason;
    }
    if (failure) {
      return thrown("java.lang.RuntimeException",
                    "Encountered an error deleting one or more topics", *failure);
    }
  }
  context_.out_line("Done.");
  return {};
}

Outcome<Ending> StreamsReset::run(ToolAdmin& tool, const JavaProperties& properties) {
  const auto connected = tool.connect("describeConsumerGroups(api=FIND_COORDINATOR)");
  if (!connected) {
    const JavaError& error = connected.error();
    return tl::unexpected(error.is_answer() ? in_execution_exception(error) : error);
  }
  AdminClient& admin = **connected;
  TRY(require_no_members(admin));
  TRY(list_topics(admin));
  if (options_.has("dry-run")) {
    context_.out_line(
        "----Dry run displays the actions which will be performed when running Streams Reset "
        "Tool----");
  }
  if (options_.has("intermediate-topics")) {
    context_.out_line(
        "WARN: `--intermediate-topics` is deprecated and will be removed in a future release");
  }
  if (const auto reset = reset_offsets(admin, properties); !reset) {
    const std::string& type = reset.error().type;
    if (type == "java.text.ParseException" || is_file_error(reset.error())) {
      context_.err_line("ERROR: Resetting offsets failed.");
    }
    return tl::unexpected(reset.error());
  }
  TRY(delete_internal_topics(admin));
  return all_found_ ? Ending{} : Ending{1, ExitCode::kNotFound};
}

Outcome<Ending> run_streams_reset(const Options& options, ToolContext& context) {
  TRY(exclude_each_other(options, kStreamsScenarios));
  TRY(exclude(options, "config-file", std::array<std::string_view, 1>{"command-config"}));
  TRY_ASSIGN(std::string application, options.value_or("application-id", ""));
  ClientSettings settings;
  TRY_ASSIGN(settings.file, command_config(options, "config-file"));
  const std::string_view servers =
      options.has("bootstrap-servers") ? "bootstrap-servers" : "bootstrap-server";
  TRY_ASSIGN(settings.bootstrap, options.value_or(servers, kDefaultBroker));
  TRY_ASSIGN(const JavaProperties properties, JavaProperties::read(settings, context.host()));
  TRY_ASSIGN(ToolAdmin tool, ToolAdmin::make(settings, context));
  tool.set_connect_timeout_ms(kDescribeGroupMs);
  return StreamsReset(options, std::move(application), context).run(tool, properties);
}

Ending show_streams_reset_failure(const JavaError& error, ToolContext& context) {
  context.host().streams.out.flush_now();
  context.err_line("ERROR: " + error.text());
  context.err_line(error.text());
  return failed(1, error);
}

constexpr std::string_view kAboutStreamsReset =
    "This tool helps to quickly reset an application in order to reprocess its data from scratch.\n"
    "* It sets the offsets of input topics to the earliest offset, or to where an option says.\n"
    "* It deletes the internal topics that Kafka Streams has made for the application (their "
    "names\n"
    "  begin with \"<application.id>-\"). --dry-run shows which these are, --internal-topics "
    "names\n"
    "  some of them.\n"
    "* It does not delete output topics; kafka-topics does.\n"
    "* It does not clean the state that instances of the application keep on their disks: call\n"
    "  KafkaStreams#cleanUp(), or delete it below \"state.dir\".\n"
    "* Members that are gone but not yet expired are removed with --force. Stop all instances "
    "first.\n\n"
    "*** Important! You will get wrong output if you don't clean up the local stores after running "
    "the reset tool!\n\n"
    "*** Warning! This tool makes irreversible changes to your application. It is strongly "
    "recommended that you run this once with \"--dry-run\" to preview your changes before making "
    "them.\n\n";

}  // namespace

Tool streams_application_reset_tool() {
  std::vector<Flag> flags{
      {"application-id", Takes::kValue, "String: id",
       "REQUIRED: The application.id of the Kafka Streams application.", "", true},
      {"bootstrap-server", Takes::kValue, "String: server to connect to",
       "The servers to connect to.", std::string(kDefaultBroker)},
      {"bootstrap-servers", Takes::kValue, "String: server to connect to",
       "The older name of --bootstrap-server."},
      {"input-topics", Takes::kValue, "String: list",
       "User's input topics, with commas between them: they get other offsets."},
      {"intermediate-topics", Takes::kValue, "String: list",
       "[deprecated] Topics that are input and output, with commas between them: the tool skips "
       "to their end."},
      {"internal-topics", Takes::kValue, "String: list",
       "Of the internal topics, those to delete, with commas between them."},
      {"config-file", Takes::kValue, "String: file name", "The older name of --command-config."},
      {"command-config", Takes::kValue, "String: file name",
       "Property file with the settings of the admin client and the consumer."},
      {"force", Takes::kNothing, "",
       "Remove the members of the group. Stop all instances of the application first."},
      {"dry-run", Takes::kNothing, "", "Only show what would be done."},
      {"help", Takes::kNothing, "", "Print usage information."},
      {"version", Takes::kNothing, "", "Display Kafka version."}};
  std::ranges::move(offset_target_flags(), std::back_inserter(flags));
  return {.about = std::string(kAboutStreamsReset),
          .flags = std::move(flags),
          .run = run_streams_reset,
          .on_error = show_streams_reset_failure,
          .parse_errors_show_table = true};
}

}  // namespace kreel::kafka_tools
