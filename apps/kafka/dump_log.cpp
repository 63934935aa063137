#include "kafka/dump_log.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "kafka/java_files.hpp"
#include "kafka/line_message.hpp"

namespace kreel::kafka_tools {
namespace {

using segments::Batch;
using segments::CoordinatorTopic;

constexpr std::int64_t kMessageBytes = 5 * 1024 * 1024;
constexpr std::string_view kStringDecoder = "org.apache.kafka.tools.api.StringDecoder";
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kNotDecoded{
    {{"cluster-metadata-decoder", "records of KRaft's metadata"},
     {"remote-log-metadata-decoder", "records of remote log segments"},
     {"share-group-state-decoder", "records of share groups"}}};
constexpr std::array<std::string_view, 5> kControlTypes{"ABORT", "COMMIT", "LEADER_CHANGE",
                                                        "SNAPSHOT_HEADER", "SNAPSHOT_FOOTER"};
constexpr std::array<std::string_view, 2> kVoterTypes{"KRAFT_VERSION", "KRAFT_VOTERS"};

// Bytes as one of Apache's decoders shows them.
using Decoder = Outcome<std::string> (*)(std::string_view bytes);

Outcome<std::string> string_decoder(std::string_view bytes) {
  return java_text(bytes);
}

std::uint64_t leading_number(std::string_view bytes, std::size_t size) {
  std::uint64_t number = 0;
  for (const char c : bytes.substr(0, size)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

tl::unexpected<JavaError> too_short() {
  return thrown("java.nio.BufferUnderflowException", "", ErrorKind::kBadInput);
}

Outcome<std::string> integer_decoder(std::string_view bytes) {
  if (bytes.size() < 4) return too_short();
  return std::to_string(
      static_cast<std::int32_t>(static_cast<std::uint32_t>(leading_number(bytes, 4))));
}

Outcome<std::string> long_decoder(std::string_view bytes) {
  if (bytes.size() < 8) return too_short();
  return std::to_string(static_cast<std::int64_t>(leading_number(bytes, 8)));
}

Outcome<Decoder> decoder_of(const Options& options, std::string_view side) {
  TRY_ASSIGN(const std::string name, options.value_or(side, kStringDecoder));
  if (name.ends_with(".StringDecoder") || name.ends_with(".DefaultDecoder")) return string_decoder;
  if (name.ends_with(".IntegerDecoder")) return integer_decoder;
  if (name.ends_with(".LongDecoder")) return long_decoder;
  return thrown("java.lang.RuntimeException", "Failed to load decoder class", ErrorKind::kUsage);
}

struct LogDumpPlan {
  bool deep = false;
  bool print_contents = false;
  bool skip_metadata = false;
  std::int64_t bytes_max = std::numeric_limits<std::int32_t>::max();
  std::optional<CoordinatorTopic> coordinator;
  Decoder key = string_decoder;
  Decoder value = string_decoder;
};

Outcome<LogDumpPlan> log_plan_of(const Options& options) {
  for (const auto& [name, what] : kNotDecoded) {
    if (!options.has(name)) continue;
    return tl::unexpected(
        JavaError{JavaError::Kind::kBare, "",
                  fmt::format("kreel does not decode {}: without --{} they are printed as they are",
                              what, name),
                  ErrorKind::kUsage});
  }
  LogDumpPlan plan;
  plan.print_contents = options.has("print-data-log") || options.has("offsets-decoder") ||
                        options.has("transaction-log-decoder") ||
                        options.has("value-decoder-class") || options.has("key-decoder-class");
  plan.deep = plan.print_contents || options.has("deep-iteration");
  plan.skip_metadata = options.has("skip-record-metadata");
  TRY_ASSIGN(plan.bytes_max,
             options.integer_or("max-bytes", std::numeric_limits<std::int32_t>::max()));
  if (options.has("offsets-decoder")) {
    plan.coordinator = CoordinatorTopic::kConsumerOffsets;
  } else if (options.has("transaction-log-decoder")) {
    plan.coordinator = CoordinatorTopic::kTransactionState;
  } else {
    TRY_ASSIGN(plan.value, decoder_of(options, "value-decoder-class"));
    TRY_ASSIGN(plan.key, decoder_of(options, "key-decoder-class"));
  }
  return plan;
}

std::string_view timestamp_type(const Batch& batch) {
  return batch.is_log_append_time ? "LogAppendTime" : "CreateTime";
}

std::string optional_long(std::optional<std::int64_t> number) {
  return number ? fmt::format("OptionalLong[{}]", *number) : "OptionalLong.empty";
}

std::int64_t java_size(const std::optional<std::string>& bytes) {
  return bytes ? static_cast<std::int64_t>(bytes->size()) : -1;
}

// One .log, or a snapshot of KRaft.
class LogDump {
 public:
  LogDump(const std::string& path, const LogDumpPlan& plan, DumpFindings& findings,
          ToolContext& context)
      : path_(path), plan_(plan), findings_(findings), context_(context) {}

  Outcome<void> run() {
    segments::DumpCallbacks callbacks;
    callbacks.batch = [this](const Batch& batch) { print_batch(batch); };
    if (plan_.deep) {
      callbacks.record = [this](const Batch& batch, const segments::Record& record) {
        if (!failure_) print_record(batch, record);
      };
    }
    const bool is_limited = plan_.bytes_max < std::numeric_limits<std::int32_t>::max();
    const auto bytes_max = is_limited ? static_cast<std::uint64_t>(plan_.bytes_max) : UINT64_MAX;
    const auto dumped = segments::dump_file(path_, callbacks, bytes_max);
    if (failure_) return tl::unexpected(*failure_);
    if (!dumped) return tl::unexpected(file_error(dumped.error(), path_));
    if (dumped->invalid_bytes_at_end > 0 && !is_limited) {
      context_.out_line(fmt::format("Found {} invalid bytes at the end of {}",
                                    dumped->invalid_bytes_at_end,
                                    std::filesystem::path(path_).filename().string()));
    }
    return {};
  }

 private:
  void print_batch(const Batch& batch) {
    context_.out_line(fmt::format(
        "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} "
        "producerEpoch: {} partitionLeaderEpoch: {} isTransactional: {} isControl: {} "
        "deleteHorizonMs: {} position: {} {}: {} size: {} magic: {} compresscodec: {} crc: {} "
        "isvalid: {}",
        batch.base_offset, batch.last_offset, batch.record_count, batch.base_sequence,
        batch.last_sequence, batch.producer_id, batch.producer_epoch, batch.partition_leader_epoch,
        batch.is_transactional, batch.is_control, optional_long(batch.delete_horizon_ms),
        batch.position, timestamp_type(batch), batch.max_timestamp_ms, batch.size_bytes,
        batch.magic, batch.compression, batch.crc, batch.crc_is_valid));
  }

  void print_record(const Batch& batch, const segments::Record& record) {
    if (record.offset != last_offset_ + 1) {
      findings_.gaps.at(absolute_path(path_))[last_offset_] = record.offset;
    }
    last_offset_ = record.offset;
    text_.clear();
    if (!plan_.skip_metadata) append_metadata(batch, record);
    if (plan_.print_contents && !batch.is_control) append_contents(record);
    text_ += '\n';
    context_.out(text_);
  }

  void append_metadata(const Batch& batch, const segments::Record& record) {
    std::vector<std::string> names;
    for (const auto& [name, value] : record.headers) names.push_back(java_text(name));
    text_ += fmt::format(
        "| offset: {} {}: {} keySize: {} valueSize: {} sequence: {} "
        "headerKeys: [{}]",
        record.offset, timestamp_type(batch), record.timestamp_ms, java_size(record.key),
        java_size(record.value), record.sequence, join(names, ","));
    if (batch.is_control) append_control(batch, record);
  }

  void append_control(const Batch& batch, const segments::Record& record) {
    if (batch.marker) {
      text_ += fmt::format(" endTxnMarker: {} coordinatorEpoch: {}",
                           batch.marker->committed ? "COMMIT" : "ABORT",
                           batch.marker->coordinator_epoch);
      return;
    }
    // A key is its version and its type, two bytes each.
    const std::string key = record.key.value_or("");
    const auto type = static_cast<std::int16_t>(
        key.size() < 4 ? -1 : static_cast<int>(leading_number(key.substr(2), 2)));
    text_ += fmt::format(" controlType: {}({})", control_name(type), type);
  }

  static std::string_view control_name(std::int16_t type) {
    const auto at = static_cast<std::size_t>(type < 0 ? INT16_MAX : type);
    if (at < kControlTypes.size()) return kControlTypes[at];
    const std::size_t voter = at - kControlTypes.size();
    return voter < kVoterTypes.size() ? kVoterTypes[voter] : "UNKNOWN";
  }

  void append_contents(const segments::Record& record) {
    std::string_view prefix = plan_.skip_metadata ? "| " : " ";
    auto shown = plan_.coordinator ? coordinator_contents(record) : plain_contents(record);
    if (!shown) {
      failure_ = shown.error();
      return;
    }
    const auto& [key, value] = *shown;
    if (key) {
      text_ += fmt::format("{}key: {}", prefix, *key);
      prefix = " ";
    }
    if (value) text_ += fmt::format("{}payload: {}", prefix, *value);
  }

  using Contents = std::pair<std::optional<std::string>, std::optional<std::string>>;

  Outcome<Contents> plain_contents(const segments::Record& record) const {
    Contents contents;
    if (record.key) {
      TRY_ASSIGN(contents.first, plan_.key(*record.key));
    }
    if (record.value) {
      TRY_ASSIGN(contents.second, plan_.value(*record.value));
    }
    return contents;
  }

  Outcome<Contents> coordinator_contents(const segments::Record& record) const {
    if (!record.key) {
      return thrown("java.lang.RuntimeException",
                    fmt::format("Failed to decode message at offset {} using the specified decoder "
                                "(message had a missing key)",
                                record.offset),
                    ErrorKind::kBadInput);
    }
    const auto read = segments::read_coordinator_record(*plan_.coordinator, record);
    if (!read) {
      return Contents(
          fmt::format("Error at offset {}, skipping. {}", record.offset, read.error().message()),
          std::nullopt);
    }
    if (read->key.empty()) {
      return Contents(
          fmt::format("Unknown record type {} at offset {}, skipping.", read->type, record.offset),
          std::nullopt);
    }
    return Contents(
        fmt::format(R"({{"type":"{}","data":{}}})", read->type, read->key),
        read->version ? fmt::format(R"({{"version":"{}","data":{}}})", *read->version, read->value)
                      : "<DELETE>");
  }

  const std::string& path_;
  const LogDumpPlan& plan_;
  DumpFindings& findings_;
  ToolContext& context_;
  std::int64_t last_offset_ = -1;
  std::string text_;
  std::optional<JavaError> failure_;
};

Outcome<void> dump_log_file(const std::string& path, const LogDumpPlan& plan,
                            DumpFindings& findings, ToolContext& context) {
  TRY_ASSIGN(const std::int64_t base, base_offset_of(path));
  context.out_line(fmt::format("Log starting offset: {}", base));
  return LogDump(path, plan, findings, context).run();
}

// "00000000000000000007-0000000003.checkpoint", or the one that a cluster begins with.
Outcome<void> dump_kraft_snapshot(const std::string& path, const LogDumpPlan& plan,
                                  DumpFindings& findings, ToolContext& context) {
  const std::string name = std::filesystem::path(path).filename().string();
  const auto dash = name.find('-');
  const auto offset = parse_int64(std::string_view(name).substr(0, dash));
  if (name == "bootstrap.checkpoint") {
    context.out_line("KRaft bootstrap snapshot");
  } else if (dash != std::string::npos && offset) {
    const auto epoch =
        parse_int32(std::string_view(name).substr(dash + 1, name.find('.') - dash - 1));
    context.out_line(fmt::format("Snapshot end offset: {}, epoch: {}", *offset, epoch.value_or(0)));
  } else {
    return thrown("java.util.NoSuchElementException", "No value present", ErrorKind::kUsage);
  }
  return LogDump(path, plan, findings, context).run();
}

Outcome<void> dump_producer_snapshot(const std::string& path, ToolContext& context) {
  segments::DumpCallbacks callbacks;
  callbacks.producer = [&](const segments::ProducerState& state) {
    const auto first = state.current_txn_first_offset;
    std::string line = fmt::format(
        "producerId: {} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: {} "
        "lastTimestamp: {}",
        state.producer_id, state.producer_epoch, state.coordinator_epoch,
        optional_long(first >= 0 ? std::optional(first) : std::nullopt), state.timestamp_ms);
    if (state.last_offset >= 0) {
      line += fmt::format(
          " firstSequence: {} lastSequence: {} lastOffset: {} offsetDelta: {} timestamp: {}",
          state.first_sequence, state.last_sequence, state.last_offset,
          state.last_offset - state.first_offset, state.timestamp_ms);
    }
    context.out_line(line);
  };
  const auto dumped = segments::dump_file(path, callbacks);
  if (!dumped) return tl::unexpected(file_error(dumped.error(), path));
  if (dumped->invalid_bytes_at_end > 0) {
    context.err_line(fmt::format("Snapshot is corrupt ({})", dumped->reason));
  }
  return {};
}

Outcome<void> dump_aborted_transactions(const std::string& path, ToolContext& context) {
  std::error_code code;
  if (!std::filesystem::exists(path, code)) return {};
  segments::DumpCallbacks callbacks;
  callbacks.aborted_transaction = [&](const segments::AbortedTransaction& aborted) {
    context.out_line(fmt::format(
        "version: {} producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}",
        aborted.version, aborted.producer_id, aborted.first_offset, aborted.last_offset,
        aborted.last_stable_offset));
  };
  const auto dumped = segments::dump_file(path, callbacks);
  if (!dumped) return tl::unexpected(file_error(dumped.error(), path));
  return {};
}

Outcome<IndexDumpPlan> index_plan_of(const Options& options) {
  IndexDumpPlan plan;
  plan.sanity_only = options.has("index-sanity-check");
  plan.verify_only = options.has("verify-index-only");
  TRY_ASSIGN(plan.message_bytes_max, options.integer_or("max-message-size", kMessageBytes));
  return plan;
}

// Options are looked at when a file of their kind comes, as in Java.
Outcome<void> dump_one(const std::string& path, const Options& options, DumpFindings& findings,
                       ToolContext& context) {
  const std::string name = std::filesystem::path(path).filename().string();
  const auto dot = name.rfind('.');
  const std::string suffix = dot == std::string::npos ? "" : name.substr(dot);
  if (suffix == ".log" || suffix == ".checkpoint") {
    TRY_ASSIGN(const LogDumpPlan log, log_plan_of(options));
    return suffix == ".log" ? dump_log_file(path, log, findings, context)
                            : dump_kraft_snapshot(path, log, findings, context);
  }
  if (suffix == ".index" || suffix == ".timeindex") {
    TRY_ASSIGN(const IndexDumpPlan index, index_plan_of(options));
    return suffix == ".index" ? dump_offset_index(path, index, findings, context)
                              : dump_time_index(path, index, findings, context);
  }
  if (suffix == ".snapshot") return dump_producer_snapshot(path, context);
  if (suffix == ".txnindex") return dump_aborted_transactions(path, context);
  context.err_line(fmt::format("Ignoring unknown file {}", path));
  return {};
}

// As java.io.File spells a path: one slash between its parts, none at the end.
std::string java_path(std::string_view text) {
  std::string path;
  for (const char c : text) {
    if (c != '/' || !path.ends_with('/')) path += c;
  }
  if (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Outcome<Ending> run_dump_log(const Options& options, ToolContext& context) {
  TRY(require(options, std::array<std::string_view, 1>{"files"}));
  TRY_ASSIGN(const std::string files, options.value_or("files", ""));
  DumpFindings findings;
  for (const std::string_view file : split(files, ',')) {
    const std::string path = java_path(file);
    context.out_line(fmt::format("Dumping {}", path));
    TRY(dump_one(path, options, findings, context));
    if (!context.host().streams.out.ok()) break;
  }
  findings.show(context);
  return Ending();
}

void show_pairs(std::string_view title, std::string_view line,
                const FindingsByFile<NumberPairs>& all, ToolContext& context) {
  all.each([&](const std::string& path, const NumberPairs& pairs) {
    context.err_line(fmt::format("{} :{}", title, path));
    for (const auto& [first, second] : pairs) {
      context.err_line(fmt::format(fmt::runtime(line), first, second));
    }
  });
}

}  // namespace

void DumpFindings::show(ToolContext& context) const {
  index_mismatches.each([&](const std::string& path, const auto& offsets) {
    context.err_line(fmt::format("Mismatches in :{}", path));
    for (const auto& [indexed, found] : offsets) {
      context.err_line(fmt::format("  Index offset: {}, log offset: {}", indexed, found));
    }
  });
  show_pairs("Found timestamp mismatch in", "  Index timestamp: {}, log timestamp: {}",
             time_mismatches, context);
  show_pairs("Found out of order timestamp in",
             "  Index timestamp: {}, Previously indexed timestamp: {}", times_out_of_order,
             context);
  show_pairs("The following indexed offsets are not found in",
             "Indexed offset: {}, found log offset: {}", offsets_not_found, context);
  gaps.each([&](const std::string& path, const auto& offsets) {
    context.err_line(fmt::format("Non-consecutive offsets in {}", path));
    for (const auto& [previous, next] : offsets) {
      context.err_line(fmt::format("  {} is followed by {}", previous, next));
    }
  });
}

JavaError file_error(const Error& error, const std::string& path) {
  std::error_code code;
  if (!std::filesystem::exists(path, code)) {
    return no_such_file(path);
  }
  return {JavaError::Kind::kThrown,
          error.kind() == ErrorKind::kBadInput
              ? "org.apache.kafka.common.errors.CorruptRecordException"
              : "java.io.IOException",
          error.message(), error.kind()};
}

std::string absolute_path(const std::string& path) {
  std::error_code code;
  return std::filesystem::absolute(path, code).string();
}

Outcome<std::int64_t> base_offset_of(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  const std::string digits = name.substr(0, name.find('.'));
  if (const auto number = parse_int64(digits)) return *number;
  return thrown("java.lang.NumberFormatException", fmt::format("For input string: \"{}\"", digits),
                ErrorKind::kUsage);
}

Tool dump_log_tool() {
  return {
      .about =
          "This tool helps to parse a log file and dump its contents to the console, useful "
          "for debugging a seemingly corrupt log segment.",
      .flags = {{"files", Takes::kValue, "String: file1, file2, ...",
                 "REQUIRED: Logs, indexes and snapshots, with commas between them."},
                {"print-data-log", Takes::kNothing, "", "Print keys and values of records."},
                {"deep-iteration", Takes::kNothing, "", "Look into batches: a line per record."},
                {"verify-index-only", Takes::kNothing, "",
                 "Compare indexes with their logs without printing them."},
                {"index-sanity-check", Takes::kNothing, "",
                 "Only what a broker looks at when it starts."},
                {"max-message-size", Takes::kValue, "Integer: size", "Size of the largest batch.",
                 "5242880"},
                {"max-bytes", Takes::kValue, "Integer: size", "How much of a log is read.",
                 "2147483647"},
                {"value-decoder-class", Takes::kMaybeValue, "String",
                 "StringDecoder, IntegerDecoder or LongDecoder.", std::string(kStringDecoder)},
                {"key-decoder-class", Takes::kMaybeValue, "String", "The same for keys.",
                 std::string(kStringDecoder)},
                {"offsets-decoder", Takes::kNothing, "",
                 "The records are those of __consumer_offsets."},
                {"transaction-log-decoder", Takes::kNothing, "",
                 "The records are those of __transaction_state."},
                {"cluster-metadata-decoder", Takes::kNothing, "",
                 "Refused: kreel does not decode KRaft's metadata."},
                {"remote-log-metadata-decoder", Takes::kNothing, "",
                 "Refused: kreel does not decode what tiered storage writes."},
                {"share-group-state-decoder", Takes::kNothing, "",
                 "Refused: kreel does not decode the state of share groups."},
                {"skip-record-metadata", Takes::kNothing, "",
                 "Print keys and values alone; control records are left out."},
                {"help", Takes::kNothing, "", "Print usage information."},
                {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_dump_log,
      .on_error = show_uncaught,
  };
}

}  // namespace kreel::kafka_tools
