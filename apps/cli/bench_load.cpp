#include "cli/bench_load.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kreel/producer.hpp>
#include <kreel/units.hpp>

#include "cli/client_log.hpp"
#include "cli/counted.hpp"
#include "cli/delivery_wait.hpp"
#include "cli/delivery_window.hpp"
#include "cli/progress.hpp"
#include "cli/report.hpp"

namespace kreel::cli {
namespace {

constexpr std::uint64_t kRecordsPerLook = 256;

// Waits until record `number` is due; false at a stop.
bool wait_for_turn(Producer& producer, const BenchLoad& load, std::uint64_t number,
                   const Stopwatch& watch, const StopRequests& stop) {
  if (!load.records_per_s) return true;
  while (!stop.requested()) {
    const double left_s = static_cast<double>(number) / *load.records_per_s - watch.seconds();
    if (left_s <= 0) return true;
    producer.poll(std::clamp<std::int64_t>(static_cast<std::int64_t>(left_s * 1e3), 0, 50));
  }
  return false;
}

}  // namespace

Result<ClientConfig> bench_producer_config(CommandContext& context, const BenchLoad& load) {
  TRY_ASSIGN(ClientConfig config, client_config(context, PropertyScope::kProducer));
  if (load.compression) config.properties["compression.type"] = *load.compression;
  if (load.acks) {
    config.properties["acks"] = *load.acks;
    if (*load.acks != "all") config.properties["enable.idempotence"] = "false";
  }
  return config;
}

Result<BenchRow> bench_write(CommandContext& context, const std::string& topic,
                             const BenchLoad& load, const StopRequests& stop) {
  TRY_ASSIGN(const ClientConfig config, bench_producer_config(context, load));
  BenchRow row{.what = "produce", .topic = topic};
  std::optional<Error> failure;
  ProducerOptions options;
  options.on_log = client_log(context);
  options.on_delivery = [&row](const Delivery& delivery) {
    row.latency.add(Stopwatch::now_us() - static_cast<std::int64_t>(delivery.tag));
  };
  options.on_failure = [&failure](const DeliveryFailure& failed) {
    if (!failure) failure = failed.error;
  };
  TRY_ASSIGN(const auto producer, Producer::open(config, std::move(options)));
  const BenchPayload payload(load.size_bytes);
  Progress progress(context.streams(), context.globals().quiet, steady_ms,
                    {.total = load.duration ? std::nullopt : std::optional(load.records)});
  const Stopwatch watch;
  const double seconds_max =
      load.duration ? static_cast<double>(load.duration->count()) / 1e3 : 1e18;
  RecordView record;
  record.topic = topic;
  DeliveryWindow window;
  AnswerWatch answers;
  bool silent = false;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(load.records); ++i) {
    // Slow records are looked at one by one.
    if (i % kRecordsPerLook == 0 || load.records_per_s) {
      silent = answers.gave_up(producer->counts(), context.timeout());
      if (silent || watch.seconds() > seconds_max) break;
      progress.update(static_cast<std::int64_t>(i));
    }
    if (stop.requested() || failure || !wait_for_turn(*producer, load, i, watch, stop)) break;
    if (!window.wait(*producer, context.timeout(), stop)) break;
    record.value = payload.value(i);
    TRY(producer->produce(record, static_cast<std::uint64_t>(Stopwatch::now_us())));
    window.accepted(record);
  }
  silent = silent || window.gave_up() || !wait_for_answers(*producer, context.timeout(), stop);
  producer->flush(stop.requested() ? stop.left_ms(kBenchAnswersOnStopMs) : 0);
  progress.clear();
  if (silent) {
    return fail(ErrorKind::kUnreachable,
                fmt::format("{}: nothing was acknowledged for {}", topic,
                            format_duration(context.timeout())),
                producer->last_error());
  }
  const DeliveryCounts counts = producer->counts();
  row.records = counts.acknowledged;
  row.bytes = counts.acknowledged_bytes;
  row.failed = counts.failed + counts.unknown;
  row.seconds = watch.seconds();
  row.cpu_seconds = watch.cpu_seconds();
  if (stop.requested() && row.failed > 0) {
    context.note(fmt::format("{} not acknowledged",
                             counted(static_cast<std::int64_t>(row.failed), "record")));
  }
  if (failure && failure->kind() == ErrorKind::kNotAuthorized) return fail(*failure);
  if (failure && !stop.requested()) report_error(context.streams(), *failure, false);
  return row;
}

}  // namespace kreel::cli
