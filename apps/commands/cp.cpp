#include <map>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/admin.hpp"
#include "cli/broker_silence.hpp"
#include "cli/client_log.hpp"
#include "cli/consume_plan.hpp"
#include "cli/copy_job.hpp"
#include "cli/copy_side.hpp"
#include "cli/counted.hpp"
#include "cli/resolve_positions.hpp"
#include "cli/usage.hpp"

namespace kreel::commands {
namespace {

constexpr std::int64_t kRecordsPerTransaction = 10'000;

struct CpArgs {
  std::string source;
  std::string destination;
  std::optional<std::string> to_brokers;
  std::optional<std::string> to_profile;
  std::optional<FromPosition> from;
  std::optional<Position> until;
  bool follow = false;
  bool restart = false;
  std::optional<std::int64_t> limit;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<KeyValue> headers;
  std::optional<std::string> where;
  std::optional<std::string> isolation;
  std::optional<std::string> compression;
  std::optional<double> rate;
  bool transactional = false;
  std::optional<std::int64_t> records_per_transaction;
};

RecordFilterArgs filter_of(const CpArgs& args) {
  return {.key = args.key, .value = args.value, .headers = args.headers, .where = args.where};
}

ReadScope scope_of(const CpArgs& args, const TopicPartitions& topic) {
  ReadScope scope;
  scope.topics = {topic};
  scope.until = args.until;
  if (args.from) {
    scope.from = args.from->range.from;
    if (args.from->range.until) scope.until = args.from->range.until;
  }
  if (!scope.until && !args.follow) scope.until = Position{.anchor = Position::Anchor::kEnd};
  return scope;
}

Result<void> check(const CpArgs& args) {
  TRY_ASSIGN(const CopyAddress from, parse_copy_address(args.source));
  TRY_ASSIGN(const CopyAddress to, parse_copy_address(args.destination));
  if (!to.topic.partitions.empty()) {
    return usage("DST is a topic: records keep their partition", "name the partitions in SRC");
  }
  if (to.profile && (args.to_profile || args.to_brokers)) {
    return usage("DST names its cluster already", "leave out --to-profile and --to-brokers");
  }
  if (args.records_per_transaction && !args.transactional) {
    return usage("--txn-every needs --txn");
  }
  const bool has_end = args.until || (args.from && args.from->range.until);
  if (args.follow && has_end) return usage("--follow and an end: give one of them");
  if (args.until && args.from && args.from->range.until) {
    return usage("--until: --from has an end already");
  }
  const ReadScope scope = scope_of(args, from.topic);
  for (const auto& position : {scope.from, scope.until}) {
    if (position && position->anchor == Position::Anchor::kCommitted) {
      return usage("\"committed\" needs a group: a copy keeps its own progress");
    }
  }
  TRY(check_order(scope.from, scope.until));
  if (args.rate && !(*args.rate > 0)) return usage("--rate: records per second, above 0");
  return {};
}

// One side as it was found.
struct Cluster {
  ClientConfig client;
  std::unique_ptr<AdminClient> admin;
  std::string id;
};

Result<Cluster> connect(CommandContext& context, const CopySide& side, PropertyScope scope) {
  Cluster cluster;
  TRY_ASSIGN(cluster.client, side.config(context, scope));
  TRY_ASSIGN(cluster.admin, side.connect(context));
  TRY_ASSIGN(const ClusterInfo info, cluster.admin->describe_cluster());
  cluster.id = info.cluster_id.value_or("unknown");
  return cluster;
}

Result<const TopicTarget*> find_target(TopicLookup& topics, const std::string& name,
                                       const std::vector<ReadRange>& ranges) {
  std::int32_t needed = 0;
  for (const ReadRange& range : ranges) needed = std::max(needed, range.at.partition + 1);
  auto target = topics.find(name);
  if (!target) {
    const Error& error = target.error();
    if (error.kind() != ErrorKind::kNotFound || !error.hint().empty()) return fail(error);
    return fail(Error(error).with_hint(
        fmt::format("kreel topics create {} -p {} makes it, there", name, needed)));
  }
  if (const auto fits = check_partition(**target, needed - 1); !fits) {
    return fail(Error(fits.error())
                    .with_hint("records keep their partition: add partitions to it, or name some "
                               "of SRC, as in orders:0,3"));
  }
  return *target;
}

Result<std::vector<ReadRange>> find_source(AdminClient& from, const ReadScope& scope) {
  auto ranges = plan_ranges(from, scope);
  const bool unknown_topic = !ranges && ranges.error().kind() == ErrorKind::kNotFound &&
                             ranges.error().message().ends_with(" not found");
  if (!unknown_topic || !ranges.error().hint().empty()) return ranges;
  return fail(Error(ranges.error()).with_hint("kreel topics list shows the topics there are"));
}

// Empty where brokers have none (before Kafka 2.8).
Result<std::string> topic_id(AdminClient& admin, const std::string& name) {
  const std::vector<std::string> names{name};
  TRY_ASSIGN(const auto described, admin.describe_topics(names));
  if (described.front().error) return fail(described.front().error->error);
  return described.front().id.value_or(std::string());
}

// Moves the starts to where an earlier run stopped.
Result<void> go_on(CommandContext& context, AdminClient& from, AdminClient& to,
                   const std::string& group, const std::string& topic, bool transactional,
                   std::vector<ReadRange>& ranges) {
  TRY_ASSIGN(const auto progress, load_copy_progress(to, group, topic));
  if (progress.empty()) return {};
  std::vector<TopicPartition> partitions;
  for (const ReadRange& range : ranges) partitions.push_back(range.at);
  TRY_ASSIGN(const auto bounds, resolve_positions(from, partitions, Position{}));
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto found = progress.find(ranges[i].at.partition);
    if (found == progress.end()) continue;
    const std::string at = ranges[i].at.to_string();
    if (found->second > bounds[i].log_end) {
      return fail(ErrorKind::kRefused,
                  fmt::format("{}: copied up to offset {}, but it ends at {}: it was made anew", at,
                              found->second, bounds[i].log_end),
                  "--restart copies it from --from again");
    }
    if (found->second < bounds[i].log_start) {
      context.warn(fmt::format("{}: {} were deleted before they were copied", at,
                               counted(bounds[i].log_start - found->second, "record")));
    }
    ranges[i].start = std::max(found->second, bounds[i].log_start);
  }
  context.note(fmt::format("going on where an earlier run stopped{}",
                           transactional ? ""
                                         : "; what it wrote in its last second may be there "
                                           "twice if it was killed"));
  return {};
}

Result<ExitCode> run(const CpArgs& args, CommandContext& context) {
  TRY_ASSIGN(RecordFilter filter, RecordFilter::make(filter_of(args)));
  TRY_ASSIGN(const CopyAddress source, parse_copy_address(args.source));
  TRY_ASSIGN(const CopyAddress destination, parse_copy_address(args.destination));
  const CopySide from_side{.profile = source.profile};
  const CopySide to_side{.profile = destination.profile ? destination.profile : args.to_profile,
                         .brokers = args.to_brokers};
  TRY_ASSIGN(Cluster from, connect(context, from_side, PropertyScope::kConsumer));
  TRY_ASSIGN(Cluster to, connect(context, to_side, PropertyScope::kProducer));
  const std::string& topic = destination.topic.topic;
  if (from.id == to.id && topic == source.topic.topic) {
    return usage(fmt::format("{} would be copied to itself", topic),
                 "--to-brokers, --to-profile or PROFILE/TOPIC names the other cluster");
  }
  if (args.isolation) from.client.properties["isolation.level"] = *args.isolation;
  ReadScope scope = scope_of(args, source.topic);
  scope.isolation = isolation_of(from.client);
  TRY_ASSIGN(auto ranges, find_source(*from.admin, scope));
  TopicLookup topics(*to.admin);
  TRY_ASSIGN(const TopicTarget* target, find_target(topics, topic, ranges));

  TRY_ASSIGN(const std::string source_id, topic_id(*from.admin, source.topic.topic));
  CopySettings settings{
      .group = copy_group({from.id, source.topic.topic, source_id}, filter_of(args)),
      .transactional_id = {},
      .records_per_transaction = args.records_per_transaction.value_or(kRecordsPerTransaction),
      .records_per_s = args.rate,
      .records = args.limit,
      .restart = args.restart};
  if (args.transactional) {
    settings.transactional_id =
        copy_transactional_id(settings.group, topic, source.topic.partitions);
  }
  CopyJob job(context, *to.admin, *target, filter, settings);
  if (args.compression) to.client.properties["compression.type"] = *args.compression;
  TRY(job.open(to.client));
  if (args.restart) {
    // At once: a run that is killed leaves nothing of the earlier one to go on from.
    std::map<std::int32_t, std::int64_t> starts;
    for (const ReadRange& range : ranges) starts[range.at.partition] = range.start;
    TRY(save_copy_progress(*to.admin, settings.group, topic, starts));
  } else {
    TRY(go_on(context, *from.admin, *to.admin, settings.group, topic, args.transactional, ranges));
  }
  auto total = offsets_between(ranges);
  if (args.limit && total) total = std::min(*total, *args.limit);
  ConsumerOptions options;
  options.on_log = client_log(context);
  bear_silence(options, context, total.has_value() || args.limit);
  TRY_ASSIGN(const auto consumer,
             Consumer::assign(from.client, std::move(ranges), std::move(options)));
  const StopRequests stop([&] {
    consumer->stop();
    job.stop();
  });
  Progress progress(context.streams(), context.globals().quiet, steady_ms, {.total = total});
  return job.run(*consumer, stop, progress);
}

}  // namespace

Command cp() {
  return command<CpArgs>({
      .name = "cp",
      .summary = "Copy records from topic to topic, also across clusters",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kTimes | kVerbose | kWrites,
      .options =
          {argument("SRC", &CpArgs::source).kind(ValueKind::kTopic),
           argument("DST", &CpArgs::destination).kind(ValueKind::kTopic),
           option("--to-brokers", &CpArgs::to_brokers)
               .kind(ValueKind::kBroker)
               .value("HOST:PORT,...")
               .help("DST is there")
               .fallback("where SRC is"),
           option("--to-profile", &CpArgs::to_profile)
               .kind(ValueKind::kProfile)
               .value("NAME")
               .help("DST is in this profile's cluster; also as NAME/DST"),
           option("--from", &CpArgs::from)
               .help("Where the first run starts, or FROM..UNTIL")
               .fallback("start"),
           option("--until", &CpArgs::until)
               .help("Where to end, without the record at it; end is fixed at the start")
               .fallback("end"),
           option("--follow", &CpArgs::follow).help("Go on with what comes, until Ctrl-C"),
           option("--restart", &CpArgs::restart)
               .help("Forget how far an earlier run came; what it wrote stays"),
           option("-n,--records", &CpArgs::limit)
               .range(1, INT64_MAX)
               .help("End after so many records"),
           option("--key", &CpArgs::key).value("RE").help("Only records whose key matches"),
           option("--value", &CpArgs::value).value("RE").help("Only records whose value matches"),
           option("--header", &CpArgs::headers)
               .value("KEY=RE")
               .help("Only records with a header that matches; again for more"),
           option("--where", &CpArgs::where)
               .value("JQ")
               .help("Only records of which this jq expression is true, as in consume"),
           option("--isolation", &CpArgs::isolation)
               .choices({"read_committed", "read_uncommitted"})
               .help("Whether to copy records of open and aborted transactions")
               .fallback("read_committed"),
           option("-z,--compression", &CpArgs::compression)
               .choices({"none", "gzip", "snappy", "lz4", "zstd"})
               .help("Compress batches"),
           option("--rate", &CpArgs::rate).value("N").help("At most this many records per second"),
           option("--txn", &CpArgs::transactional)
               .help("Exactly once: records and progress are committed in transactions"),
           option("--txn-every", &CpArgs::records_per_transaction)
               .range(1, INT64_MAX)
               .fallback("10000")
               .help("Records of a transaction at most; it also ends after a second")},
      .details =
          "Key, value, headers, partition and timestamp are kept; a timestamp of 0 or less "
          "becomes the time of the copy. SRC may name partitions, as in orders:0,3. A side that "
          "names no cluster is on that of -b, -P, -X, -F and the environment; PROFILE/TOPIC, "
          "--to-profile and --to-brokers name another, and only that profile says how to reach "
          "it.\n\n"
          "The same command again goes on where the last run stopped, however it ended. How far "
          "it came is kept once a second in the destination, as offsets of the group "
          "kreel-cp.CLUSTER.SRC.ID (with the filter's hash behind it, if there is one) on DST, "
          "for as long as offsets.retention.minutes there. ID is the topic's: one that was made "
          "anew is copied from its start. Killed in between, a run writes up to a second of "
          "records again: at least once. With --txn they are committed with the records in one "
          "transaction, so that readers with read_committed see each record exactly once; the "
          "broker needs transactions.",
      .exclusive = {{"--until", "--follow"}, {"--to-brokers", "--to-profile"}},
      .check = check,
      .examples = {{"kreel cp orders orders-copy", "Within a cluster"},
                   {"kreel cp orders orders --to-brokers other:9092 --txn",
                    "To another cluster, exactly once"},
                   {"kreel cp prod/orders test/orders --from @-1h --where '.value.amount > 10'",
                    "Between two profiles, the last hour in part"},
                   {"kreel cp orders dr/orders --follow --rate 5000", "A mirror, throttled"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized,
                ExitCode::kNotFound, ExitCode::kRefused, ExitCode::kBadInput,
                ExitCode::kInterrupted, ExitCode::kTerminated},
      .see_also = {"consume", "produce", "groups list"},
  });
}

}  // namespace kreel::commands
