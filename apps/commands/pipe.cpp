#include <algorithm>

#include <fmt/format.h>

#include "cli/admin.hpp"
#include "cli/broker_silence.hpp"
#include "cli/client_log.hpp"
#include "cli/consume_plan.hpp"
#include "cli/pipe_job.hpp"
#include "cli/rebalance_notes.hpp"
#include "cli/usage.hpp"

namespace kreel::commands {
namespace {

struct PipeArgs {
  std::string in;
  std::string out;
  std::vector<std::string> command;
  std::optional<std::string> group;
  std::optional<std::string> transactional_id;
  std::string gives = "lines";
  std::string prints = "lines";
  bool persistent = false;
  std::int64_t batch_records = 1'000;
  std::chrono::milliseconds batch_wait{100};
  std::optional<std::chrono::milliseconds> exec_timeout;
  std::optional<Position> until;
  std::optional<std::int64_t> limit;
  std::optional<std::chrono::milliseconds> idle;
  std::optional<std::string> compression;
};

std::string group_of(const PipeArgs& args) {
  return args.group.value_or(fmt::format("kreel-pipe.{}.{}", args.in, args.out));
}

PipeSettings settings_of(const PipeArgs& args, CommandContext& context) {
  PipeSettings settings;
  settings.command = {shell_line(args.command), args.persistent, args.exec_timeout,
                      context.environment()};
  settings.transactional_id = args.transactional_id.value_or(group_of(args));
  settings.gives_json = args.gives == "jsonl";
  settings.prints_json = args.prints == "jsonl";
  settings.batch_records = args.batch_records;
  settings.batch_wait = args.batch_wait;
  settings.limits = {args.limit, args.idle};
  return settings;
}

Result<void> check(const PipeArgs& args) {
  if (args.command.empty() || args.command.front().empty()) {
    return usage("no command", "kreel pipe IN OUT -- CMD");
  }
  if (args.in == args.out) return usage(fmt::format("{} would be read and written", args.in));
  if (args.group && args.group->empty()) return usage("-g: the name is empty");
  if (args.transactional_id && args.transactional_id->empty()) {
    return usage("--txn: the id is empty");
  }
  return {};
}

// A batch that is dropped is read again from what the group has committed. A member that keeps its
// partitions over a rebalance would go on behind it. After a kill -9 the next run waits for the
// session of this one to end.
Result<ClientConfig> consumer_config(CommandContext& context) {
  TRY_ASSIGN(ClientConfig config, client_config(context, PropertyScope::kConsumer));
  constexpr const char* kStrategy = "partition.assignment.strategy";
  const auto found = config.properties.find(kStrategy);
  if (found != config.properties.end() && found->second.find("cooperative") != std::string::npos) {
    return fail(ErrorKind::kUsage,
                fmt::format("{}={}: a pipe needs range or roundrobin", kStrategy, found->second));
  }
  if (isolation_of(config) == Isolation::kReadUncommitted) {
    return fail(ErrorKind::kUsage,
                "isolation.level=read_uncommitted: a pipe reads what is committed, or an aborted "
                "record would come out of it");
  }
  config.properties.emplace("session.timeout.ms", "10000");
  return config;
}

Result<ExitCode> run(const PipeArgs& args, CommandContext& context) {
  TRY_ASSIGN(const ClientConfig consumer, consumer_config(context));
  TRY_ASSIGN(ClientConfig producer, client_config(context, PropertyScope::kProducer));
  if (args.compression) producer.properties["compression.type"] = *args.compression;
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY(admin->require_transactions());
  ReadScope scope;
  scope.topics = {{args.in, {}}};
  scope.until = args.until;
  scope.isolation = isolation_of(consumer);
  TRY_ASSIGN(const auto topics, plan_subscription(*admin, scope));
  TopicLookup lookup(*admin);
  TRY_ASSIGN(const TopicTarget* out, lookup.find(args.out));
  const std::string group = group_of(args);
  std::optional<GroupEnd> end;
  if (scope.until) {
    TRY_ASSIGN(const auto ranges, plan_ranges(*admin, scope));
    end.emplace(*admin, group, ranges);
  }
  TRY_ASSIGN(const ProcessGuard guard, ProcessGuard::start());
  PipeJob job(context, settings_of(args, context), *out, guard, end ? &*end : nullptr);
  TRY(job.open(producer));
  RebalanceNotes notes(context);
  const auto open_consumer = [&] {
    ConsumerOptions options;
    options.on_log = client_log(context);
    options.commit = false;
    bear_silence(options, context, args.until || args.limit || args.idle);
    options.on_assignment = [&](const std::vector<TopicPartition>& partitions) {
      if (end) end->assigned(partitions);
      job.assigned();
      notes.assigned(partitions);
    };
    options.on_revoked = [&](const std::vector<TopicPartition>& partitions, bool lost) {
      job.revoked(lost);
      notes.revoked(partitions, lost);
      if (end) end->revoked(partitions);
    };
    return Consumer::subscribe(consumer, group, topics, std::move(options));
  };
  const StopRequests stop([&job] { job.stop(); });
  return job.run(open_consumer, stop);
}

}  // namespace

Command pipe() {
  return command<PipeArgs>({
      .name = "pipe",
      .summary = "Send records through a command to another topic, exactly once",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kTimes | kVerbose | kWrites,
      .options =
          {argument("IN", &PipeArgs::in).kind(ValueKind::kTopic),
           argument("OUT", &PipeArgs::out).kind(ValueKind::kTopic),
           trailing("CMD", &PipeArgs::command)
               .help("The command and its arguments; a single word is a line for sh -c"),
           option("--in", &PipeArgs::gives)
               .choices({"lines", "jsonl"})
               .help("What CMD reads: each value as a line, or each record as consume -o jsonl "
                     "prints it"),
           option("--out", &PipeArgs::prints)
               .choices({"lines", "jsonl"})
               .help("What CMD prints: a line is a value, or a record as produce --from jsonl "
                     "reads it"),
           option("--persistent", &PipeArgs::persistent)
               .help("CMD stays, and answers each line with one line"),
           option("--batch", &PipeArgs::batch_records)
               .range(1, 1'000'000)
               .value("N")
               .help("At most so many records in a transaction, and for one run of CMD"),
           option("--batch-wait", &PipeArgs::batch_wait)
               .help("How long the first record of a batch waits for others"),
           option("--exec-timeout", &PipeArgs::exec_timeout)
               .help("Kill CMD when it takes longer for a batch, or with --persistent for a line"),
           option("-g,--group", &PipeArgs::group)
               .kind(ValueKind::kGroup)
               .value("GROUP")
               .help("The group that reads IN, and whose offsets say how far the pipe is")
               .fallback("kreel-pipe.IN.OUT"),
           option("--txn", &PipeArgs::transactional_id)
               .value("ID")
               .help("The transactional id; pipes that share the work need one each")
               .fallback("the group's name"),
           option("--until", &PipeArgs::until)
               .help("Where to end, without the record at it; end is fixed at the start")
               .fallback("follow"),
           option("-n,--records", &PipeArgs::limit)
               .range(1, INT64_MAX)
               .help("End after so many records of IN"),
           option("--idle", &PipeArgs::idle)
               .help("End when nothing came for so long; exit code 10 with fewer than -n"),
           option("-z,--compression", &PipeArgs::compression)
               .choices({"none", "gzip", "snappy", "lz4", "zstd"})
               .help("Compress batches")},
      .details =
          "CMD runs once for each batch: its stdin is the batch, a line for each record, and what "
          "it prints goes to OUT, as many lines as it likes. The records and the group's offsets "
          "are committed in one transaction, so readers with read_committed see what CMD made of "
          "each record exactly once, whoever is killed meanwhile: CMD, kreel or the broker. The "
          "same command again goes on where the last one stopped.\n\n"
          "When CMD ends with another exit code than 0, nothing of the batch is committed and "
          "kreel ends with exit code 1. With --persistent CMD has to print one line for each line "
          "that it reads, and flush it; any other number ends the pipe. Its line gets the key of "
          "the record that it answers. Values of --in lines have no line feed; a null value is an "
          "empty line.\n\n"
          "A second pipe of the same transactional id takes the work over, and the first one ends. "
          "To share the work, give each its own --txn. Each process leads a process group, which "
          "ends with kreel.",
      .check = check,
      .examples = {{"kreel pipe orders shouted -- tr a-z A-Z", "Each batch through tr"},
                   {"kreel pipe orders keyed --in jsonl --out jsonl -- jq -c 'select(.key)'",
                    "A filter that keeps keys"},
                   {"kreel pipe orders scored --persistent -- python3 -u score.py",
                    "A process that stays"},
                   {"kreel pipe orders sorted --until end -- 'sort; echo done'",
                    "A line for the shell, up to what is there now"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized,
                ExitCode::kNotFound, ExitCode::kBadInput, ExitCode::kConditionFalse,
                ExitCode::kInterrupted, ExitCode::kTerminated},
      .see_also = {"consume", "cp", "txns list"},
  });
}

}  // namespace kreel::commands
