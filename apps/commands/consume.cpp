#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/admin.hpp"
#include "cli/broker_silence.hpp"
#include "cli/client_log.hpp"
#include "cli/consume_args.hpp"
#include "cli/consume_job.hpp"
#include "cli/consume_plan.hpp"
#include "cli/exec_job.hpp"
#include "cli/rebalance_notes.hpp"
#include "cli/resolve_positions.hpp"
#include "cli/usage.hpp"

namespace kreel::commands {
namespace {

void tell_time(CommandContext& context, const char* word, const std::optional<Position>& position) {
  if (!position || position->anchor != Position::Anchor::kTime) return;
  context.note(fmt::format("{} {}", word, format_time(position->value)));
}

Result<ClientConfig> consumer_config(const ConsumeArgs& args, CommandContext& context) {
  TRY_ASSIGN(ClientConfig config, client_config(context, PropertyScope::kConsumer));
  if (args.isolation) config.properties["isolation.level"] = *args.isolation;
  if (args.exec) {
    // Commands are slow: little is fetched ahead, and a crash repeats little of their work.
    config.properties.emplace("queued.min.messages", "1000");
    config.properties.emplace("queued.max.messages.kbytes", "4096");
    config.properties.emplace("auto.commit.interval.ms", "1000");
  }
  return config;
}

// A property of the user's counts unless the flag says otherwise.
Result<bool> wants_commit(const ConsumeArgs& args, CommandContext& context) {
  if (args.commit || args.no_commit) return args.commit;
  TRY_ASSIGN(const Configuration* found, context.configuration());
  return found->properties.value("enable.auto.commit") != "false";
}

bool has_end(const ConsumeArgs& args, const ReadScope& scope) {
  return scope.until || args.limit || args.idle;
}

// What --exec needs beside a consumer, in order of need.
struct Exec {
  ProcessGuard guard;
  std::unique_ptr<DeadLetters> letters;
  ExecJob job;

  Exec(CommandContext& context, ExecSettings settings, RecordFilter& filter, ProcessGuard processes,
       std::unique_ptr<DeadLetters> dead_letters, GroupEnd* end)
      : guard(std::move(processes)),
        letters(std::move(dead_letters)),
        job(context, std::move(settings), filter, guard, end, letters.get()) {}
};

Result<std::optional<Backlog>> backlog_of(const ConsumeArgs& args, const ReadScope& scope,
                                          AdminClient& admin) {
  if (!args.idle || !filter_of(args).any()) return std::nullopt;
  return Backlog::of(admin, scope);
}

// It moves the group, as a reset would.
Result<void> confirm_commits(const ConsumeArgs& args, CommandContext& context) {
  TRY_ASSIGN(const Configuration* found, context.configuration());
  return context.confirm_if_protected(
      {.what = fmt::format("commit offsets of group \"{}\"", *args.group),
       .hint = "--no-commit reads and commits nothing"},
      *found);
}

// Null without --exec.
Result<std::unique_ptr<Exec>> make_exec(const ConsumeArgs& args, CommandContext& context,
                                        AdminClient& admin, RecordFilter& filter, GroupEnd* end,
                                        const Backlog* backlog) {
  if (!args.exec) return nullptr;
  ExecSettings settings;
  settings.command = {*args.exec, args.persistent, args.exec_timeout, context.environment()};
  settings.workers = args.workers.value_or(1);
  settings.retries = args.retries.value_or(0);
  settings.backoff = args.backoff.value_or(settings.backoff);
  settings.priority = priority_of(args);
  settings.limits = {args.limit, args.idle, backlog};
  TRY_ASSIGN(ProcessGuard guard, ProcessGuard::start());
  std::unique_ptr<DeadLetters> letters;
  if (args.dead_letter) {
    TRY_ASSIGN(letters,
               DeadLetters::open(context, admin, *args.dead_letter, args.group.value_or("")));
  }
  return std::make_unique<Exec>(context, std::move(settings), filter, std::move(guard),
                                std::move(letters), end);
}

Result<ExitCode> read(const ConsumeArgs& args, CommandContext& context, Consumer& consumer,
                      GroupEnd* end, Exec* exec, RecordFilter& filter, const Backlog* backlog,
                      std::optional<std::int64_t> total) {
  if (args.limit && total) total = std::min(*total, *args.limit);
  // On a terminal the records themselves are the progress.
  const bool hidden = context.globals().quiet || context.streams().out_is_terminal || !total;
  Progress progress(context.streams(), hidden, steady_ms, {.total = total});
  if (exec != nullptr) {
    const StopRequests stop;
    auto code = exec->job.run(consumer, stop, progress);
    filter.tell_errors(context);
    return code;
  }
  std::optional<RecordFormat> format;
  RecordStyle style = RecordWriter::style_of(context.format());
  if (args.format) {
    TRY_ASSIGN(format, RecordFormat::parse(*args.format));
    style = RecordStyle::kFormat;
  }
  TRY_ASSIGN(CsvOptions csv, CsvOptions::make(style, context.output().options()));
  RecordWriter writer(context.streams(), style, std::move(format), std::move(csv));
  const StopRequests stop([&consumer] { consumer.stop(); });
  ConsumeJob job(context, consumer, writer, filter, {args.limit, args.idle, backlog}, end);
  auto code = job.run(stop, progress);
  filter.tell_errors(context);
  return code;
}

Result<ExitCode> run_in_group(const ConsumeArgs& args, CommandContext& context,
                              const ClientConfig& config, RecordFilter& filter) {
  ReadScope scope = scope_of(args);
  scope.isolation = isolation_of(config);
  TRY_ASSIGN(const bool commits, wants_commit(args, context));
  if (commits) TRY(confirm_commits(args, context));
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(auto topics, plan_subscription(*admin, scope));
  if (scope.regex && !is_posix_pattern(*scope.regex)) {
    context.note(
        "topics that are made later are not looked for: with a group, that needs an "
        "expression of POSIX");
  }
  TRY_ASSIGN(const auto backlog, backlog_of(args, scope, *admin));
  std::optional<GroupEnd> end;
  if (scope.until) {
    ReadScope bounds = scope;
    bounds.from.reset();
    TRY_ASSIGN(const auto ranges, plan_ranges(*admin, bounds));
    end.emplace(*admin, *args.group, ranges);
  }
  TRY_ASSIGN(const auto exec, make_exec(args, context, *admin, filter, end ? &*end : nullptr,
                                        backlog ? &*backlog : nullptr));
  ConsumerOptions options;
  options.on_log = client_log(context);
  options.priority = priority_of(args);
  bear_silence(options, context, has_end(args, scope));
  options.commit = commits;
  RebalanceNotes notes(context);
  options.on_assignment = [&](const std::vector<TopicPartition>& partitions) {
    if (end) end->assigned(partitions);
    if (exec) exec->job.assigned();
    notes.assigned(partitions);
  };
  options.on_revoked = [&](const std::vector<TopicPartition>& partitions, bool lost) {
    notes.revoked(partitions, lost);
    if (end) end->revoked(partitions);
    if (exec) exec->job.revoked(partitions, lost);
  };
  TRY_ASSIGN(const auto consumer,
             Consumer::subscribe(config, *args.group, std::move(topics), std::move(options)));
  return read(args, context, *consumer, end ? &*end : nullptr, exec.get(), filter,
              backlog ? &*backlog : nullptr, std::nullopt);
}

Result<ExitCode> run_alone(const ConsumeArgs& args, CommandContext& context,
                           const ClientConfig& config, RecordFilter& filter) {
  ReadScope scope = scope_of(args);
  scope.isolation = isolation_of(config);
  std::vector<ReadRange> ranges;
  std::optional<Backlog> backlog;
  std::unique_ptr<Exec> exec;
  {
    TRY_ASSIGN(const auto admin, connect_admin(context));
    TRY_ASSIGN(ranges, plan_ranges(*admin, scope));
    TRY_ASSIGN(backlog, backlog_of(args, scope, *admin));
    TRY_ASSIGN(exec,
               make_exec(args, context, *admin, filter, nullptr, backlog ? &*backlog : nullptr));
  }
  const auto total = offsets_between(ranges);
  ConsumerOptions options;
  options.on_log = client_log(context);
  options.priority = priority_of(args);
  bear_silence(options, context, has_end(args, scope));
  TRY_ASSIGN(const auto consumer, Consumer::assign(config, std::move(ranges), std::move(options)));
  return read(args, context, *consumer, nullptr, exec.get(), filter, backlog ? &*backlog : nullptr,
              total);
}

Result<ExitCode> run(const ConsumeArgs& args, CommandContext& context) {
  if (args.format && !context.format().empty()) return usage("-f and -o: give one of them");
  if (args.exec && !context.format().empty()) {
    return usage("-o and --exec: the command prints what is printed");
  }
  TRY(CsvOptions::make(RecordWriter::style_of(context.format()), context.output().options()));
  TRY_ASSIGN(RecordFilter filter, RecordFilter::make(filter_of(args)));
  TRY_ASSIGN(const ClientConfig config, consumer_config(args, context));
  const ReadScope scope = scope_of(args);
  tell_time(context, "from", scope.from);
  tell_time(context, "until", scope.until);
  return args.group ? run_in_group(args, context, config, filter)
                    : run_alone(args, context, config, filter);
}

}  // namespace

Command consume() {
  return command<ConsumeArgs>({
      .name = "consume",
      .summary = "Read records from topics",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kTimes | kVerbose | kWrites,
      .options =
          {argument("TOPIC[:PARTITIONS]...", &ConsumeArgs::topics)
               .alias("-t")
               .alias("--topic")
               .kind(ValueKind::kTopic)
               .optional(),
           option("--regex", &ConsumeArgs::regex)
               .value("RE")
               .help("Read the topics whose names match, in place of TOPIC"),
           option("--from", &ConsumeArgs::from)
               .help("Where to start, or FROM..UNTIL")
               .fallback("start; with -g where the group has committed, or start"),
           option("--until", &ConsumeArgs::until)
               .help("Where to end, without the record at it; end is fixed at the start")
               .fallback("follow"),
           option("-n,--records", &ConsumeArgs::limit)
               .range(1, INT64_MAX)
               .help("End after so many records"),
           option("--idle", &ConsumeArgs::idle)
               .help("End when no record that passes came for so long; exit code 10 with fewer "
                     "than -n"),
           option("-g,--group", &ConsumeArgs::group)
               .kind(ValueKind::kGroup)
               .value("GROUP")
               .help("Join this group; what was written out is committed"),
           option("--commit", &ConsumeArgs::commit)
               .help("With -g, commit whatever enable.auto.commit says")
               .fallback("commit"),
           option("--no-commit", &ConsumeArgs::no_commit).help("With -g, commit nothing"),
           option("-p,--partitions", &ConsumeArgs::partitions)
               .help("Only these partitions of each topic")
               .fallback("all"),
           option("-f,--format", &ConsumeArgs::format)
               .value("FORMAT")
               .help("Print with %t %p %o %T %k %K %s %S %R %h, as kcat does"),
           option("--key", &ConsumeArgs::key).value("RE").help("Only records whose key matches"),
           option("--value", &ConsumeArgs::value)
               .value("RE")
               .help("Only records whose value matches"),
           option("--header", &ConsumeArgs::headers)
               .value("KEY=RE")
               .help("Only records with a header that matches; again for more"),
           option("--where", &ConsumeArgs::where)
               .value("JQ")
               .help("Only records of which this jq expression is true"),
           option("--isolation", &ConsumeArgs::isolation)
               .choices({"read_committed", "read_uncommitted"})
               .help("Whether to see records of open and aborted transactions")
               .fallback("read_committed"),
           option("--priority", &ConsumeArgs::priority)
               .value("TOPIC,TOPIC")
               .kind(ValueKind::kTopic)
               .help("Read the first topic to its end before the next one gives records"),
           option("--exec", &ConsumeArgs::exec)
               .value("CMD")
               .help("Run sh -c CMD for each record, its value on stdin, in place of printing"),
           option("--workers", &ConsumeArgs::workers)
               .range(1, 256)
               .help("How many commands run at a time; one at a time of a key")
               .fallback("1"),
           option("--persistent", &ConsumeArgs::persistent)
               .help("One process per worker: a line of JSON in, 'ok' or 'fail TEXT' out"),
           option("--retries", &ConsumeArgs::retries)
               .range(0, 1'000'000)
               .help("Run the command again so often when it fails")
               .fallback("0"),
           option("--backoff", &ConsumeArgs::backoff)
               .help("Wait so long before the first retry, then twice as long each time, up to 1m")
               .fallback("500ms"),
           option("--exec-timeout", &ConsumeArgs::exec_timeout)
               .help("Kill a command that takes longer for a record; counts as failed"),
           option("--dead-letter", &ConsumeArgs::dead_letter)
               .kind(ValueKind::kTopic)
               .value("TOPIC")
               .help("Put records for which the command keeps failing there, and go on")},
      .details =
          "Follows until --until, -n, --idle or Ctrl-C ends it. When the broker does not answer, "
          "a read with such an end fails after --timeout, another one goes on trying. end is where "
          "the first open transaction begins, but with --isolation read_uncommitted. -o lines, or "
          "table, prints each "
          "value and a line feed, wide also where and when it was written, its key and headers, "
          "raw the value alone, jsonl one object per record that produce --from jsonl "
          "reads back, hex a dump of every field. On a terminal control bytes are escaped, except "
          "with -o raw. A group commits only what was written out; Ctrl-C leaves the group at "
          "once. On a protected cluster that is a change, and needs --yes; --no-commit does "
          "not.\n\nWhile what was there at the start is read, any record ends the wait of --idle; "
          "those that "
          "come later have to pass the filters.\n\n--priority names topics in the order in which "
          "they are read; those that stand "
          "as "
          "TOPIC alone come last. New records of an earlier topic go first again.\n\n--exec gives "
          "a command the "
          "record's value on stdin and KREEL_TOPIC, KREEL_PARTITION, KREEL_OFFSET, "
          "KREEL_TIMESTAMP (ms), KREEL_TIMESTAMP_TYPE, KREEL_KEY (unset when null), KREEL_HEADERS "
          "(JSON), KREEL_HEADER_<NAME>, KREEL_NULL_VALUE=1 for a null value, KREEL_ATTEMPT and "
          "KREEL_WORKER in its environment; a key with a NUL byte is in KREEL_KEY_HEX. Exit code 0 "
          "means done. Its stdout comes out whole, one record's after the other. Processes that "
          "it leaves in its process group are killed. Records of a partition with the same key "
          "are worked on one after the other; those without a key are in no order. With -g only "
          "what has nothing unfinished before it is committed, so a record may be given again, "
          "and none is left out. A record that keeps failing stops kreel with exit code 1; "
          "with --dead-letter it is written there instead, with the cause in headers "
          "kreel.dlq.*. A command that cannot be run (exit code 126 or 127) stops kreel in "
          "either case. Work on partitions that the group takes away gets 10s to end, and 0.5s at "
          "Ctrl-C.\n\nRegular "
          "expressions are those of RE2 and match anywhere in the text. --where sees the object "
          "of -o jsonl; where the value is JSON, .value is what it says, and .value_text its text. "
          "A record of which the expression cannot be asked does not match, which is told at the "
          "end.",
      .formats = {"lines", "table", "wide", "json", "jsonl", "csv", "raw", "hex"},
      .exclusive = {{"--commit", "--no-commit"}, {"--regex", "--priority"}},
      .check = check_consume,
      .examples = {{"kreel consume orders --until end", "Everything there is, then stop"},
                   {"kreel consume orders --from end-10 --until end", "The last 10 per partition"},
                   {"kreel consume orders --from @-1h -o jsonl", "The last hour, then follow"},
                   {"kreel consume orders -g billing -n 100", "100 records as a group's member"},
                   {"kreel consume orders --where '.value.amount > 10'", "JSON values by content"},
                   {"kreel consume orders:0,3 -f '%o %k %s\\n'", "Two partitions, kcat's format"},
                   {"kreel consume orders -g mail --exec ./send --workers 8 --retries 3",
                    "A command for each record, eight at a time"},
                   {"kreel consume orders -n 5 --idle 10s",
                    "Exit code 10 unless five records arrive"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized,
                ExitCode::kNotFound, ExitCode::kRefused, ExitCode::kIo, ExitCode::kConditionFalse,
                ExitCode::kInterrupted, ExitCode::kTerminated},
      .see_also = {"produce", "groups lag", "offsets reset"},
  });
}

}  // namespace kreel::commands
