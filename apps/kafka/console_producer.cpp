#include <unistd.h>

#include <algorithm>
#include <array>

#include <kreel/producer.hpp>
#include <kreel/text.hpp>

#include "cli/client_log.hpp"
#include "cli/stop_requests.hpp"
#include "kafka/client.hpp"
#include "kafka/java_files.hpp"
#include "kafka/line_message.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kErrorLogger =
    "org.apache.kafka.clients.producer.internals.ErrorLoggingCallback";
constexpr std::int64_t kDeliveryMs = 120'000;
// Beyond which no record can be without its answer.
constexpr std::int64_t kAfterDeliveryMs = 10'000;
constexpr std::int64_t kMaxBlockMs = 60'000;
constexpr std::int64_t kMemoryBytes = 33'554'432;
constexpr std::int64_t kRequestBytes = 1'048'576;
// One look for the topic; a warning follows where nobody answers.
constexpr std::int64_t kTopicLookMs = 1'000;
// What a signal leaves for records that are under way.
constexpr std::int64_t kEndOnSignalMs = 1'500;

// Options of which one spelling may be used at a time: the new one, and the old one.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kProducerSpellings{
    {{"reader-property", "property"},
     {"command-property", "producer-property"},
     {"command-config", "producer.config"}}};

Outcome<void> check_producer_options(const Options& options) {
  TRY(require(options, std::array<std::string_view, 1>{"topic"}));
  for (const auto& [current, old] : kProducerSpellings) {
    if (options.has(current) && options.has(old)) {
      return usage_exit(
          fmt::format("Options --{} and --{} cannot be specified together.", current, old));
    }
  }
  return {};
}

// "host:port" in each of the parts, which the tool looks at itself before a client does.
Outcome<std::string> checked_bootstrap(const Options& options) {
  TRY_ASSIGN(const auto old, options.value_or("broker-list", ""));
  TRY_ASSIGN(std::string servers, options.value_or("bootstrap-server", old));
  const bool is_old = options.has("broker-list");
  if (trim(servers).empty() && !is_old) {
    return usage_exit("Error while validating the bootstrap address\n");
  }
  // Kafka 3.9 and before passed over empty ends.
  while (is_old && servers.ends_with(',')) servers.pop_back();
  for (const std::string_view server : split(servers, ',')) {
    if (server.rfind(':') == std::string_view::npos ||
        !parse_int32(server.substr(server.rfind(':') + 1))) {
      return usage_exit("Please provide valid host:port like host1:9091,host2:9092\n");
    }
  }
  return servers;
}

// A flag, the property that it stands for, and the value without it.
struct PropertyFlag {
  std::string_view flag;
  std::string_view property;
  std::string_view fallback;
  bool is_number = true;
};
constexpr auto kPropertyFlags = std::to_array<PropertyFlag>({
    {"timeout", "linger.ms", "1000"},
    {"request-required-acks", "acks", "-1", false},
    {"request-timeout-ms", "request.timeout.ms", "1500"},
    {"message-send-max-retries", "retries", "3"},
    {"retry-backoff-ms", "retry.backoff.ms", "100"},
    {"socket-buffer-size", "send.buffer.bytes", "102400"},
    {"metadata-expiry-ms", "metadata.max.age.ms", "300000"},
    {"batch-size", "batch.size", "16384"},
    {"max-block-ms", "max.block.ms", "60000"},
    {"max-memory-bytes", "buffer.memory", "33554432"},
});

Outcome<ClientSettings> producer_settings(const Options& options) {
  ClientSettings settings;
  TRY_ASSIGN(settings.bootstrap, checked_bootstrap(options));
  TRY_ASSIGN(settings.file, command_config(options, "producer.config"));
  settings.properties = command_properties(options, "producer-property");
  settings.defaults = {{"client.id", "console-producer"},
                       {"delivery.timeout.ms", std::to_string(kDeliveryMs)},
                       {"allow.auto.create.topics", "true"},
                       {"partitioner", "murmur2_random"}};
  for (const PropertyFlag& flag : kPropertyFlags) {
    if (flag.is_number) TRY(options.number(flag.flag));
    TRY_ASSIGN(const auto value, options.value(flag.flag));
    auto& list = value ? settings.forced : settings.defaults;
    list.emplace_back(flag.property, value.value_or(std::string(flag.fallback)));
  }
  TRY_ASSIGN(const auto partition_bytes, options.value("max-partition-memory-bytes"));
  if (partition_bytes) settings.forced.emplace_back("batch.size", *partition_bytes);
  std::string codec = "none";
  if (options.has("compression-codec")) {
    TRY_ASSIGN(codec, options.value_or("compression-codec", "gzip"));
  }
  settings.forced.emplace_back("compression.type", codec);
  return settings;
}

// librdkafka, unlike Java's client, refuses idempotence beside what it cannot be had with.
void fit_idempotence(ClientConfig& config) {
  const auto value = [&](const char* name) {
    const auto at = config.properties.find(name);
    return at == config.properties.end() ? std::string() : at->second;
  };
  // A transaction is never begun.
  config.properties.erase("transactional.id");
  config.properties.erase("transaction.timeout.ms");
  const std::string acks = value("acks");
  const bool weak = (acks != "-1" && acks != "all") || value("retries") == "0";
  if (value("enable.idempotence").empty()) {
    config.properties["enable.idempotence"] = weak ? "false" : "true";
  }
}

Outcome<LineMessage> line_reader_of(const Options& options) {
  std::vector<std::string> texts;
  TRY_ASSIGN(const auto file, options.value("reader-config"));
  if (file) {
    TRY_ASSIGN(const auto entries, read_java_properties(*file));
    for (const auto& entry : entries) {
      texts.push_back(entry.name + "=" + entry.value);
    }
  }
  for (const char* name : {"property", "reader-property"}) {
    for (std::string& text : options.values(name)) texts.push_back(std::move(text));
  }
  TRY_ASSIGN(const auto properties, property_map(texts));
  return LineMessage::make(properties);
}

Outcome<void> check_line_reader(const Options& options) {
  TRY_ASSIGN(const std::string name, options.value_or("line-reader", "LineMessageReader"));
  if (name.ends_with("LineMessageReader")) return {};
  return thrown("java.lang.ClassNotFoundException", name, ErrorKind::kUsage);
}

// Sizes of key and value, to be told when the record fails. A null key has no size.
std::uint64_t sizes_tag(const Record& record) {
  const std::uint64_t key = record.key ? record.key->size() + 1 : 0;
  const std::uint64_t value = record.value ? record.value->size() + 1 : 0;
  return key << 32 | value;
}
std::string size_text(std::uint64_t size_plus_one) {
  return size_plus_one == 0 ? "null" : fmt::format("{} bytes", size_plus_one - 1);
}

constexpr std::string_view kTimeoutException = "org.apache.kafka.common.errors.TimeoutException";

JavaError delivery_error(const Error& error, std::string_view topic, std::int64_t delivery_ms) {
  JavaError result = java_error(error, "send");
  if (error.kind() == ErrorKind::kUnreachable) {
    result.type = kTimeoutException;
    result.message = fmt::format(
        "Expiring 1 record(s) for {}:{} ms has passed since batch creation", topic, delivery_ms);
  } else if (error.kind() == ErrorKind::kBadInput) {
    result.type = "org.apache.kafka.common.errors.RecordTooLargeException";
  }
  return result;
}

constexpr std::int64_t zigzag_bytes(std::int64_t number) {
  auto left = (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
  std::int64_t bytes = 1;
  while (left >= 0x80) {
    left >>= 7;
    ++bytes;
  }
  return bytes;
}
template <class Bytes>
std::int64_t field_bytes(const std::optional<Bytes>& field) {
  const auto size = static_cast<std::int64_t>(field ? field->size() : 0);
  return zigzag_bytes(field ? size : -1) + size;
}

// At most so many, as Java's producer reckons: a batch of its own.
std::int64_t request_bytes(const Record& record) {
  constexpr std::int64_t kBatchOverhead = 61;
  constexpr std::int64_t kRecordOverhead = 21;
  std::int64_t bytes = kBatchOverhead + kRecordOverhead + field_bytes(record.key) +
                       field_bytes(record.value) +
                       zigzag_bytes(static_cast<std::int64_t>(record.headers.size()));
  for (const auto& header : record.headers) {
    const auto name = static_cast<std::int64_t>(header.first.size());
    bytes += zigzag_bytes(name) + name + field_bytes(header.second);
  }
  return bytes;
}

// What keeps a topic from being written, as Java's producer says it.
JavaError topic_error(const Error& error, std::string_view topic) {
  JavaError result = java_error(error, "metadata");
  if (result.type.ends_with("TopicAuthorizationException")) {
    result.message = fmt::format("Not authorized to access topics: [{}]", topic);
  } else if (result.type.ends_with("InvalidTopicException")) {
    result.message = fmt::format("Invalid topics: [{}]", topic);
  }
  return result;
}

// How long things may take, and what may wait.
struct ProducerLimits {
  std::string transactional_id;
  std::int64_t block_ms = kMaxBlockMs;
  std::int64_t delivery_ms = kDeliveryMs;
  std::int64_t memory_bytes = kMemoryBytes;
  std::int64_t request_bytes = kRequestBytes;
};

ProducerLimits producer_limits(const JavaProperties& properties) {
  return {properties.find("transactional.id").value_or(""),
          properties.number_or("max.block.ms", kMaxBlockMs),
          properties.number_or("delivery.timeout.ms", kDeliveryMs),
          properties.number_or("buffer.memory", kMemoryBytes),
          properties.number_or("max.request.size", kRequestBytes)};
}

class ConsoleProducer {
 public:
  ConsoleProducer(std::string topic, bool sync, ProducerLimits limits, ToolContext& context)
      : topic_(std::move(topic)), sync_(sync), limits_(limits), context_(context) {}

  Outcome<Ending> run(const ClientConfig& config, const LineMessage& reader) {
    ProducerOptions producer_options;
    producer_options.on_failure = [this](const DeliveryFailure& failure) { report(failure); };
    producer_options.queue_bytes_max = std::max<std::int64_t>(limits_.memory_bytes, 1'024);
    auto opened = Producer::open(config, std::move(producer_options));
    if (!opened) {
      return thrown("org.apache.kafka.common.KafkaException", "Failed to construct kafka producer",
                    opened.error().kind());
    }
    producer_ = std::move(*opened);
    servers_ = config.bootstrap_servers;
    client_id_ = config.client_id;
    const auto sent = send_lines(reader);
    flush();
    if (const auto exit = stop_.exit()) return Ending{static_cast<int>(*exit), *exit};
    if (!sent) return tl::unexpected(sent.error());
    if (end_error_) return tl::unexpected(*end_error_);
    return Ending{0, any_failure_ ? ExitCode::kFailed : ExitCode::kDone};
  }

 private:
  Outcome<void> send_lines(const LineMessage& reader) {
    JavaLines lines(STDIN_FILENO, stop_.descriptor(), [this] { producer_->poll(0); });
    const auto& streams = context_.host().streams;
    const bool prompts = streams.in_is_terminal && streams.out_is_terminal;
    for (std::int64_t number = 1; !stop_.requested() && !end_error_; ++number) {
      if (prompts) {
        context_.out(">");
        streams.out.flush_now();
      }
      const auto line = lines.next();
      if (!line || stop_.requested()) break;
      TRY_ASSIGN(Record record, reader.parse(*line, number));
      record.topic = topic_;
      send(record);
    }
    return {};
  }

  void send(const Record& record) {
    const std::uint64_t tag = sizes_tag(record);
    if (const auto ready = wait_for_topic(); !ready) return show_failure(tag, ready.error());
    if (const auto fits = check_size(record); !fits) return show_failure(tag, fits.error());
    if (is_transactional()) return refuse_outside_transaction();
    const auto produced = producer_->produce(view_.view_of(record), tag);
    if (!produced && !stop_.requested()) report({tag, false, produced.error()});
    if (sync_) flush();
  }

  Outcome<void> check_size(const Record& record) const {
    const std::int64_t bytes = request_bytes(record);
    std::string_view limit;
    if (bytes > limits_.memory_bytes) {
      limit = "the total memory buffer you have configured with the buffer.memory configuration.";
    }
    const std::string of_request = fmt::format(
        "{}, which is the value of the max.request.size configuration.", limits_.request_bytes);
    if (bytes > limits_.request_bytes) limit = of_request;
    if (limit.empty()) return {};
    return thrown("org.apache.kafka.common.errors.RecordTooLargeException",
                  fmt::format("The message is {} bytes when serialized which is larger than {}",
                              bytes, limit),
                  ErrorKind::kBadInput);
  }

  // Apache's tool begins no transaction, which its producer says with the first record.
  bool is_transactional() const { return !limits_.transactional_id.empty(); }
  void refuse_outside_transaction() {
    end_with_illegal_state(fmt::format(
        "Cannot add partition {}-0 to transaction before completing a call to initTransactions",
        topic_));
  }
  void end_with_illegal_state(std::string message) {
    end_error_ = JavaError{JavaError::Kind::kThrown, "java.lang.IllegalStateException",
                           std::move(message), ErrorKind::kUsage};
  }

  // As long as max.block.ms, for each record until there is a topic.
  Outcome<void> wait_for_topic() {
    const std::int64_t until_ms = cli::steady_ms() + limits_.block_ms;
    while (!topic_ready_ && !stop_.requested()) {
      const std::int64_t left_ms = until_ms - cli::steady_ms();
      if (left_ms <= 0) {
        return thrown(
            std::string(kTimeoutException),
            fmt::format("Topic {} not present in metadata after {} ms.", topic_, limits_.block_ms),
            ErrorKind::kUnreachable);
      }
      const auto found = producer_->wait_for_topic(topic_, std::min(left_ms, kTopicLookMs));
      if (!found) return refused(topic_error(found.error(), topic_));
      topic_ready_ = *found == TopicReadiness::kReady;
      if (*found == TopicReadiness::kNoBroker) {
        warn_of_no_broker(context_, "Producer clientId=" + client_id_, servers_);
      } else if (*found == TopicReadiness::kUnknown) {
        context_.log("WARN",
                     fmt::format("[Producer clientId={}] The metadata response from the cluster "
                                 "reported a recoverable issue with correlation id {} : "
                                 "{{{}=UNKNOWN_TOPIC_OR_PARTITION}}",
                                 client_id_, ++looks_, topic_),
                     "org.apache.kafka.clients.NetworkClient");
      }
      context_.host().streams.err.flush_now();
    }
    return {};
  }

  // Java's client logs it by itself before.
  tl::unexpected<JavaError> refused(JavaError error) {
    std::string_view what;
    if (error.type.ends_with("InvalidTopicException")) {
      what = "Metadata response reported invalid topics";
    } else if (error.type.ends_with("TopicAuthorizationException")) {
      what = "Topic authorization failed for topics";
    }
    if (!what.empty()) {
      context_.log("ERROR", fmt::format("[Producer clientId={}] {} [{}]", client_id_, what, topic_),
                   "org.apache.kafka.clients.Metadata");
    }
    return tl::unexpected(std::move(error));
  }

  // A signal cuts it short.
  void flush() {
    const std::int64_t until_ms = cli::steady_ms() + limits_.delivery_ms + kAfterDeliveryMs;
    while (producer_->counts().in_flight > 0 && !stop_.requested() && cli::steady_ms() < until_ms) {
      producer_->push(kTopicLookMs);
    }
    producer_->flush(stop_.requested() ? stop_.left_ms(kEndOnSignalMs) : 0);
  }

  void report(const DeliveryFailure& failure) {
    show_failure(failure.tag, delivery_error(failure.error, topic_, limits_.delivery_ms));
  }

  void show_failure(std::uint64_t tag, const JavaError& error) {
    any_failure_ = true;
    if (sync_) {
      end_error_ = JavaError{JavaError::Kind::kThrown, "java.util.concurrent.ExecutionException",
                             error.text(), error.reason};
      return;
    }
    context_.log("ERROR",
                 fmt::format("Error when sending message to topic {} with key: {}, value: {} with "
                             "error:",
                             topic_, size_text(tag >> 32), size_text(tag & 0xffff'ffff)),
                 kErrorLogger);
    context_.err_line(error.text());
    context_.host().streams.err.flush_now();
    if (is_transactional()) {
      end_with_illegal_state(
          fmt::format("TransactionalId {}: Invalid transition attempted from "
                      "state UNINITIALIZED to state ABORTABLE_ERROR",
                      limits_.transactional_id));
    }
  }

  void stopped() {
    if (producer_) producer_->stop();
  }

  std::string topic_;
  bool sync_;
  ProducerLimits limits_;
  ToolContext& context_;
  cli::StopRequests stop_{[this] { stopped(); }};
  std::unique_ptr<Producer> producer_;
  std::vector<Endpoint> servers_;
  std::string client_id_;
  RecordViewBuffer view_;
  std::optional<JavaError> end_error_;
  int looks_ = 0;
  bool topic_ready_ = false;
  bool any_failure_ = false;
};

Outcome<Ending> run_console_producer(const Options& options, ToolContext& context) {
  TRY(check_producer_options(options));
  TRY_ASSIGN(const ClientSettings settings, producer_settings(options));
  TRY(check_line_reader(options));
  TRY_ASSIGN(const LineMessage reader, line_reader_of(options));
  TRY_ASSIGN(const JavaProperties properties, JavaProperties::read(settings, context.host()));
  TRY(properties.check(kProducer, context));
  TRY_ASSIGN(ClientConfig config, properties.client_config("Failed to construct kafka producer"));
  fit_idempotence(config);
  TRY_ASSIGN(const std::string topic, options.value_or("topic", ""));
  return ConsoleProducer(topic, options.has("sync"), producer_limits(properties), context)
      .run(config, reader);
}

Ending show_producer_error(const JavaError& error, ToolContext& context) {
  context.err_line(error.type.starts_with("joptsimple.") ? error.message : error.text());
  return failed(1, error);
}

}  // namespace

Tool console_producer_tool() {
  return {
      .about = "This tool helps to read data from standard input and publish it to Kafka.",
      .flags = {{"bootstrap-server", Takes::kValue, "String: server to connect to",
                 "REQUIRED: The servers to connect to: HOST1:PORT1,HOST2:PORT2."},
                {"broker-list", Takes::kValue, "String: server to connect to",
                 "The older name of --bootstrap-server."},
                {"topic", Takes::kValue, "String: topic", "REQUIRED: The topic to write to."},
                {"sync", Takes::kNothing, "", "Wait for the answer to each record."},
                {"compression-codec", Takes::kMaybeValue, "String: compression-codec",
                 "none, gzip, snappy, lz4 or zstd; gzip where no value follows."},
                {"batch-size", Takes::kValue, "Integer: size", "Bytes of a batch.", "16384"},
                {"max-partition-memory-bytes", Takes::kValue,
                 "Integer: memory in bytes per partition", "The older name of --batch-size."},
                {"message-send-max-retries", Takes::kValue, "Integer", "Tries after the first.",
                 "3"},
                {"retry-backoff-ms", Takes::kValue, "Long", "Pause before another try.", "100"},
                {"timeout", Takes::kValue, "Long: timeout_ms",
                 "How long records wait for others to form a batch.", "1000"},
                {"request-required-acks", Takes::kValue, "String: request required acks",
                 "Acknowledgements of a batch.", "-1"},
                {"request-timeout-ms", Takes::kValue, "Integer: request timeout ms",
                 "How long a broker may take for an answer.", "1500"},
                {"metadata-expiry-ms", Takes::kValue, "Long: metadata expiration interval",
                 "After so long topics are looked up again.", "300000"},
                {"max-block-ms", Takes::kValue, "Long: max block on send",
                 "How long a record waits for a broker and its topic.", "60000"},
                {"max-memory-bytes", Takes::kValue, "Long: total memory in bytes",
                 "Bytes that may wait for an answer.", "33554432"},
                {"socket-buffer-size", Takes::kValue, "Integer: size",
                 "The socket's send buffer, in bytes.", "102400"},
                {"line-reader", Takes::kValue, "String: reader_class",
                 "Only LineMessageReader can be used.", "org.apache.kafka.tools.LineMessageReader"},
                {"reader-property", Takes::kValue, "String: prop",
                 "parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, "
                 "headers.key.separator, ignore.error, null.marker; may be repeated."},
                {"property", Takes::kValue, "String: prop", "The older name of --reader-property."},
                {"reader-config", Takes::kValue, "String: config file",
                 "A file of such properties; those on the command line win."},
                {"command-property", Takes::kValue, "String: producer_prop",
                 "A property of the producer; may be repeated."},
                {"producer-property", Takes::kValue, "String: producer_prop",
                 "The older name of --command-property."},
                {"command-config", Takes::kValue, "String: config file",
                 "A file of such properties."},
                {"producer.config", Takes::kValue, "String: config file",
                 "The older name of --command-config."},
                {"help", Takes::kNothing, "", "Print usage information."},
                {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_console_producer,
      .on_error = show_producer_error,
      .parse_errors_show_table = true,
  };
}

}  // namespace kreel::kafka_tools
