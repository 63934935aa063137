#include "cli/bench_load.hpp"

namespace kreel::commands {
namespace {

struct BenchProduceArgs {
  std::optional<std::string> topic;
  std::int32_t partitions = 1;
  std::optional<std::int64_t> records;
  Size size{1024};
  std::optional<std::string> acks;
  std::optional<std::string> compression;
  std::optional<double> rate;
  std::optional<std::chrono::milliseconds> duration;
};

constexpr std::int64_t kRecords = 500'000;

Result<void> check(const BenchProduceArgs& args) {
  if (args.size.bytes < 0 || args.size.bytes > 100'000'000) {
    return fail(ErrorKind::kUsage, "--size: up to 100 MB");
  }
  if (args.rate && !(*args.rate > 0)) {
    return fail(ErrorKind::kUsage, "--rate: records per second, above 0");
  }
  return {};
}

Result<ExitCode> bench(const BenchProduceArgs& args, CommandContext& context, AdminClient& admin,
                       const StopRequests& stop) {
  TRY_ASSIGN(const BenchTopic topic,
             BenchTopic::make(context, admin, args.topic, args.partitions, AclOperation::kWrite));
  const BenchLoad load{.records = args.records.value_or(args.duration ? INT64_MAX : kRecords),
                       .size_bytes = args.size.bytes,
                       .acks = args.acks,
                       .compression = args.compression,
                       .records_per_s = args.rate,
                       .duration = args.duration};
  TRY_ASSIGN(const BenchRow row, bench_write(context, topic.name(), load, stop));
  TRY(print_bench(context.output(), {row}));
  return row.failed == 0 ? ExitCode::kDone : ExitCode::kFailed;
}

Result<ExitCode> run(const BenchProduceArgs& args, CommandContext& context) {
  return run_bench(context, [&](AdminClient& admin, const StopRequests& stop) {
    return bench(args, context, admin, stop);
  });
}

}  // namespace

Command bench_produce() {
  return command<BenchProduceArgs>({
      .name = "bench produce",
      .summary = "Measure how fast records are written",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kVerbose | kUnasked | kWrites,
      .options = {option("-t,--topic", &BenchProduceArgs::topic)
                      .kind(ValueKind::kTopic)
                      .value("TOPIC")
                      .help("Write to this topic, and leave it there")
                      .fallback("one of its own, deleted at the end"),
                  option("-p,--partitions", &BenchProduceArgs::partitions)
                      .range(1, 10'000)
                      .help("Partitions of its own topic"),
                  option("-n,--records", &BenchProduceArgs::records)
                      .range(1, INT64_MAX)
                      .help("How many records")
                      .fallback("500,000, or as many as --duration allows"),
                  option("--size", &BenchProduceArgs::size).help("Bytes of each value"),
                  option("--acks", &BenchProduceArgs::acks)
                      .choices({"all", "1", "0"})
                      .help("Who must have a record before it counts")
                      .fallback("all, with idempotence"),
                  option("-z,--compression", &BenchProduceArgs::compression)
                      .choices({"none", "gzip", "snappy", "lz4", "zstd"})
                      .help("Compress batches"),
                  option("--rate", &BenchProduceArgs::rate)
                      .value("N")
                      .help("Records per second, to see latencies below the limit"),
                  option("--duration", &BenchProduceArgs::duration).help("End after this time")},
      .details = "Runs through librdkafka as applications do. Latency is from handing a record to "
                 "the producer until its acknowledgement, waiting for its batch included; CPU-S is "
                 "this process alone. MB are 10^6 bytes of keys and values.",
      .check = check,
      .examples = {{"kreel bench produce", "500,000 records of 1 KiB"},
                   {"kreel bench produce --size 100 --rate 10000 --duration 30s",
                    "Latency at a steady rate"},
                   {"kreel bench produce -z zstd -o json", "For a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kInterrupted, ExitCode::kTerminated},
      .see_also = {"bench consume", "bench latency"},
  });
}

}  // namespace kreel::commands
