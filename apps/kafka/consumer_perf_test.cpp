#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <kreel/consumer.hpp>
#include <kreel/text.hpp>

#include "cli/client_log.hpp"
#include "cli/stop_requests.hpp"
#include "kafka/client.hpp"
#include "kafka/java_date.hpp"
#include "kafka/perf_stats.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kPerfInternalTopics =
    "^__(consumer_offsets|transaction_state|share_group_state|cluster_metadata)$";
constexpr std::string_view kPerfConsumerId = "perf-consumer-client";
constexpr std::string_view kPerfDateFormat = "yyyy-MM-dd HH:mm:ss:SSS";
constexpr std::int64_t kPerfPollMs = 100;
constexpr std::int64_t kRecordsPerClock = 256;
constexpr int kPerfGroupNumbers = 100'000;

struct ConsumerPerfPlan {
  std::string topic;  // or a pattern after '^'
  std::string group;
  std::int64_t records = 0;
  std::int64_t idle_ms = 10'000;
  std::int64_t interval_ms = 5'000;
  bool detailed = false;
  bool print_metrics = false;
};

Outcome<void> one_of(std::string_view first, bool has_first, std::string_view second,
                     bool has_second) {
  if (has_first != has_second) return {};
  return usage_exit(
      fmt::format("Exactly one of the following arguments is required: [{}], [{}]", first, second));
}

// Kafka 3.9 was the last that knew these, and says some things otherwise.
bool is_old_perf_test(const Options& options) {
  return options.has("broker-list") || options.has("threads") || options.has("num-fetch-threads");
}

Outcome<void> check_perf_options(const Options& options) {
  const bool has_include = options.has("include") || options.has("whitelist");
  if (is_old_perf_test(options) && !has_include && !options.has("num-records")) {
    TRY(require(options, std::array<std::string_view, 2>{"topic", "messages"}));
  }
  if (!options.has("bootstrap-server") && !options.has("broker-list")) {
    return usage_exit("Missing required argument \"[bootstrap-server]\"");
  }
  TRY(one_of("topic", options.has("topic"), "include", has_include));
  TRY(one_of("messages", options.has("messages"), "num-records", options.has("num-records")));
  return exclude(options, "consumer.config", std::array<std::string_view, 1>{"command-config"});
}

Outcome<ClientSettings> perf_consumer_settings(const Options& options) {
  ClientSettings settings;
  TRY_ASSIGN(const auto old_servers, options.value_or("broker-list", ""));
  TRY_ASSIGN(settings.bootstrap, options.value_or("bootstrap-server", old_servers));
  TRY_ASSIGN(settings.file, command_config(options, "consumer.config"));
  settings.properties = options.values("command-property");
  settings.defaults = {{"client.id", std::string(kPerfConsumerId)},
                       {"allow.auto.create.topics", "true"},
                       {"isolation.level", "read_uncommitted"},
                       {"topic.blacklist", std::string(kPerfInternalTopics)}};
  TRY_ASSIGN(const auto buffer, options.integer_or("socket-buffer-size", 2 * 1024 * 1024));
  TRY_ASSIGN(const auto fetch, options.integer_or("fetch-size", 1024 * 1024));
  settings.forced = {{"receive.buffer.bytes", std::to_string(buffer)},
                     {"max.partition.fetch.bytes", std::to_string(fetch)},
                     {"auto.offset.reset", options.has("from-latest") ? "latest" : "earliest"},
                     {"check.crcs", "false"}};
  return settings;
}

Outcome<ConsumerPerfPlan> consumer_perf_plan(const Options& options, std::int64_t now_ms) {
  ConsumerPerfPlan plan;
  TRY_ASSIGN(const auto whitelist, options.value_or("whitelist", ""));
  TRY_ASSIGN(const auto include, options.value_or("include", whitelist));
  TRY_ASSIGN(plan.topic, options.value_or("topic", fmt::format("^({})$", include)));
  const auto number = static_cast<std::uint64_t>(now_ms) * 2'654'435'761U;
  TRY_ASSIGN(plan.group,
             options.value_or("group",
                              fmt::format("perf-consumer-{}", (number >> 16) % kPerfGroupNumbers)));
  TRY_ASSIGN(const auto messages, options.number_or("messages", 0));
  TRY_ASSIGN(plan.records, options.number_or("num-records", messages));
  TRY_ASSIGN(plan.idle_ms, options.number_or("timeout", plan.idle_ms));
  TRY_ASSIGN(plan.interval_ms, options.number_or("reporting-interval", plan.interval_ms));
  if (plan.interval_ms <= 0) {
    return illegal_argument("Reporting interval must be greater than 0.");
  }
  plan.detailed = options.has("show-detailed-stats");
  plan.print_metrics = options.has("print-metrics");
  return plan;
}

// Remembers the last record of a run within one partition: marking each one would cost more than
// reading it.
class RunMarks {
 public:
  void add(const RecordView& record) {
    if (record_.partition != record.partition || topic_ != record.topic) {
      before_.push_back({topic_, record_});
      topic_ = record.topic;
      record_.partition = record.partition;
    }
    record_.offset = record.offset;
  }
  void write(Consumer& consumer) {
    before_.push_back({topic_, record_});
    for (auto& [topic, record] : before_) {
      if (!record.offset) continue;
      record.topic = topic;
      consumer.mark_written(record);
    }
    before_.clear();
  }

 private:
  std::string topic_;
  RecordView record_;
  std::vector<std::pair<std::string, RecordView>> before_;
};

class ConsumerPerf {
 public:
  ConsumerPerf(ConsumerPerfPlan plan, JavaDateFormat dates, ToolContext& context)
      : plan_(std::move(plan)), dates_(std::move(dates)), context_(context) {}

  Outcome<Ending> run(ClientConfig config, const std::string& client_id);

 private:
  void stopped() {
    if (consumer_) consumer_->stop();
  }
  Outcome<void> open(ClientConfig config);
  Outcome<void> read();
  void assigned(const std::vector<TopicPartition>& held);
  void revoked(const std::vector<TopicPartition>& partitions);
  void report(std::int64_t now_ms);
  void print_summary(std::int64_t ended_ms);
  void show_metrics(const std::string& client_id, double seconds);

  ConsumerPerfPlan plan_;
  JavaDateFormat dates_;
  ToolContext& context_;
  std::unique_ptr<Consumer> consumer_;
  cli::StopRequests stop_{[this] { stopped(); }};
  RunMarks marks_;
  std::size_t held_ = 0;
  std::int64_t started_ms_ = 0;
  std::int64_t join_started_ms_ = 0;
  std::int64_t joined_ms_ = 0;
  std::int64_t joined_in_interval_ms_ = 0;
  std::int64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  std::int64_t reported_ms_ = 0;
  std::int64_t reported_records_ = 0;
  std::uint64_t reported_bytes_ = 0;
};

Outcome<void> ConsumerPerf::open(ClientConfig config) {
  ConsumerOptions options;
  const auto commits = config.properties.find("enable.auto.commit");
  options.commit = commits == config.properties.end() || commits->second == "true";
  config.properties.erase("enable.auto.commit");
  config.properties.erase("group.id");
  options.on_assignment = [this](const auto& held) { assigned(held); };
  options.on_revoked = [this](const auto& partitions, bool) { revoked(partitions); };
  auto opened = Consumer::subscribe(config, plan_.group, {plan_.topic}, std::move(options));
  if (!opened) {
    return thrown("org.apache.kafka.common.KafkaException", "Failed to construct kafka consumer",
                  opened.error().kind());
  }
  consumer_ = std::move(*opened);
  return {};
}

// It is called after partitions were given up as well.
void ConsumerPerf::assigned(const std::vector<TopicPartition>& held) {
  if (held_ == 0 && !held.empty()) {
    const std::int64_t took_ms = cli::steady_ms() - join_started_ms_;
    joined_ms_ += took_ms;
    joined_in_interval_ms_ += took_ms;
  }
  held_ = held.size();
}

void ConsumerPerf::revoked(const std::vector<TopicPartition>& partitions) {
  marks_.write(*consumer_);
  held_ -= std::min(held_, partitions.size());
  if (held_ == 0) join_started_ms_ = cli::steady_ms();
}

void ConsumerPerf::report(std::int64_t now_ms) {
  if (now_ms - reported_ms_ < plan_.interval_ms) return;
  if (plan_.detailed) {
    const auto elapsed_ms = static_cast<double>(now_ms - reported_ms_);
    const double total_mb = megabytes(bytes_);
    const double mb = megabytes(bytes_ - reported_bytes_);
    const auto count = static_cast<double>(records_ - reported_records_);
    const std::int64_t fetch_ms = now_ms - reported_ms_ - joined_in_interval_ms_;
    const double per_s = fetch_ms <= 0 ? 0 : 1000.0 / static_cast<double>(fetch_ms);
    context_.out_line(
        fmt::format("{}, 0, {}, {}, {}, {}, {}, {}, {}, {}", dates_.text(context_.now_ms()),
                    java_fixed(total_mb, 4), java_fixed(1000.0 * mb / elapsed_ms, 4), records_,
                    java_fixed(count / elapsed_ms * 1000.0, 4), joined_in_interval_ms_, fetch_ms,
                    java_fixed(mb * per_s, 4), java_fixed(count * per_s, 4)));
    context_.host().streams.out.flush_now();
  }
  joined_in_interval_ms_ = 0;
  reported_ms_ = now_ms;
  reported_records_ = records_;
  reported_bytes_ = bytes_;
}

Outcome<void> ConsumerPerf::read() {
  std::int64_t now_ms = started_ms_;
  std::int64_t consumed_ms = started_ms_;
  while (records_ < plan_.records && now_ms - consumed_ms <= plan_.idle_ms && !stop_.requested()) {
    const auto polled = consumer_->poll(kPerfPollMs);
    // A topic that is not there yet is waited for.
    if (!polled && polled.error().kind() != ErrorKind::kNotFound) {
      return tl::unexpected(java_error(polled.error(), "poll"));
    }
    if (!polled || *polled != Polled::kRecord) {
      now_ms = cli::steady_ms();
      continue;
    }
    const RecordView& record = consumer_->record();
    ++records_;
    bytes_ += record.key.value_or("").size() + record.value.value_or("").size();
    marks_.add(record);
    if (records_ % kRecordsPerClock != 0 && records_ < plan_.records) {
      consumed_ms = now_ms;
      continue;
    }
    now_ms = cli::steady_ms();
    consumed_ms = now_ms;
    marks_.write(*consumer_);
    report(now_ms);
  }
  marks_.write(*consumer_);
  return {};
}

void ConsumerPerf::print_summary(std::int64_t ended_ms) {
  const std::int64_t elapsed_ms = ended_ms - started_ms_;
  const std::int64_t fetch_ms = elapsed_ms - joined_ms_;
  const double seconds = static_cast<double>(elapsed_ms) / 1e3;
  const double fetch_s = static_cast<double>(fetch_ms) / 1e3;
  const double mb = megabytes(bytes_);
  const auto count = static_cast<double>(records_);
  const std::int64_t wall_ms = context_.now_ms();
  context_.out_line(fmt::format("{}, {}, {}, {}, {}, {}, {}, {}, {}, {}",
                                dates_.text(wall_ms - elapsed_ms), dates_.text(wall_ms),
                                java_fixed(mb, 4), java_fixed(mb / seconds, 4), records_,
                                java_fixed(count / seconds, 4), joined_ms_, fetch_ms,
                                java_fixed(mb / fetch_s, 4), java_fixed(count / fetch_s, 4)));
}

void ConsumerPerf::show_metrics(const std::string& client_id, double seconds) {
  const auto bytes = static_cast<double>(bytes_);
  const auto count = static_cast<double>(records_);
  const std::array<PerfMetric, 4> metrics{{{"bytes-consumed-rate", bytes / seconds},
                                           {"bytes-consumed-total", bytes},
                                           {"records-consumed-rate", count / seconds},
                                           {"records-consumed-total", count}}};
  print_metrics("consumer-fetch-manager-metrics", client_id, metrics, context_);
}

Outcome<Ending> ConsumerPerf::run(ClientConfig config, const std::string& client_id) {
  TRY(open(std::move(config)));
  started_ms_ = join_started_ms_ = reported_ms_ = cli::steady_ms();
  TRY(read());
  if (const auto exit = stop_.exit()) return Ending{static_cast<int>(*exit), *exit};
  const bool is_short = records_ < plan_.records;
  if (is_short) {
    context_.out_line(
        fmt::format("WARNING: Exiting before consuming the expected number of {}: timeout ({} ms) "
                    "exceeded. You can use the --timeout option to increase the timeout.",
                    is_old_perf_test(context_.options()) ? "messages" : "records", plan_.idle_ms));
  }
  const std::int64_t ended_ms = cli::steady_ms();
  if (!plan_.detailed) print_summary(ended_ms);
  if (plan_.print_metrics) {
    show_metrics(client_id, static_cast<double>(ended_ms - started_ms_) / 1e3);
  }
  static_cast<void>(consumer_->close());
  return Ending{0, is_short ? ExitCode::kConditionFalse : ExitCode::kDone};
}

Outcome<Ending> run_consumer_perf_test(const Options& options, ToolContext& context) {
  if (options.has("threads") || options.has("num-fetch-threads")) {
    context.out_line(
        "WARNING: option [threads] and [num-fetch-threads] have been deprecated and will be "
        "ignored by the test");
  }
  TRY(check_perf_options(options));
  if (!options.has("hide-header")) {
    context.out_line(fmt::format(
        "{}, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, "
        "fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec",
        options.has("show-detailed-stats") ? "time, threadId" : "start.time, end.time"));
  }
  TRY_ASSIGN(const ClientSettings settings, perf_consumer_settings(options));
  TRY_ASSIGN(const JavaProperties properties, JavaProperties::read(settings, context.host()));
  TRY(properties.check(kConsumer, context));
  TRY_ASSIGN(ClientConfig config, properties.client_config("Failed to construct kafka consumer"));
  TRY_ASSIGN(ConsumerPerfPlan plan, consumer_perf_plan(options, context.now_ms()));
  TRY_ASSIGN(const std::string pattern, options.value_or("date-format", kPerfDateFormat));
  TRY_ASSIGN(const JavaDateFormat dates, JavaDateFormat::make(pattern));
  const std::string client_id = properties.find("client.id").value_or(std::string(kPerfConsumerId));
  return ConsumerPerf(std::move(plan), dates, context).run(std::move(config), client_id);
}

}  // namespace

Tool consumer_perf_test_tool() {
  return {
      .about = "This tool is used to verify the consumer performance.",
      .flags = {{"bootstrap-server", Takes::kValue, "String: server to connect to",
                 "REQUIRED: The servers to connect to."},
                {"broker-list", Takes::kValue, "String: server to connect to",
                 "The older name of --bootstrap-server."},
                {"topic", Takes::kValue, "String: topic", "The topic to read."},
                {"include", Takes::kValue, "String: Java regex (String)",
                 "A regular expression for the topics to read."},
                {"whitelist", Takes::kValue, "String: Java regex (String)",
                 "The older name of --include."},
                {"group", Takes::kValue, "String: gid", "The group to read as.", "perf-consumer-N"},
                {"fetch-size", Takes::kValue, "Integer: size",
                 "Bytes that a fetch brings of one partition.", "1048576"},
                {"socket-buffer-size", Takes::kValue, "Integer: size",
                 "The socket's receive buffer, in bytes.", "2097152"},
                {"from-latest", Takes::kNothing, "",
                 "Where the group has no offset, begin with what comes now."},
                {"num-records", Takes::kValue, "Long: count",
                 "REQUIRED: How many records to read."},
                {"messages", Takes::kValue, "Long: count", "The older name of --num-records."},
                {"timeout", Takes::kMaybeValue, "Long: milliseconds",
                 "End when no record has come for so long.", "10000"},
                {"reporting-interval", Takes::kValue, "Long: interval_ms",
                 "Milliseconds between two lines of --show-detailed-stats.", "5000"},
                {"show-detailed-stats", Takes::kNothing, "",
                 "Print a line for each interval in place of the summary."},
                {"hide-header", Takes::kNothing, "", "Leave the first line out."},
                {"date-format", Takes::kValue, "String: date format",
                 "How times are printed, as java.text.SimpleDateFormat reads it.",
                 std::string(kPerfDateFormat)},
                {"print-metrics", Takes::kNothing, "", "Print what was counted at the end."},
                {"command-property", Takes::kValue, "String: prop1=val1",
                 "A property of the consumer; may be repeated."},
                {"command-config", Takes::kValue, "String: config file",
                 "A file of such properties; those on the command line win."},
                {"consumer.config", Takes::kValue, "String: config file",
                 "The older name of --command-config."},
                {"threads", Takes::kValue, "Integer: count",
                 "Accepted for the sake of older scripts: there is one consumer."},
                {"num-fetch-threads", Takes::kValue, "Integer: count",
                 "Accepted for the sake of older scripts."},
                {"help", Takes::kNothing, "", "Print usage information."},
                {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_consumer_perf_test,
      .on_error = show_message_and_trace,
      .parse_errors_show_table = true,
  };
}

}  // namespace kreel::kafka_tools
