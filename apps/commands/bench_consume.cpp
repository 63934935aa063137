#include <algorithm>
#include <array>

#include <kreel/consumer.hpp>

#include "cli/bench_load.hpp"
#include "cli/broker_silence.hpp"
#include "cli/client_log.hpp"
#include "cli/consume_plan.hpp"
#include "cli/progress.hpp"
#include "cli/resolve_positions.hpp"

namespace kreel::commands {
namespace {

struct BenchConsumeArgs {
  std::optional<std::string> topic;
  std::int32_t partitions = 1;
  std::int64_t records = 500'000;
  Size size{1024};
  std::optional<std::string> compression;
  std::optional<std::chrono::milliseconds> duration;
};

constexpr std::int64_t kRecordsPerUpdateOfRow = 1024;

Result<void> check(const BenchConsumeArgs& args) {
  if (args.size.bytes < 0 || args.size.bytes > 100'000'000) {
    return fail(ErrorKind::kUsage, "--size: up to 100 MB");
  }
  return {};
}

Result<std::vector<ReadRange>> whole_topic(AdminClient& admin, const std::string& topic,
                                           Isolation isolation) {
  TopicPartitions wanted;
  wanted.topic = topic;
  TRY_ASSIGN(const auto partitions, partitions_of(admin, wanted));
  TRY_ASSIGN(const auto rows, resolve_positions(admin, partitions, Position{}, isolation));
  std::vector<ReadRange> ranges;
  for (const ResolvedPosition& row : rows) ranges.push_back({row.at, row.log_start, row.log_end});
  return ranges;
}

Result<BenchRow> measure(const BenchConsumeArgs& args, CommandContext& context,
                         const ClientConfig& config, const std::string& topic,
                         std::vector<ReadRange> ranges, const StopRequests& stop) {
  std::int64_t total = 0;
  for (const ReadRange& range : ranges) total += *range.end - range.start;
  total = std::min(total, args.records);
  const double seconds_max =
      args.duration ? static_cast<double>(args.duration->count()) / 1e3 : 1e18;
  BenchRow row{.what = "consume", .topic = topic};
  ConsumerOptions options;
  options.on_log = client_log(context);
  bear_silence(options, context, true);
  Progress progress(context.streams(), context.globals().quiet, steady_ms, {.total = total});
  const Stopwatch watch;
  TRY_ASSIGN(const auto consumer, Consumer::assign(config, std::move(ranges), std::move(options)));
  while (static_cast<std::int64_t>(row.records) < args.records && !stop.requested()) {
    if (row.records % kRecordsPerUpdateOfRow == 0) {
      if (watch.seconds() > seconds_max) break;
      progress.update(static_cast<std::int64_t>(row.records));
    }
    TRY_ASSIGN(const Polled polled, consumer->poll(100));
    if (polled == Polled::kFinished || polled == Polled::kStopped) break;
    if (polled == Polled::kNothing) continue;
    const RecordView& record = consumer->record();
    ++row.records;
    row.bytes += record.key.value_or("").size() + record.value.value_or("").size();
  }
  row.seconds = watch.seconds();
  row.cpu_seconds = watch.cpu_seconds();
  return row;
}

Result<ExitCode> bench(const BenchConsumeArgs& args, CommandContext& context, AdminClient& admin,
                       const StopRequests& stop) {
  TRY_ASSIGN(const BenchTopic topic,
             BenchTopic::make(context, admin, args.topic, args.partitions, AclOperation::kRead));
  std::vector<BenchRow> rows;
  if (topic.is_ours()) {
    const BenchLoad load{.records = args.records,
                         .size_bytes = args.size.bytes,
                         .acks = {},
                         .compression = args.compression,
                         .records_per_s = {},
                         .duration = {}};
    TRY_ASSIGN(rows.emplace_back(), bench_write(context, topic.name(), load, stop));
    if (const auto code = stop.exit()) return *code;
    if (rows.back().failed > 0) {
      return fail(ErrorKind::kFailed, "the records to read could not all be written");
    }
  }
  TRY_ASSIGN(const ClientConfig config, client_config(context, PropertyScope::kConsumer));
  TRY_ASSIGN(auto ranges, whole_topic(admin, topic.name(), isolation_of(config)));
  TRY_ASSIGN(rows.emplace_back(),
             measure(args, context, config, topic.name(), std::move(ranges), stop));
  TRY(print_bench(context.output(), {rows.back()}));
  return ExitCode::kDone;
}

Result<ExitCode> run(const BenchConsumeArgs& args, CommandContext& context) {
  return run_bench(context, [&](AdminClient& admin, const StopRequests& stop) {
    return bench(args, context, admin, stop);
  });
}

}  // namespace

Command bench_consume() {
  return command<BenchConsumeArgs>({
      .name = "bench consume",
      .summary = "Measure how fast records are read",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kVerbose | kUnasked | kWrites,
      .options =
          {option("-t,--topic", &BenchConsumeArgs::topic)
               .kind(ValueKind::kTopic)
               .value("TOPIC")
               .help("Read this topic from its start")
               .fallback("one of its own, filled first and deleted at the end"),
           option("-p,--partitions", &BenchConsumeArgs::partitions)
               .range(1, 10'000)
               .help("Partitions of its own topic"),
           option("-n,--records", &BenchConsumeArgs::records)
               .range(1, INT64_MAX)
               .help("How many at most"),
           option("--size", &BenchConsumeArgs::size).help("Bytes of each value in its own topic"),
           option("-z,--compression", &BenchConsumeArgs::compression)
               .choices({"none", "gzip", "snappy", "lz4", "zstd"})
               .help("Compress the batches of its own topic"),
           option("--duration", &BenchConsumeArgs::duration).help("End after this time")},
      .details = "Runs through librdkafka as applications do, without a group. The time counts "
                 "from opening the consumer; CPU-S is this process alone.",
      .check = check,
      .examples = {{"kreel bench consume", "500,000 records of 1 KiB"},
                   {"kreel bench consume -t orders -n 1000000", "What is in a topic"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kInterrupted, ExitCode::kTerminated},
      .see_also = {"bench produce", "bench latency"},
  });
}

}  // namespace kreel::commands
