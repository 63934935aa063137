#include <algorithm>

#include <fmt/format.h>
#include <kreel/producer.hpp>

#include "cli/client_log.hpp"
#include "cli/pace.hpp"
#include "cli/stop_requests.hpp"
#include "kafka/client.hpp"
#include "kafka/send_error.hpp"
#include "kafka/verifiable_tools.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::int64_t kVerifiableFlushMs = 130'000;
// From a signal on.
constexpr std::int64_t kVerifiableStopMs = 1'500;

struct VerifiableProducerPlan {
  std::string topic;
  std::int64_t messages_max = -1;
  std::int64_t throughput = -1;
  std::optional<std::int64_t> value_prefix;
  std::optional<std::int64_t> repeating_keys;
  std::optional<std::int64_t> create_time_ms;
};

Outcome<VerifiableProducerPlan> verifiable_producer_plan(const Options& options) {
  VerifiableProducerPlan plan;
  TRY_ASSIGN(plan.topic, options.value_or("topic", ""));
  TRY_ASSIGN(plan.messages_max, options.number_or("max-messages", -1));
  TRY_ASSIGN(plan.throughput, options.number_or("throughput", -1));
  TRY_ASSIGN(plan.value_prefix, options.number("value-prefix"));
  TRY_ASSIGN(plan.repeating_keys, options.number("repeating-keys"));
  TRY_ASSIGN(plan.create_time_ms, options.number("message-create-time"));
  if (plan.create_time_ms == -1) plan.create_time_ms.reset();
  return plan;
}

// The file wins over what the command line says, as in Java.
Outcome<ClientSettings> verifiable_producer_settings(const Options& options) {
  ClientSettings settings;
  TRY_ASSIGN(settings.file, property_file(options, "producer.config"));
  TRY_ASSIGN(const std::string servers, options.value_or("bootstrap-server", ""));
  TRY_ASSIGN(const std::string acks, options.value_or("acks", "-1"));
  settings.defaults = {{"bootstrap.servers", servers},
                       {"acks", acks},
                       {"retries", "0"},
                       {"delivery.timeout.ms", std::to_string(kDeliveryTimeoutMs)},
                       {"allow.auto.create.topics", "true"}};
  return settings;
}

class VerifiableProducer {
 public:
  VerifiableProducer(VerifiableProducerPlan plan, ToolContext& context)
      : plan_(std::move(plan)), context_(context) {}

  Outcome<Ending> run(const ClientConfig& config);

 private:
  void stopped() {
    if (producer_) producer_->stop();
  }
  std::optional<std::string> key(std::uint64_t number) const {
    if (!plan_.repeating_keys) return std::nullopt;
    const auto keys = static_cast<std::uint64_t>(std::max<std::int64_t>(1, *plan_.repeating_keys));
    return std::to_string(number % keys);
  }
  std::string value(std::uint64_t number) const {
    return plan_.value_prefix ? fmt::format("{}.{}", *plan_.value_prefix, number)
                              : std::to_string(number);
  }
  void send(std::uint64_t number);
  void delivered(const Delivery& delivery);
  void failed_to_deliver(std::uint64_t number, const Error& error);
  void print_summary(std::int64_t started_ms);

  VerifiableProducerPlan plan_;
  ToolContext& context_;
  std::unique_ptr<Producer> producer_;
  cli::StopRequests stop_{[this] { stopped(); }};
  std::int64_t started_ms_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t acknowledged_ = 0;
};

void VerifiableProducer::delivered(const Delivery& delivery) {
  ++acknowledged_;
  print_event("producer_send_success",
              {{"key", key(delivery.tag)},
               {"value", value(delivery.tag)},
               {"offset", delivery.offset},
               {"partition", std::int64_t{delivery.partition}},
               {"topic", delivery.topic}},
              context_);
}

void VerifiableProducer::failed_to_deliver(std::uint64_t number, const Error& error) {
  const JavaError shown = send_error(error, plan_.topic);
  print_event("producer_send_error",
              {{"topic", plan_.topic},
               {"key", key(number)},
               {"value", value(number)},
               {"exception", fmt::format("class {}", shown.type)},
               {"message", shown.message}},
              context_);
}

void VerifiableProducer::send(std::uint64_t number) {
  ++sent_;
  const auto record_key = key(number);
  const std::string record_value = value(number);
  RecordView record;
  record.topic = plan_.topic;
  if (record_key) record.key = *record_key;
  record.value = record_value;
  record.timestamp_ms = plan_.create_time_ms;
  // Java's clock of made-up times runs like this, too.
  if (plan_.create_time_ms) *plan_.create_time_ms += cli::steady_ms() - started_ms_;
  const auto produced = producer_->produce(record, number);
  if (!produced && !stop_.requested()) failed_to_deliver(number, produced.error());
}

void VerifiableProducer::print_summary(std::int64_t started_ms) {
  print_event("shutdown_complete", {}, context_);
  const auto elapsed_ms =
      static_cast<double>(std::max<std::int64_t>(1, cli::steady_ms() - started_ms));
  context_.out_line(fmt::format(
      R"({{"timestamp":{},"name":"tool_data","sent":{},"acked":{},"target_throughput":{},)"
      R"("avg_throughput":{}}})",
      context_.now_ms(), sent_, acknowledged_, plan_.throughput,
      java_double(1000 * (static_cast<double>(acknowledged_) / elapsed_ms))));
}

Outcome<Ending> VerifiableProducer::run(const ClientConfig& config) {
  ProducerOptions options;
  options.on_delivery = [this](const Delivery& delivery) { delivered(delivery); };
  options.on_failure = [this](const DeliveryFailure& failure) {
    failed_to_deliver(failure.tag, failure.error);
  };
  auto opened = Producer::open(config, std::move(options));
  if (!opened) {
    return thrown("org.apache.kafka.common.KafkaException", "Failed to construct kafka producer",
                  opened.error().kind());
  }
  producer_ = std::move(*opened);
  started_ms_ = cli::steady_ms();
  print_event("startup_complete", {}, context_);
  std::optional<double> rate;
  if (plan_.throughput >= 0) rate = std::max(static_cast<double>(plan_.throughput), 1e-9);
  cli::Pace pace(rate);
  const auto goes_on = [] { return true; };
  const std::int64_t count = plan_.messages_max < 0 ? INT64_MAX : plan_.messages_max;
  for (std::int64_t i = 0; i < count && !stop_.requested(); ++i) {
    if (!pace.wait(*producer_, stop_, goes_on)) break;
    send(static_cast<std::uint64_t>(i));
  }
  producer_->flush(stop_.requested() ? stop_.left_ms(kVerifiableStopMs) : kVerifiableFlushMs);
  print_summary(started_ms_);
  if (const auto exit = stop_.exit()) return Ending{static_cast<int>(*exit), *exit};
  return Ending{0, acknowledged_ < sent_ ? ExitCode::kFailed : ExitCode::kDone};
}

Outcome<Ending> run_verifiable_producer(const Options& options, ToolContext& context) {
  TRY_ASSIGN(VerifiableProducerPlan plan, verifiable_producer_plan(options));
  TRY_ASSIGN(const ClientSettings settings, verifiable_producer_settings(options));
  TRY_ASSIGN(const JavaProperties properties, JavaProperties::read(settings, context.host()));
  TRY(properties.check(kProducer, context));
  TRY_ASSIGN(const ClientConfig config,
             properties.client_config("Failed to construct kafka producer"));
  return VerifiableProducer(std::move(plan), context).run(config);
}

}  // namespace

Tool verifiable_producer_tool() {
  const VerifiableArguments shared = verifiable_arguments("producer", ", which win over options");
  return {.flags = {},
          .run = run_verifiable_producer,
          .on_error = show_uncaught,
          .arguments = verifiable_parser(
              "producer",
              "This tool produces increasing integers to the specified topic and prints JSON "
              "for each of them: which were acknowledged, and which were not.",
              {shared.topic,
               shared.servers,
               shared.messages_max,
               {.name = "--throughput",
                .metavar = "THROUGHPUT",
                .help = "Messages per second; -1 for as many as can be.",
                .type = JavaType::kInteger,
                .fallback = "-1"},
               {.name = "--acks",
                .metavar = "ACKS",
                .help = "Who must have a message before it counts.",
                .type = JavaType::kInteger,
                .choices = {"0", "1", "-1"},
                .fallback = "-1"},
               shared.old_config,
               {.name = "--message-create-time",
                .metavar = "CREATE-TIME",
                .help = "Time of the first message, in milliseconds since 1970.",
                .type = JavaType::kLong,
                .fallback = "-1"},
               {.name = "--value-prefix",
                .metavar = "VALUE-PREFIX",
                .help = "A number that stands before each value, with a dot behind it.",
                .type = JavaType::kInteger},
               {.name = "--repeating-keys",
                .metavar = "REPEATING-KEYS",
                .help = "Keys go from 0 to this number less one, again and again.",
                .type = JavaType::kInteger},
               shared.config})};
}

}  // namespace kreel::kafka_tools
