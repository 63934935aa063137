#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/admin.hpp"
#include "cli/client_log.hpp"
#include "cli/consume_job.hpp"
#include "cli/consume_plan.hpp"

namespace kreel::commands {
namespace {

struct Args {
  std::vector<TopicPartitions> topics;
  std::optional<std::string> regex;
  std::optional<FromPosition> from;
  std::optional<Position> until;
  std::optional<std::int64_t> limit;
  std::optional<std::chrono::milliseconds> idle;
  std::optional<std::string> group;
  bool commit = false;
  bool no_commit = false;
  std::vector<std::int32_t> partitions;
  std::optional<std::string> format;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<KeyValue> headers;
  std::optional<std::string> isolation;
  std::optional<std::string> priority;
};

tl::unexpected<Error> usage(std::string message, std::string hint = {}) {
  return fail(ErrorKind::kUsage, std::move(message), std::move(hint));
}

std::vector<std::string> priority_of(const Args& args) {
  std::vector<std::string> topics;
  if (!args.priority) return topics;
  for (const std::string_view topic : split(*args.priority, ',')) topics.emplace_back(trim(topic));
  return topics;
}

ReadScope scope_of(const Args& args) {
  ReadScope scope;
  scope.topics = args.topics;
  for (const std::string& topic : priority_of(args)) {
    const bool named = std::ranges::any_of(
        args.topics, [&](const TopicPartitions& one) { return one.topic == topic; });
    if (!named) scope.topics.push_back({topic, {}});
  }
  scope.regex = args.regex;
  scope.partitions = args.partitions;
  scope.until = args.until;
  if (args.from) {
    scope.from = args.from->range.from;
    if (args.from->range.until) scope.until = args.from->range.until;
  }
  return scope;
}

RecordFilterArgs filter_of(const Args& args) {
  return {.key = args.key, .value = args.value, .headers = args.headers};
}

Result<void> check_group(const Args& args) {
  const ReadScope scope = scope_of(args);
  const bool names_partitions =
      !args.partitions.empty() ||
      std::ranges::any_of(args.topics, [](const auto& topic) { return !topic.partitions.empty(); });
  if (!args.group) {
    if (args.commit || args.no_commit) return usage("--commit and --no-commit need -g GROUP");
    if (scope.from && scope.from->anchor == Position::Anchor::kCommitted) {
      return usage("--from committed needs -g GROUP");
    }
    return {};
  }
  if (args.group->empty()) return usage("-g: the group's name is empty");
  if (names_partitions) {
    return usage("partitions cannot be chosen with -g: the group assigns them",
                 "leave out -g to read partitions of your choice");
  }
  if (scope.from && *scope.from != Position{.anchor = Position::Anchor::kCommitted}) {
    return usage(fmt::format("--from {} with -g: a group goes on where it has committed",
                             to_string(*scope.from)),
                 fmt::format("kreel offsets reset {} --to {} moves the group", *args.group,
                             to_string(*scope.from)));
  }
  return {};
}

Result<void> check_priority(const Args& args) {
  std::vector<std::string> topics = priority_of(args);
  if (std::ranges::find(topics, "") != topics.end()) {
    return usage("--priority: a topic's name is empty", "--priority high,low");
  }
  std::ranges::sort(topics);
  const auto twice = std::ranges::adjacent_find(topics);
  if (twice != topics.end()) return usage(fmt::format("--priority: {} is named twice", *twice));
  return {};
}

Result<void> check(const Args& args) {
  if (args.topics.empty() && !args.regex && !args.priority) {
    return usage("no topic", "name one, or --regex RE");
  }
  TRY(check_priority(args));
  if (!args.topics.empty() && args.regex) return usage("topics and --regex: give one of them");
  if (args.from && args.from->range.until && args.until) {
    return usage("--until: --from has an end already");
  }
  const ReadScope scope = scope_of(args);
  if (scope.until && scope.until->anchor == Position::Anchor::kCommitted) {
    return usage("--until committed: that end moves as the group reads");
  }
  TRY(check_group(args));
  if (args.format) TRY(RecordFormat::parse(*args.format));
  TRY(RecordFilter::make(filter_of(args)));
  if (args.regex) TRY(Pattern::compile(*args.regex));
  return {};
}

void tell_time(CommandContext& context, const char* word, const std::optional<Position>& position) {
  if (!position || position->anchor != Position::Anchor::kTime) return;
  context.note(fmt::format("{} {}", word, format_time(position->value)));
}

Result<ClientConfig> consumer_config(const Args& args, CommandContext& context) {
  TRY_ASSIGN(ClientConfig config, client_config(context, PropertyScope::kConsumer));
  if (args.isolation) config.properties["isolation.level"] = *args.isolation;
  return config;
}

// A property of the user's counts unless the flag says otherwise.
Result<bool> wants_commit(const Args& args, CommandContext& context) {
  if (args.commit || args.no_commit) return args.commit;
  TRY_ASSIGN(const Configuration* found, context.configuration());
  return found->properties.value("enable.auto.commit") != "false";
}

std::string assignment_text(const std::vector<TopicPartition>& partitions) {
  if (partitions.empty()) return "assigned: nothing";
  std::vector<std::string> names;
  for (const TopicPartition& at : partitions) names.push_back(at.to_string());
  return fmt::format("assigned: {}", fmt::join(names, ", "));
}

// How many offsets lie between the starts and the ends, when all ends are fixed.
std::optional<std::int64_t> total_of(const std::vector<ReadRange>& ranges) {
  std::int64_t total = 0;
  for (const ReadRange& range : ranges) {
    if (!range.end) return std::nullopt;
    total += std::max<std::int64_t>(0, *range.end - range.start);
  }
  return total;
}

Result<ExitCode> read(const Args& args, CommandContext& context, Consumer& consumer, GroupEnd* end,
                      std::optional<std::int64_t> total) {
  TRY_ASSIGN(const RecordFilter filter, RecordFilter::make(filter_of(args)));
  std::optional<RecordFormat> format;
  RecordStyle style = RecordWriter::style_of(context.format());
  if (args.format) {
    TRY_ASSIGN(format, RecordFormat::parse(*args.format));
    style = RecordStyle::kFormat;
  }
  RecordWriter writer(context.streams(), style, std::move(format));
  const StopRequests stop([&consumer] { consumer.stop(); });
  if (args.limit && total) total = std::min(*total, *args.limit);
  // On a terminal the records themselves are the progress.
  const bool hidden = context.globals().quiet || context.streams().out_is_terminal || !total;
  Progress progress(context.streams(), hidden, steady_ms, {.total = total});
  ConsumeJob job(context, consumer, writer, filter, {args.limit, args.idle}, end);
  return job.run(stop, progress);
}

Result<ExitCode> run_in_group(const Args& args, CommandContext& context,
                              const ClientConfig& config) {
  const ReadScope scope = scope_of(args);
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(auto topics, plan_subscription(*admin, scope));
  std::optional<GroupEnd> end;
  if (scope.until) {
    ReadScope bounds = scope;
    bounds.from.reset();
    TRY_ASSIGN(const auto ranges, plan_ranges(*admin, bounds));
    end.emplace(*admin, *args.group, ranges);
  }
  ConsumerOptions options;
  options.on_log = client_log(context);
  options.priority = priority_of(args);
  TRY_ASSIGN(options.commit, wants_commit(args, context));
  options.on_assignment = [&](const std::vector<TopicPartition>& partitions) {
    if (end) end->assigned(partitions);
    if (context.globals().verbose > 0) context.note(assignment_text(partitions));
  };
  TRY_ASSIGN(const auto consumer,
             Consumer::subscribe(config, *args.group, std::move(topics), std::move(options)));
  return read(args, context, *consumer, end ? &*end : nullptr, std::nullopt);
}

Result<ExitCode> run_alone(const Args& args, CommandContext& context, const ClientConfig& config) {
  std::vector<ReadRange> ranges;
  {
    TRY_ASSIGN(const auto admin, connect_admin(context));
    TRY_ASSIGN(ranges, plan_ranges(*admin, scope_of(args)));
  }
  const auto total = total_of(ranges);
  ConsumerOptions options;
  options.on_log = client_log(context);
  options.priority = priority_of(args);
  TRY_ASSIGN(const auto consumer, Consumer::assign(config, std::move(ranges), std::move(options)));
  return read(args, context, *consumer, nullptr, total);
}

Result<ExitCode> run(const Args& args, CommandContext& context) {
  if (args.format && !context.format().empty()) return usage("-f and -o: give one of them");
  TRY_ASSIGN(const ClientConfig config, consumer_config(args, context));
  const ReadScope scope = scope_of(args);
  tell_time(context, "from", scope.from);
  tell_time(context, "until", scope.until);
  return args.group ? run_in_group(args, context, config) : run_alone(args, context, config);
}

}  // namespace

Command consume() {
  return command<Args>({
      .name = "consume",
      .summary = "Read records from topics",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kTimes | kVerbose,
      .options =
          {argument("TOPIC[:PARTITIONS]...", &Args::topics).kind(ValueKind::kTopic).optional(),
           option("--regex", &Args::regex)
               .value("RE")
               .help("Read the topics whose names match, in place of TOPIC"),
           option("--from", &Args::from)
               .help("Where to start, or FROM..UNTIL")
               .fallback("start; with -g where the group has committed, or start"),
           option("--until", &Args::until)
               .help("Where to end, without the record at it; end is fixed at the start")
               .fallback("follow"),
           option("-n,--records", &Args::limit)
               .range(1, INT64_MAX)
               .help("End after so many records"),
           option("--idle", &Args::idle)
               .help("End when nothing came for so long; exit code 10 with fewer than -n"),
           option("-g,--group", &Args::group)
               .kind(ValueKind::kGroup)
               .value("GROUP")
               .help("Join this group; what was written out is committed"),
           option("--commit", &Args::commit)
               .help("With -g, commit whatever enable.auto.commit says")
               .fallback("commit"),
           option("--no-commit", &Args::no_commit).help("With -g, commit nothing"),
           option("-p,--partitions", &Args::partitions)
               .help("Only these partitions of each topic")
               .fallback("all"),
           option("-f,--format", &Args::format)
               .value("FORMAT")
               .help("Print with %t %p %o %T %k %K %s %S %R %h, as kcat does"),
           option("--key", &Args::key).value("RE").help("Only records whose key matches"),
           option("--value", &Args::value).value("RE").help("Only records whose value matches"),
           option("--header", &Args::headers)
               .value("KEY=RE")
               .help("Only records with a header that matches; again for more"),
           option("--isolation", &Args::isolation)
               .choices({"read_committed", "read_uncommitted"})
               .help("Whether to see records of open and aborted transactions")
               .fallback("read_committed"),
           option("--priority", &Args::priority)
               .value("TOPIC,TOPIC")
               .help("Read the first topic to its end before the next one gives records")},
      .details =
          "Follows until --until, -n, --idle or Ctrl-C ends it. -o lines prints each value and a "
          "line feed, raw the value alone, jsonl one object per record that produce --from jsonl "
          "reads back, hex a dump of every field. On a terminal control bytes are escaped, except "
          "with -o raw. A group commits only what was written out; Ctrl-C leaves the group at "
          "once.\n\n--priority names topics in the order in which they are read; those that stand "
          "as "
          "TOPIC alone come last. New records of an earlier topic go first again.\n\nRegular "
          "expressions are those of RE2 and match anywhere in the text.",
      .formats = {"lines", "jsonl", "json", "raw", "hex"},
      .exclusive = {{"--commit", "--no-commit"}, {"--regex", "--priority"}},
      .check = check,
      .examples = {{"kreel consume orders --until end", "Everything there is, then stop"},
                   {"kreel consume orders --from end-10 --until end", "The last 10 per partition"},
                   {"kreel consume orders --from @-1h -o jsonl", "The last hour, then follow"},
                   {"kreel consume orders -g billing -n 100", "100 records as a group's member"},
                   {"kreel consume orders:0,3 -f '%o %k %s\\n'", "Two partitions, kcat's format"},
                   {"kreel consume orders -n 5 --idle 10s",
                    "Exit code 10 unless five records arrive"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized,
                ExitCode::kNotFound, ExitCode::kIo, ExitCode::kConditionFalse,
                ExitCode::kInterrupted, ExitCode::kTerminated},
      .see_also = {"produce", "groups lag", "offsets reset"},
  });
}

}  // namespace kreel::commands
