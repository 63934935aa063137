#include <sys/stat.h>

#include <filesystem>

#include <fmt/format.h>
#include <kreel/segments.hpp>

#include "cli/context.hpp"

namespace kreel::commands {
namespace {

using segments::Batch;
using segments::DumpCallbacks;

struct SegmentsDumpArgs {
  std::string path;
  std::optional<std::string> what;
};

// What --what names, and the files that hold it.
struct Kind {
  std::string_view name;
  std::string_view extension;
};
constexpr Kind kKinds[] = {
    {"batches", ".log"},     {"records", ".log"},        {"offsets", ".index"},
    {"times", ".timeindex"}, {"producers", ".snapshot"}, {"aborted", ".txnindex"},
};

const Kind* kind_named(std::string_view name) {
  for (const Kind& kind : kKinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

const Kind& kind_of_file(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  for (const Kind& kind : kKinds) {
    if (kind.extension == extension) return kind;
  }
  return extension == ".kreel-producers" ? *kind_named("producers") : kKinds[0];
}

Value optional_ms(std::int64_t time_ms) {
  return time_ms < 0 ? Value() : Value(time_ms);
}
Value optional_number(std::int64_t number) {
  return number < 0 ? Value() : Value(number);
}

std::vector<Column> columns_of(std::string_view what) {
  using Show = Column::Show;
  constexpr auto kTime = Column::Kind::kTimeMs;
  std::vector<Column> columns{{"file"}};
  const auto add = [&](std::vector<Column> more) {
    columns.insert(columns.end(), more.begin(), more.end());
  };
  if (what == "batches") {
    add({{"position"},
         {"size_bytes"},
         {"base_offset"},
         {"last_offset"},
         {"records"},
         {"max_timestamp_ms", Show::kAlways, kTime},
         {"compression"},
         {"leader_epoch", Show::kWide},
         {"producer_id", Show::kWide},
         {"producer_epoch", Show::kWide},
         {"base_sequence", Show::kWide},
         {"timestamp_type", Show::kWide},
         {"transactional", Show::kWide},
         {"control", Show::kWide},
         {"marker", Show::kWide},
         {"coordinator_epoch", Show::kWide},
         {"magic", Show::kWide},
         {"crc", Show::kWide},
         {"crc_valid"}});
  } else if (what == "records") {
    add({{"offset"},
         {"timestamp_ms", Show::kAlways, kTime},
         {"sequence", Show::kWide},
         {"key"},
         {"value"},
         {"headers", Show::kWide}});
  } else if (what == "offsets") {
    add({{"offset"}, {"position"}});
  } else if (what == "times") {
    add({{"timestamp_ms", Show::kAlways, kTime}, {"offset"}});
  } else if (what == "producers") {
    add({{"producer_id"},
         {"producer_epoch"},
         {"first_sequence"},
         {"last_sequence"},
         {"first_offset"},
         {"last_offset"},
         {"timestamp_ms", Show::kAlways, kTime},
         {"coordinator_epoch", Show::kWide},
         {"current_txn_first_offset", Show::kWide}});
  } else {
    add({{"producer_id"}, {"first_offset"}, {"last_offset"}, {"last_stable_offset"}});
  }
  return columns;
}

Value marker_name(const Batch& batch) {
  if (!batch.marker) return Value();
  return Value(std::string(batch.marker->committed ? "commit" : "abort"));
}

void print_batch(Output& output, const std::string& file, const Batch& batch) {
  output.row({file, static_cast<std::int64_t>(batch.position),
              static_cast<std::int64_t>(batch.size_bytes), batch.base_offset, batch.last_offset,
              std::int64_t{batch.record_count}, optional_ms(batch.max_timestamp_ms),
              batch.compression, std::int64_t{batch.partition_leader_epoch},
              optional_number(batch.producer_id), optional_number(batch.producer_epoch),
              optional_number(batch.base_sequence),
              batch.is_log_append_time ? "log_append_time" : "create_time", batch.is_transactional,
              batch.is_control, marker_name(batch),
              batch.marker ? Value(std::int64_t{batch.marker->coordinator_epoch}) : Value(),
              std::int64_t{batch.magic}, fmt::format("{:08x}", batch.crc),
              batch.crc_is_valid});
}

void print_record(Output& output, const std::string& file, const segments::Record& record) {
  Value::Array headers;
  for (const auto& [name, value] : record.headers) headers.push_back(Value::Array{name, value});
  output.row({file, record.offset, optional_ms(record.timestamp_ms),
              optional_number(record.sequence), record.key, record.value, std::move(headers)});
}

DumpCallbacks callbacks_of(std::string_view what, Output& output, const std::string& file) {
  DumpCallbacks callbacks;
  if (what == "batches") {
    callbacks.batch = [&](const Batch& batch) { print_batch(output, file, batch); };
  } else if (what == "records") {
    callbacks.record = [&](const Batch&, const segments::Record& record) {
      print_record(output, file, record);
    };
  } else if (what == "offsets") {
    callbacks.offset_entry = [&](const segments::OffsetIndexEntry& entry) {
      output.row({file, entry.offset, entry.position});
    };
  } else if (what == "times") {
    callbacks.time_entry = [&](const segments::TimeIndexEntry& entry) {
      output.row({file, entry.timestamp_ms, entry.offset});
    };
  } else if (what == "producers") {
    callbacks.producer = [&](const segments::ProducerState& state) {
      output.row({file, state.producer_id, std::int64_t{state.producer_epoch},
                  optional_number(state.first_sequence), optional_number(state.last_sequence),
                  optional_number(state.first_offset), optional_number(state.last_offset),
                  optional_ms(state.timestamp_ms), std::int64_t{state.coordinator_epoch},
                  optional_number(state.current_txn_first_offset)});
    };
  } else {
    callbacks.aborted_transaction = [&](const segments::AbortedTransaction& aborted) {
      output.row({file, aborted.producer_id, aborted.first_offset, aborted.last_offset,
                  aborted.last_stable_offset});
    };
  }
  return callbacks;
}

// The file itself, or the files of this kind below the directory.
Result<std::vector<std::string>> files_of(const std::string& path, const Kind& kind) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
    return std::vector<std::string>{path};
  }
  TRY_ASSIGN(const auto partitions, segments::list_partitions(path));
  std::vector<std::string> files;
  for (const segments::Partition& partition : partitions) {
    for (const std::string& segment : partition.segments) {
      const std::filesystem::path log = std::filesystem::path(partition.path) / segment;
      const std::filesystem::path file =
          std::filesystem::path(log).replace_extension(kind.extension);
      std::error_code code;
      if (std::filesystem::exists(file, code)) files.push_back(file.string());
    }
  }
  return files;
}

Result<ExitCode> run(const SegmentsDumpArgs& args, CommandContext& context) {
  const Kind& kind = args.what ? *kind_named(*args.what) : kind_of_file(args.path);
  TRY_ASSIGN(const auto files, files_of(args.path, kind));
  Output& output = context.output();
  TRY(output.begin(fmt::format("segments.{}", kind.name), columns_of(kind.name)));
  bool damaged = false;
  for (const std::string& file : files) {
    if (!context.streams().out.ok()) break;
    TRY_ASSIGN(const auto result, segments::dump_file(file, callbacks_of(kind.name, output, file)));
    if (result.invalid_bytes_at_end == 0) continue;
    damaged = true;
    output.error(Error(ErrorKind::kBadInput,
                       fmt::format("{}: the last {} of {} bytes cannot be read: {}", file,
                                   result.invalid_bytes_at_end, result.size_bytes, result.reason)));
  }
  output.end();
  return damaged ? ExitCode::kBadInput : ExitCode::kDone;
}

}  // namespace

Command segments_dump() {
  return command<SegmentsDumpArgs>({
      .name = "segments dump",
      .summary = "Print what the files of a log hold, without a broker",
      .since = "0.1",
      .run = run,
      .uses = kPrint | kTimes,
      .options = {argument("PATH", &SegmentsDumpArgs::path).kind(ValueKind::kFile),
                  option("--what", &SegmentsDumpArgs::what)
                      .choices({"batches", "records", "offsets", "times", "producers", "aborted"})
                      .help("What to print")
                      .fallback("what the file holds; batches of a directory")},
      .details = "PATH is a data directory, the directory of one partition, or one file; kreel's "
                 "or Apache Kafka's. Nothing is changed, and a broker may be running. A table is "
                 "held back until its end: -o jsonl prints large logs as they are read.",
      .examples = {{"kreel segments dump /srv/kreel/orders-0", "The batches of a partition"},
                   {"kreel segments dump /srv/kreel/orders-0 --what records -o jsonl",
                    "Its records, one per line"},
                   {"kreel segments dump 00000000000000000000.index", "One index file"}},
      .exits = {ExitCode::kNotFound, ExitCode::kBadInput, ExitCode::kIo},
      .see_also = {"segments verify", "segments repair"},
  });
}

}  // namespace kreel::commands
