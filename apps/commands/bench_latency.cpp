#include <array>

#include <kreel/consumer.hpp>
#include <kreel/producer.hpp>

#include "cli/bench_load.hpp"
#include "cli/client_log.hpp"
#include "cli/progress.hpp"
#include "cli/resolve_positions.hpp"

namespace kreel::commands {
namespace {

struct BenchLatencyArgs {
  std::optional<std::string> topic;
  std::int64_t records = 1'000;
  Size size{100};
  std::optional<std::string> acks;
  std::optional<double> rate;
  std::optional<std::chrono::milliseconds> duration;
};

Result<void> check(const BenchLatencyArgs& args) {
  if (args.size.bytes < 0 || args.size.bytes > 100'000'000) {
    return fail(ErrorKind::kUsage, "--size: up to 100 MB");
  }
  if (args.rate && !(*args.rate > 0)) {
    return fail(ErrorKind::kUsage, "--rate: records per second, above 0");
  }
  return {};
}

// One record after the other: written, acknowledged, read back.
class RoundTrips {
 public:
  RoundTrips(const BenchLatencyArgs& args, CommandContext& context, std::string topic)
      : args_(args), context_(context), topic_(std::move(topic)), payload_(args.size.bytes) {}

  Result<void> open(std::int64_t start);
  Result<void> run(const StopRequests& stop);
  std::vector<BenchRow> rows() const { return {acknowledged_, end_to_end_}; }

 private:
  Result<void> one(std::uint64_t number, const StopRequests& stop);

  const BenchLatencyArgs& args_;
  CommandContext& context_;
  std::string topic_;
  BenchPayload payload_;
  BenchRow acknowledged_{.what = "acknowledged"};
  BenchRow end_to_end_{.what = "end to end"};
  std::optional<std::int64_t> delivered_us_;
  std::int64_t delivered_offset_ = -1;
  std::optional<Error> failure_;
  std::unique_ptr<Producer> producer_;
  std::unique_ptr<Consumer> consumer_;
};

Result<void> RoundTrips::open(std::int64_t start) {
  BenchLoad load;
  load.acks = args_.acks;
  TRY_ASSIGN(ClientConfig config, bench_producer_config(context_, load));
  config.properties.try_emplace("linger.ms", "0");
  ProducerOptions options;
  options.on_log = client_log(context_);
  options.on_delivery = [this](const Delivery& delivery) {
    delivered_us_ = Stopwatch::now_us();
    delivered_offset_ = delivery.offset;
  };
  options.on_failure = [this](const DeliveryFailure& failure) { failure_ = failure.error; };
  TRY_ASSIGN(producer_, Producer::open(config, std::move(options)));
  TRY_ASSIGN(const ClientConfig reading, client_config(context_, PropertyScope::kConsumer));
  std::vector<ReadRange> ranges(1);
  ranges[0].at = {topic_, 0};
  ranges[0].start = start;
  ConsumerOptions consumer_options;
  consumer_options.on_log = client_log(context_);
  TRY_ASSIGN(consumer_, Consumer::assign(reading, std::move(ranges), std::move(consumer_options)));
  acknowledged_.topic = end_to_end_.topic = topic_;
  return {};
}

Result<void> RoundTrips::one(std::uint64_t number, const StopRequests& stop) {
  RecordView record;
  record.topic = topic_;
  record.partition = 0;
  record.value = payload_.value(number);
  delivered_us_.reset();
  const std::int64_t sent_us = Stopwatch::now_us();
  TRY(producer_->produce(record, number));
  const std::int64_t deadline_us = sent_us + context_.timeout().count() * 1000;
  while (!delivered_us_ && !failure_ && !stop.requested()) {
    producer_->poll(50);
    if (Stopwatch::now_us() > deadline_us) {
      return fail(ErrorKind::kUnreachable, "a record was not acknowledged within --timeout");
    }
  }
  if (failure_) return fail(*failure_);
  if (stop.requested()) return {};
  acknowledged_.latency.add(*delivered_us_ - sent_us);
  while (!stop.requested()) {
    TRY_ASSIGN(const Polled polled, consumer_->poll(50));
    // Others may write to a topic that was named.
    const bool ours =
        polled == Polled::kRecord && consumer_->record().offset.value_or(-1) >= delivered_offset_;
    if (ours) break;
    if (Stopwatch::now_us() > deadline_us) {
      return fail(ErrorKind::kUnreachable, "a record was not read back within --timeout");
    }
  }
  if (stop.requested()) return {};
  end_to_end_.latency.add(Stopwatch::now_us() - sent_us);
  return {};
}

Result<void> RoundTrips::run(const StopRequests& stop) {
  Progress progress(context_.streams(), context_.globals().quiet, steady_ms,
                    {.total = args_.records});
  // The first round trips open connections and look up leaders.
  constexpr std::uint64_t kWarmUp = 10;
  for (std::uint64_t i = 0; i < kWarmUp && !stop.requested(); ++i) TRY(one(i, stop));
  acknowledged_.latency = end_to_end_.latency = LatencyHistogram();
  const Stopwatch watch;
  const double seconds_max =
      args_.duration ? static_cast<double>(args_.duration->count()) / 1e3 : 1e18;
  for (std::int64_t i = 0; i < args_.records && !stop.requested(); ++i) {
    if (watch.seconds() > seconds_max) break;
    while (args_.rate && static_cast<double>(i) / *args_.rate > watch.seconds()) producer_->poll(1);
    TRY(one(static_cast<std::uint64_t>(i), stop));
    progress.update(i);
  }
  for (BenchRow* row : {&acknowledged_, &end_to_end_}) {
    row->records = row->latency.count();
    row->bytes = row->records * static_cast<std::uint64_t>(args_.size.bytes);
    row->seconds = watch.seconds();
    row->cpu_seconds = watch.cpu_seconds();
  }
  return {};
}

Result<ExitCode> bench(const BenchLatencyArgs& args, CommandContext& context, AdminClient& admin,
                       const StopRequests& stop) {
  TRY_ASSIGN(const BenchTopic topic,
             BenchTopic::make(context, admin, args.topic, 1, AclOperation::kWrite));
  const std::array<TopicPartition, 1> first{TopicPartition{topic.name(), 0}};
  TRY_ASSIGN(const auto ends, resolve_positions(admin, first, {.anchor = Position::Anchor::kEnd}));
  RoundTrips trips(args, context, topic.name());
  TRY(trips.open(ends.front().offset));
  TRY(trips.run(stop));
  TRY(print_bench(context.output(), trips.rows()));
  return ExitCode::kDone;
}

Result<ExitCode> run(const BenchLatencyArgs& args, CommandContext& context) {
  return run_bench(context, [&](AdminClient& admin, const StopRequests& stop) {
    return bench(args, context, admin, stop);
  });
}

}  // namespace

Command bench_latency() {
  return command<BenchLatencyArgs>({
      .name = "bench latency",
      .summary = "Measure how long one record takes",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kVerbose | kUnasked | kWrites,
      .options =
          {option("-t,--topic", &BenchLatencyArgs::topic)
               .kind(ValueKind::kTopic)
               .value("TOPIC")
               .help("Write to partition 0 of this topic, and leave it there")
               .fallback("one of its own, deleted at the end"),
           option("-n,--records", &BenchLatencyArgs::records).range(1, INT64_MAX).help("How many"),
           option("--size", &BenchLatencyArgs::size).help("Bytes of each value"),
           option("--acks", &BenchLatencyArgs::acks)
               .choices({"all", "1"})
               .help("Who must have a record before it counts")
               .fallback("all, with idempotence"),
           option("--rate", &BenchLatencyArgs::rate).value("N").help("At most so many per second"),
           option("--duration", &BenchLatencyArgs::duration).help("End after this time")},
      .details = "One record at a time through librdkafka: the first row is from produce to the "
                 "acknowledgement, the second until a consumer has read it back.",
      .check = check,
      .examples = {{"kreel bench latency", "1,000 round trips of 100 bytes"},
                   {"kreel bench latency --acks 1 -o json", "For a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kInterrupted, ExitCode::kTerminated},
      .see_also = {"bench produce", "bench consume"},
  });
}

}  // namespace kreel::commands
