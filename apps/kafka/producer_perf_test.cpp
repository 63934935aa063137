#include <algorithm>
#include <array>
#include <random>

#include <fmt/format.h>
#include <kreel/producer.hpp>
#include <kreel/text.hpp>

#include "cli/pace.hpp"
#include "cli/stop_requests.hpp"
#include "kafka/client.hpp"
#include "kafka/perf_payloads.hpp"
#include "kafka/perf_stats.hpp"
#include "kafka/send_error.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kPerfClientId = "perf-producer-client";
constexpr std::int64_t kTransactionMs = 3'000;
// Java's max.block.ms, and how long delivery.timeout.ms may make the last records wait.
constexpr std::int64_t kTransactionCallMs = 60'000;
constexpr std::int64_t kAnswersMs = 130'000;
// Rates of 0 wait for ever, as Java's do.
constexpr double kSlowestRate = 1e-9;

struct ProducerPerfPlan {
  std::string topic;
  std::int64_t records = 0;
  std::int64_t warmup_records = 0;
  std::int64_t interval_ms = 5'000;
  std::optional<double> records_per_s;
  std::optional<std::string> transactional_id;
  std::int64_t transaction_ms = kTransactionMs;
  bool print_metrics = false;
};

// The old spelling of an option beside the new one.
Outcome<void> one_spelling(const Options& options, std::string_view current, std::string_view old) {
  if (!options.has(current) || !options.has(old)) return {};
  return usage_exit(fmt::format("--{} and --{} cannot be specified together.", current, old));
}

Outcome<void> above_zero(const Options& options, std::string_view name) {
  TRY_ASSIGN(const auto number, options.number(name));
  if (!number || *number > 0) return {};
  return usage_exit(fmt::format("--{} should be greater than zero.", name));
}

Outcome<ProducerPerfPlan> producer_perf_plan(const Options& options) {
  ProducerPerfPlan plan;
  TRY_ASSIGN(plan.topic, options.value_or("topic", ""));
  TRY_ASSIGN(plan.records, options.number_or("num-records", 0));
  TRY_ASSIGN(const std::int64_t warmup, options.number_or("warmup-records", 0));
  plan.warmup_records = std::max<std::int64_t>(warmup, 0);
  TRY(above_zero(options, "num-records"));
  if (plan.warmup_records >= plan.records) {
    return usage_exit(
        "The value for --warmup-records must be strictly fewer than the number of records in the "
        "test, --num-records.");
  }
  TRY(above_zero(options, "record-size"));
  constexpr std::array<std::string_view, 5> kSources{"bootstrap-server", "command-property",
                                                     "producer-props", "producer.config",
                                                     "command-config"};
  if (std::ranges::none_of(kSources, [&](std::string_view name) { return options.has(name); })) {
    return usage_exit(
        "At least one of --bootstrap-server, --command-property, --producer-props, "
        "--producer.config or --command-config must be specified.");
  }
  TRY(one_spelling(options, "command-property", "producer-props"));
  TRY(one_spelling(options, "command-config", "producer.config"));
  TRY(above_zero(options, "transaction-duration-ms"));
  TRY(above_zero(options, "reporting-interval"));
  TRY_ASSIGN(plan.interval_ms, options.number_or("reporting-interval", plan.interval_ms));
  TRY_ASSIGN(plan.transaction_ms, options.number_or("transaction-duration-ms", kTransactionMs));
  TRY_ASSIGN(const std::string rate, options.value_or("throughput", "-1"));
  const double records_per_s = parse_double(rate).value_or(-1);
  if (records_per_s >= 0) plan.records_per_s = std::max(records_per_s, kSlowestRate);
  plan.print_metrics = options.has("print-metrics");
  return plan;
}

Outcome<ClientSettings> perf_producer_settings(const Options& options) {
  ClientSettings settings;
  TRY_ASSIGN(settings.bootstrap, options.value_or("bootstrap-server", ""));
  TRY_ASSIGN(settings.file, command_config(options, "producer.config"));
  settings.properties = command_properties(options, "producer-props");
  for (const std::string& text : settings.properties) {
    const auto equals = text.find('=');
    const bool is_pair = equals != std::string::npos && equals + 1 < text.size() &&
                         text.find('=', equals + 1) == std::string::npos;
    if (!is_pair) return illegal_argument(fmt::format("Invalid property: {}", text));
  }
  settings.defaults = {{"client.id", std::string(kPerfClientId)},
                       {"allow.auto.create.topics", "true"}};
  return settings;
}

std::string random_transactional_id() {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::random_device random;
  std::string id = "performance-producer-";
  for (int i = 0; i < 22; ++i) id += kLetters[random() % kLetters.size()];
  return id;
}

// What is told about a record with its answer: when it was handed over, in microseconds that
// start anew each 71 minutes, its size, and whether the warm-up was over.
class SendTag {
 public:
  SendTag(std::int64_t now_us, std::size_t size_bytes, bool is_steady)
      : bits_((is_steady ? 1ULL << 63 : 0) |
              (static_cast<std::uint64_t>(size_bytes) & 0x7fff'ffff) << 32 |
              static_cast<std::uint32_t>(now_us)) {}
  explicit SendTag(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits() const { return bits_; }
  bool is_steady() const { return bits_ >> 63 != 0; }
  std::uint64_t size_bytes() const { return bits_ >> 32 & 0x7fff'ffff; }
  std::int64_t age_us(std::int64_t now_us) const {
    return static_cast<std::uint32_t>(now_us) - static_cast<std::uint32_t>(bits_);
  }

 private:
  std::uint64_t bits_;
};

class ProducerPerf {
 public:
  ProducerPerf(const ProducerPerfPlan& plan, PerfPayloads& payloads, ToolContext& context)
      : plan_(plan), payloads_(payloads), context_(context) {}

  Outcome<Ending> run(const ClientConfig& config, const std::string& client_id);

 private:
  void stopped() {
    if (producer_) producer_->stop();
  }
  Outcome<void> open(const ClientConfig& config);
  Outcome<void> send_all();
  Outcome<void> send(std::uint64_t number, std::int64_t now_us);
  Outcome<void> keep_transaction(std::int64_t now_us);
  Outcome<void> commit();
  void delivered(const Delivery& delivery);
  void failed_to_deliver(const Error& error);
  void show_metrics(double seconds);

  const ProducerPerfPlan& plan_;
  PerfPayloads& payloads_;
  ToolContext& context_;
  std::unique_ptr<Producer> producer_;
  cli::StopRequests stop_{[this] { stopped(); }};
  std::optional<SendStats> stats_;
  std::optional<SendStats> steady_;
  RecordView record_;
  bool in_transaction_ = false;
  std::int64_t transaction_began_us_ = 0;
  std::uint64_t failures_ = 0;
  std::string client_id_;
};

void ProducerPerf::delivered(const Delivery& delivery) {
  const SendTag tag(delivery.tag);
  const std::int64_t now_us = cli::Stopwatch::now_us();
  stats_->add(tag.age_us(now_us), tag.size_bytes(), now_us);
  if (tag.is_steady()) steady_->add(tag.age_us(now_us), tag.size_bytes(), now_us);
}

void ProducerPerf::failed_to_deliver(const Error& error) {
  if (stop_.requested()) return;
  ++failures_;
  context_.err_line(send_error(error, plan_.topic).text());
}

Outcome<void> ProducerPerf::open(const ClientConfig& config) {
  ProducerOptions options;
  options.on_delivery = [this](const Delivery& delivery) { delivered(delivery); };
  options.on_failure = [this](const DeliveryFailure& failure) { failed_to_deliver(failure.error); };
  options.transactional_id = plan_.transactional_id;
  auto opened = Producer::open(config, std::move(options));
  if (!opened) {
    return thrown("org.apache.kafka.common.KafkaException", "Failed to construct kafka producer",
                  opened.error().kind());
  }
  producer_ = std::move(*opened);
  if (!plan_.transactional_id) return {};
  return in_java(producer_->init_transactions(kTransactionCallMs), "initTransactions");
}

Outcome<void> ProducerPerf::commit() {
  in_transaction_ = false;
  return in_java(producer_->commit_transaction(kTransactionCallMs), "commitTransaction");
}

// Before a record is sent: its transaction is open.
Outcome<void> ProducerPerf::keep_transaction(std::int64_t now_us) {
  if (!plan_.transactional_id || in_transaction_) return {};
  TRY(in_java(producer_->begin_transaction(), "beginTransaction"));
  in_transaction_ = true;
  transaction_began_us_ = now_us;
  return {};
}

Outcome<void> ProducerPerf::send(std::uint64_t number, std::int64_t now_us) {
  TRY(keep_transaction(now_us));
  record_.value = payloads_.value(number);
  const SendTag tag(now_us, record_.value->size(), steady_.has_value());
  const auto produced = producer_->produce(record_, tag.bits());
  if (!produced) failed_to_deliver(produced.error());
  const bool is_over =
      in_transaction_ && now_us - transaction_began_us_ >= plan_.transaction_ms * 1000;
  if (is_over) return commit();
  return {};
}

Outcome<void> ProducerPerf::send_all() {
  record_.topic = plan_.topic;
  cli::Pace pace(plan_.records_per_s);
  const auto goes_on = [] { return true; };
  for (std::int64_t i = 0; i < plan_.records && !stop_.requested(); ++i) {
    if (!pace.wait(*producer_, stop_, goes_on)) break;
    if (plan_.warmup_records > 0 && i == plan_.warmup_records) {
      steady_.emplace(plan_.interval_ms, true, context_);
      stats_->stay_silent();
    }
    TRY(send(static_cast<std::uint64_t>(i), cli::Stopwatch::now_us()));
  }
  if (in_transaction_ && !stop_.requested()) return commit();
  return {};
}

void ProducerPerf::show_metrics(double seconds) {
  const DeliveryCounts counts = producer_->counts();
  const auto number = [](std::uint64_t count) { return static_cast<double>(count); };
  const std::array<PerfMetric, 4> metrics{
      {{"record-error-total", number(counts.failed + counts.unknown)},
       {"record-send-rate", number(counts.acknowledged) / seconds},
       {"record-send-total", number(counts.acknowledged)},
       {"record-size-avg", number(counts.acknowledged_bytes) / number(counts.acknowledged)}}};
  print_metrics("producer-metrics", client_id_, metrics, context_);
}

Outcome<Ending> ProducerPerf::run(const ClientConfig& config, const std::string& client_id) {
  client_id_ = client_id;
  TRY(open(config));
  if (plan_.warmup_records > 0) {
    context_.out_line(
        fmt::format("Warmup first {} records. Steady state results will print after the complete "
                    "test summary.",
                    plan_.warmup_records));
  }
  stats_.emplace(plan_.interval_ms, false, context_);
  const cli::Stopwatch watch;
  const auto sent = send_all();
  if (const auto exit = stop_.exit()) return Ending{static_cast<int>(*exit), *exit};
  if (!sent) return tl::unexpected(sent.error());
  producer_->flush(kAnswersMs);
  if (const auto exit = stop_.exit()) return Ending{static_cast<int>(*exit), *exit};
  stats_->print_total();
  if (steady_) steady_->print_total();
  if (plan_.print_metrics) show_metrics(watch.seconds());
  return Ending{0, failures_ > 0 ? ExitCode::kFailed : ExitCode::kDone};
}

Outcome<Ending> run_producer_perf_test(const Options& options, ToolContext& context) {
  TRY_ASSIGN(ProducerPerfPlan plan, producer_perf_plan(options));
  PerfPayloads payloads;
  TRY(payloads.read(options, context));
  TRY_ASSIGN(const ClientSettings settings, perf_producer_settings(options));
  TRY_ASSIGN(const JavaProperties properties, JavaProperties::read(settings, context.host()));
  if (!properties.find("bootstrap.servers")) {
    return thrown(
        "org.apache.kafka.common.config.ConfigException",
        "Missing required configuration \"bootstrap.servers\" which has no default value.",
        ErrorKind::kUsage);
  }
  TRY_ASSIGN(plan.transactional_id, options.value("transactional-id"));
  if (!plan.transactional_id) plan.transactional_id = properties.find("transactional.id");
  if (!plan.transactional_id && options.has("transaction-duration-ms")) {
    plan.transactional_id = random_transactional_id();
  }
  TRY(properties.check(kProducer, context));
  TRY_ASSIGN(ClientConfig config, properties.client_config("Failed to construct kafka producer"));
  config.properties.erase("transactional.id");
  // Within a transaction it may not be longer than that may take.
  if (!plan.transactional_id && !properties.find("delivery.timeout.ms")) {
    config.properties["delivery.timeout.ms"] = std::to_string(kDeliveryTimeoutMs);
  }
  const std::string client_id = properties.find("client.id").value_or(std::string(kPerfClientId));
  return ProducerPerf(plan, payloads, context).run(config, client_id);
}

}  // namespace

Tool producer_perf_test_tool() {
  return {
      .flags = {},
      .run = run_producer_perf_test,
      .on_error = show_uncaught,
      .arguments = ArgumentParser{
          .program = "kafka-producer-perf-test",
          .description =
              "This tool is used to verify the producer performance. Records go in transactions "
              "where --transactional-id, --transaction-duration-ms or the property "
              "transactional.id says so.",
          .arguments = {{.name = "--bootstrap-server",
                         .metavar = "BOOTSTRAP-SERVER",
                         .help = "The servers to connect to."},
                        {.name = "--topic",
                         .metavar = "TOPIC",
                         .help = "Produce records to this topic.",
                         .required = true},
                        {.name = "--num-records",
                         .metavar = "NUM-RECORDS",
                         .help = "How many records.",
                         .type = JavaType::kLong,
                         .required = true},
                        {.name = "--record-size",
                         .metavar = "RECORD-SIZE",
                         .help = "Bytes of each record.",
                         .type = JavaType::kInteger,
                         .group = 0},
                        {.name = "--payload-file",
                         .metavar = "PAYLOAD-FILE",
                         .help = "A file of values, of which one is chosen for each record.",
                         .group = 0},
                        {.name = "--payload-monotonic",
                         .takes = Argument::Takes::kNothing,
                         .help = "Values are numbers from 0 on.",
                         .group = 0},
                        {.name = "--payload-delimiter",
                         .metavar = "PAYLOAD-DELIMITER",
                         .help =
                             "What stands between the values of --payload-file, taken literally.",
                         .fallback = "\\n"},
                        {.name = "--throughput",
                         .metavar = "THROUGHPUT",
                         .help = "Records per second; -1 for as many as can be.",
                         .type = JavaType::kDouble,
                         .required = true},
                        {.name = "--producer-props",
                         .takes = Argument::Takes::kSome,
                         .metavar = "PROP-NAME=PROP-VALUE",
                         .help = "The older name of --command-property."},
                        {.name = "--command-property",
                         .takes = Argument::Takes::kSome,
                         .metavar = "PROP-NAME=PROP-VALUE",
                         .help = "Properties of the producer: linger.ms=10 batch.size=32768."},
                        {.name = "--producer.config",
                         .metavar = "CONFIG-FILE",
                         .help = "The older name of --command-config."},
                        {.name = "--command-config",
                         .metavar = "CONFIG-FILE",
                         .help = "A file of such properties; those on the command line win."},
                        {.name = "--print-metrics",
                         .takes = Argument::Takes::kNothing,
                         .help = "Print what was counted at the end."},
                        {.name = "--transactional-id",
                         .metavar = "TRANSACTIONAL-ID",
                         .help = "Write in transactions under this id."},
                        {.name = "--transaction-duration-ms",
                         .metavar = "TRANSACTION-DURATION",
                         .help =
                             "A transaction is committed after so long; 3000 where only its id is "
                             "given.",
                         .type = JavaType::kLong},
                        {.name = "--warmup-records",
                         .metavar = "WARMUP-RECORDS",
                         .help = "The first records, which a second summary leaves out.",
                         .type = JavaType::kLong,
                         .fallback = "0"},
                        {.name = "--reporting-interval",
                         .metavar = "INTERVAL-MS",
                         .help = "A line is printed each so many milliseconds.",
                         .type = JavaType::kLong,
                         .fallback = "5000"}},
          .groups = {{.description = "Exactly one of these says what is written.",
                      .required = true}},
          .help_code = 1,
          .help_without_words = true}};
}

}  // namespace kreel::kafka_tools
