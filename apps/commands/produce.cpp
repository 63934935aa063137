#include <fmt/core.h>

#include "cli/admin.hpp"
#include "cli/client_log.hpp"
#include "cli/escapes.hpp"
#include "cli/files.hpp"
#include "cli/produce_job.hpp"
#include "cli/usage.hpp"

namespace kreel::commands {
namespace {

struct ProduceArgs {
  std::string topic;
  std::string from = "lines";
  std::vector<std::string> files;
  std::optional<std::string> key;
  std::optional<std::string> key_delimiter;
  std::vector<KeyValue> headers;
  bool empty_is_null = false;
  std::optional<std::string> null_as;
  std::optional<std::int32_t> partition;
  std::optional<std::string> partitioner;
  std::optional<std::string> acks;
  std::optional<std::string> compression;
  std::optional<std::string> transactional_id;
  std::optional<std::int64_t> records_per_transaction;
  std::optional<double> rate;
  std::optional<Instant> timestamp;
  std::optional<std::string> skip_bad;
  std::optional<std::string> value_template;
  std::int64_t repeat = 1;
};

Result<void> check_template(std::string_view option, const std::string& text) {
  auto parsed = RecordTemplate::parse(text);
  if (!parsed) return fail(std::move(parsed).error().with_context(option));
  return {};
}

Result<void> check(const ProduceArgs& args) {
  if (args.topic == "-" && args.from != "jsonl") {
    return usage("produce -: only jsonl records name their topic", "--from jsonl, or name a topic");
  }
  if (args.value_template) {
    if (args.from != "lines" || args.key_delimiter || args.empty_is_null || args.null_as ||
        args.skip_bad) {
      return usage("--template makes records up: it reads no input");
    }
    TRY(check_template("--template", *args.value_template));
    TRY(check_template("-k", args.key.value_or("")));
  } else if (args.repeat != 1) {
    return usage("--repeat needs --template");
  }
  if (args.from != "lines") {
    if (args.key_delimiter)
      return usage("-K splits lines: it means nothing to --from " + args.from);
    if (args.empty_is_null || args.null_as) {
      return usage("-Z and --null-as read lines: they mean nothing to --from " + args.from);
    }
  }
  if (args.key_delimiter) {
    TRY_ASSIGN(const std::string delimiter, decode_escapes(*args.key_delimiter));
    if (delimiter.empty()) return usage("-K: the delimiter is empty");
  }
  if (args.records_per_transaction && !args.transactional_id) {
    return usage("--txn-every needs --txn ID");
  }
  if (args.transactional_id && args.transactional_id->empty()) {
    return usage("--txn: the id is empty");
  }
  if (args.transactional_id && args.acks && *args.acks != "all" && *args.acks != "-1") {
    return usage(fmt::format("--txn and --acks {}: transactions need all", *args.acks));
  }
  if (args.rate && !(*args.rate > 0)) return usage("--rate: records per second, above 0");
  return {};
}

Result<ClientConfig> producer_config(const ProduceArgs& args, CommandContext& context) {
  TRY_ASSIGN(ClientConfig config, client_config(context, PropertyScope::kProducer));
  const auto set = [&](const char* name, const std::optional<std::string>& value) {
    if (value) config.properties[name] = *value;
  };
  set("partitioner", args.partitioner);
  set("compression.type", args.compression);
  set("acks", args.acks);
  if (args.acks && *args.acks != "all" && *args.acks != "-1") {
    TRY_ASSIGN(const Configuration* found, context.configuration());
    const Property* idempotence = found->properties.find("enable.idempotence");
    if (idempotence == nullptr || idempotence->source == Source::kBuiltIn) {
      config.properties["enable.idempotence"] = "false";
    }
  }
  return config;
}

ProduceSettings settings_of(const ProduceArgs& args) {
  ProduceSettings settings;
  if (args.topic != "-") settings.topic = args.topic;
  settings.partition = args.partition;
  settings.headers = args.headers;
  if (args.timestamp) settings.timestamp_ms = args.timestamp->time_ms;
  settings.records_per_s = args.rate;
  settings.rejects_file = args.skip_bad;
  settings.transactional_id = args.transactional_id;
  settings.records_per_transaction = args.records_per_transaction;
  return settings;
}

Result<RecordSourceOptions> source_options(const ProduceArgs& args) {
  RecordSourceOptions options;
  if (args.from == "jsonl") options.form = RecordForm::kJsonl;
  if (args.from == "raw") options.form = RecordForm::kRaw;
  options.key = args.key;
  if (args.key_delimiter) {
    TRY_ASSIGN(options.key_delimiter, decode_escapes(*args.key_delimiter));
  }
  options.null_as = args.empty_is_null ? std::optional<std::string>("") : args.null_as;
  return options;
}

Result<std::vector<ByteSource>> open_inputs(const ProduceArgs& args) {
  std::vector<ByteSource> inputs;
  std::vector<std::string> paths = args.files;
  if (paths.empty()) paths.emplace_back("-");
  for (const std::string& path : paths) {
    TRY_ASSIGN(ByteSource input, ByteSource::open(path));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

// Nothing when one of them is a pipe or a terminal.
std::optional<std::int64_t> total_size(const std::vector<ByteSource>& inputs) {
  std::int64_t total = 0;
  for (const ByteSource& input : inputs) {
    if (!input.size()) return std::nullopt;
    total += *input.size();
  }
  return total;
}

Result<void> make_up(const ProduceArgs& args, const RecordSourceOptions& options,
                     CommandContext& context, ProduceJob& job, const StopRequests& stop,
                     Progress& progress) {
  MadeUpRecords records{.count = args.repeat, .now_ms = [&context] { return context.now_ms(); }};
  TRY_ASSIGN(records.value, RecordTemplate::parse(*args.value_template));
  if (args.key) {
    TRY_ASSIGN(records.key, RecordTemplate::parse(*args.key));
  }
  TRY(job.run(*RecordSource::make_up(std::move(records), options), stop, progress));
  return {};
}

Result<void> run_all(std::vector<ByteSource> inputs, const RecordSourceOptions& options,
                     ProduceJob& job, const StopRequests& stop, Progress& progress) {
  for (ByteSource& input : inputs) {
    input.set_hooks(
        {.stop_descriptor = stop.descriptor(), .idle = [&job] { return job.wait_for_input(); }});
    const auto source = RecordSource::make(std::move(input), options);
    TRY_ASSIGN(const bool goes_on, job.run(*source, stop, progress));
    if (!goes_on) break;
  }
  return {};
}

Error with_skip_hint(Error error) {
  if (error.kind() != ErrorKind::kBadInput || !error.hint().empty()) return error;
  return std::move(error).with_hint("--skip-bad FILE keeps such lines and goes on");
}

Result<ExitCode> run(const ProduceArgs& args, CommandContext& context) {
  std::vector<ByteSource> inputs;
  if (!args.value_template) {
    TRY_ASSIGN(inputs, open_inputs(args));
  }
  TRY_ASSIGN(RecordSourceOptions options, source_options(args));
  if (args.skip_bad && file_exists(*args.skip_bad)) {
    return fail(ErrorKind::kRefused, "refusing to overwrite " + *args.skip_bad);
  }
  TRY_ASSIGN(const ClientConfig config, producer_config(args, context));
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TopicLookup topics(*admin);
  ProduceJob job(context, settings_of(args), topics);
  if (args.transactional_id) TRY(admin->require_transactions());
  TRY(job.open(config));
  options.record_bytes_max = static_cast<std::size_t>(job.record_bytes_max());
  if (args.skip_bad) {
    options.keep_cut = [&job](std::string_view piece) { return job.keep_cut(piece); };
  }
  const StopRequests stop([&job] { job.stop(); });
  const ProgressOptions shown =
      args.value_template ? ProgressOptions{.total = args.repeat}
                          : ProgressOptions{.in_bytes = true, .total = total_size(inputs)};
  Progress progress(context.streams(), context.globals().quiet, steady_ms, shown);
  const auto done = args.value_template ? make_up(args, options, context, job, stop, progress)
                                        : run_all(std::move(inputs), options, job, stop, progress);
  progress.clear();
  if (args.transactional_id) {
    const auto ended = job.finish_transactions(done, stop);
    if (ended) return *ended;
    return fail(with_skip_hint(ended.error()));
  }
  const ExitCode code = job.finish(stop);
  if (done) return code;
  // Records that were taken and lost outweigh the line that could not be read.
  Error error = with_skip_hint(done.error());
  if (code != ExitCode::kFailed) return fail(std::move(error));
  return fail(ErrorKind::kFailed, error.message(), error.hint());
}

}  // namespace

Command produce() {
  return command<ProduceArgs>({
      .name = "produce",
      .summary = "Write records to a topic",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kTimes | kVerbose | kWrites,
      .options =
          {argument("TOPIC", &ProduceArgs::topic)
               .alias("-t")
               .alias("--topic")
               .kind(ValueKind::kTopic),
           option("--from", &ProduceArgs::from)
               .choices({"lines", "jsonl", "raw"})
               .help("Each line a value, each line a record, or the whole input a value"),
           option("--file", &ProduceArgs::files)
               .kind(ValueKind::kFile)
               .value("FILE")
               .help("Read this; again for more, - is stdin")
               .fallback("stdin"),
           option("-k,--key", &ProduceArgs::key)
               .value("KEY")
               .help("The key of records without one"),
           option("-K,--key-delimiter", &ProduceArgs::key_delimiter)
               .value("DELIM")
               .help("The key is what stands before it in the line; \\t and \\xHH are read"),
           option("-H,--header", &ProduceArgs::headers).help("Add a header; again for more"),
           option("-Z,--empty-is-null", &ProduceArgs::empty_is_null)
               .help("An empty key or value is null"),
           option("--null-as", &ProduceArgs::null_as)
               .value("TEXT")
               .help("A key or value of this text is null"),
           option("-p,--partition", &ProduceArgs::partition)
               .range(0, INT32_MAX)
               .help("Write to this partition")
               .fallback("the record's own, or the partitioner's"),
           option("--partitioner", &ProduceArgs::partitioner)
               .choices({"murmur2_random", "murmur2", "consistent_random", "consistent",
                         "fnv1a_random", "fnv1a", "random"})
               .help("How keys are spread")
               .fallback("murmur2_random, as Java does"),
           option("--acks", &ProduceArgs::acks)
               .choices({"all", "1", "0", "-1"})
               .help("Who must have a record before it counts as written")
               .fallback("all, with idempotence"),
           option("-z,--compression", &ProduceArgs::compression)
               .choices({"none", "gzip", "snappy", "lz4", "zstd"})
               .help("Compress batches"),
           option("--txn", &ProduceArgs::transactional_id)
               .value("ID")
               .help("All or nothing: write in a transaction of this transactional id"),
           option("--txn-every", &ProduceArgs::records_per_transaction)
               .range(1, INT64_MAX)
               .value("N")
               .help("With --txn, a transaction for every N records")
               .fallback("one for all"),
           option("--rate", &ProduceArgs::rate)
               .value("N")
               .help("At most this many records per second"),
           option("--timestamp", &ProduceArgs::timestamp)
               .help("The time of every record")
               .fallback("the record's own, or now"),
           option("--skip-bad", &ProduceArgs::skip_bad)
               .kind(ValueKind::kFile)
               .value("FILE")
               .help("Keep what is no record, or too large, in this new file, and go on"),
           option("--template", &ProduceArgs::value_template)
               .value("TEXT")
               .help(
                   "Make values up: {{n}} {{uuid}} {{now}} {{random}} {{random:N}}, in -k as well"),
           option("--repeat", &ProduceArgs::repeat)
               .range(1, (std::int64_t{1} << 40) - 1)
               .help("With --template, so many records")},
      .details =
          "The topic is looked up first and never created by accident. TOPIC - takes the topic of "
          "each jsonl record. Exit code 0 means that every record is acknowledged (with "
          "--acks 0, sent); one that is not is named by file and line, and when nothing is "
          "answered for --timeout the rest is "
          "told apart: failed was not written, unknown may have been. In a template {{n}} is the "
          "record's number from 1, {{now}} milliseconds since 1970, {{random:N}} a number below N "
          "(1,000,000 without it).\n\n"
          "With --txn readers with read_committed see the records of a transaction when all of "
          "them are committed, or none of them. A record that cannot be written, a signal or the "
          "end of kreel aborts the open transaction; those before it stay committed, and what is "
          "committed is told at the end. A second producer of the same ID aborts what the first "
          "one has open, and the first one ends with exit code 1. A transaction may stay open for "
          "transaction.timeout.ms, a minute unless -X says otherwise.",
      .exclusive = {{"--empty-is-null", "--null-as"}, {"--template", "--file"}},
      .check = check,
      .examples = {{"kreel produce orders", "Lines of stdin"},
                   {"kreel produce orders -K : --file orders.txt", "key:value lines of a file"},
                   {"kreel produce - --from jsonl --file backup.jsonl",
                    "What consume -o jsonl wrote, to the same topics"},
                   {"kreel produce images --from raw --file cat.png -k cat", "A file as one value"},
                   {"kreel produce orders --template '{\"id\":{{n}}}' --repeat 1000",
                    "A thousand records that are made up"},
                   {"kreel produce orders --txn load-7 --file orders.txt", "The file or nothing"},
                   {"kreel produce orders --txn pairs --txn-every 2", "Every two lines as one"},
                   {"kreel produce orders -z zstd --rate 1000", "Compressed, at a steady pace"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kRefused, ExitCode::kBadInput, ExitCode::kIo, ExitCode::kInterrupted,
                ExitCode::kTerminated},
      .see_also = {"bench produce", "txns list"},
  });
}

}  // namespace kreel::commands
