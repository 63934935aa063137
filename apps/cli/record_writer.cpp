#include "cli/record_writer.hpp"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <iterator>
#include <numeric>

#include <fmt/format.h>
#include <kreel/position.hpp>
#include <kreel/text.hpp>

#include "cli/counted.hpp"

namespace kreel::cli {
namespace {

constexpr std::size_t kBytesPerRow = 16;
// Below the stream's own buffer, so that it is known here what has left the process.
constexpr std::size_t kFlushBytes = 60 * 1024;

// "00000010  6b 72 65 65 6c                                    |kreel|"
void append_hex_rows(std::string_view bytes, std::string& out) {
  for (std::size_t at = 0; at < bytes.size(); at += kBytesPerRow) {
    const std::string_view row = bytes.substr(at, kBytesPerRow);
    fmt::format_to(std::back_inserter(out), "{:08x}  ", at);
    for (std::size_t i = 0; i < kBytesPerRow; ++i) {
      if (i == kBytesPerRow / 2) out += ' ';
      if (i < row.size()) {
        fmt::format_to(std::back_inserter(out), "{:02x} ", static_cast<unsigned char>(row[i]));
      } else {
        out += "   ";
      }
    }
    out += " |";
    for (const char c : row) out += c >= ' ' && c <= '~' ? c : '.';
    out += "|\n";
  }
}

void append_hex_field(std::string_view name, const std::optional<std::string_view>& bytes,
                      std::string& out) {
  if (!bytes) {
    out += fmt::format("{} null\n", name);
    return;
  }
  out += fmt::format("{} {} bytes\n", name, bytes->size());
  append_hex_rows(*bytes, out);
}

void append_hex(const RecordView& record, std::string& out) {
  out += fmt::format("{}[{}]@{} {} {}\n", escape_control(record.topic),
                     record.partition.value_or(-1), record.offset.value_or(-1),
                     to_string(record.timestamp_type), record.timestamp_ms.value_or(-1));
  append_hex_field("key", record.key, out);
  append_hex_field("value", record.value, out);
  for (const RecordHeaderView& header : record.headers) {
    append_hex_field(fmt::format("header \"{}\"", escape_control(header.name)), header.value, out);
  }
}

// Null is an empty field, and an empty text is a quoted one.
void append_csv_bytes(const std::optional<std::string_view>& bytes, bool escape, std::string& out) {
  if (!bytes) return;
  if (bytes->empty()) {
    out += "\"\"";
  } else {
    out += csv_field(escape ? escape_control(*bytes) : std::string(*bytes));
  }
}

enum CsvColumn : std::size_t {
  kTopic,
  kPartition,
  kOffset,
  kTime,
  kTimeType,
  kKey,
  kValue,
  kHeaders,
  kColumns
};
constexpr std::array<std::string_view, kColumns> kCsvNames{
    "topic", "partition", "offset", "ts", "ts_type", "key", "value", "headers"};

void append_csv_cell(const RecordView& record, std::size_t column, bool escape, std::string& out) {
  const auto number = [](const auto& value) { return value ? std::to_string(*value) : ""; };
  switch (column) {
    case kTopic:
      out += csv_field(std::string(record.topic));
      break;
    case kPartition:
      out += number(record.partition);
      break;
    case kOffset:
      out += number(record.offset);
      break;
    case kTime:
      out += number(record.timestamp_ms);
      break;
    case kTimeType:
      out += to_string(record.timestamp_type);
      break;
    case kKey:
      append_csv_bytes(record.key, escape, out);
      break;
    case kValue:
      append_csv_bytes(record.value, escape, out);
      break;
    default: {
      std::string headers;
      append_headers(record, escape, headers);
      out += csv_field(std::move(headers));
    }
  }
}

// "orders[3]@41  2025-11-21T08:00:00Z  key  value  a=1".
void append_wide(const RecordView& record, bool escape, std::string& out) {
  const auto text = [&](const std::optional<std::string_view>& bytes) {
    return escape ? escape_control(bytes.value_or("-")) : std::string(bytes.value_or("-"));
  };
  out += fmt::format("{}[{}]@{}  {}  {}  {}", record.topic, record.partition.value_or(-1),
                     record.offset.value_or(-1),
                     record.timestamp_ms ? format_time(*record.timestamp_ms) : "-",
                     text(record.key), text(record.value));
  if (!record.headers.empty()) out += "  ";
  append_headers(record, escape, out);
  out += '\n';
}

// What stdout is connected to, for an error: a file's path as seen from here. Writing to /dev/null
// fails only where main() has put it in place of a closed stdout.
std::string stdout_name() {
  std::error_code code;
  const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/fd/1", code);
  if (code || !path.is_absolute() || path == "/dev/null") return "stdout";
  const auto here = std::filesystem::current_path(code);
  const auto relative = path.lexically_relative(here);
  const bool below = !code && !relative.empty() && *relative.begin() != "..";
  return escape_control((below ? relative : path).string());
}

}  // namespace

RecordStyle RecordWriter::style_of(std::string_view format) {
  if (format == "jsonl") return RecordStyle::kJsonl;
  if (format == "json") return RecordStyle::kJson;
  if (format == "wide") return RecordStyle::kWide;
  if (format == "csv") return RecordStyle::kCsv;
  if (format == "raw") return RecordStyle::kRaw;
  if (format == "hex") return RecordStyle::kHex;
  return RecordStyle::kLines;
}

Result<CsvOptions> CsvOptions::make(RecordStyle style, const OutputOptions& options) {
  CsvOptions csv{options.no_headers, {}};
  if (options.columns.empty()) return csv;
  if (style != RecordStyle::kCsv) {
    return fail(ErrorKind::kUsage, "--columns: only -o csv has columns",
                "-f prints what you name of each record, as in -f '%o %k %s\\n'");
  }
  TRY_ASSIGN(csv.columns, find_columns(options.columns, {kCsvNames.begin(), kCsvNames.end()}));
  return csv;
}

RecordWriter::RecordWriter(Streams& streams, RecordStyle style, std::optional<RecordFormat> format,
                           CsvOptions csv)
    : streams_(streams),
      style_(style),
      format_(std::move(format)),
      csv_(std::move(csv)),
      escape_(streams.out_is_terminal) {
  if (style_ == RecordStyle::kJson) {
    streams_.out.write(R"({"kreel":1,"kind":"records","items":[)");
  }
  if (style_ != RecordStyle::kCsv) return;
  if (csv_.columns.empty()) {
    csv_.columns.resize(kColumns);
    std::iota(csv_.columns.begin(), csv_.columns.end(), 0);
  }
  if (csv_.no_headers) return;
  std::string head;
  for (const std::size_t column : csv_.columns) {
    head += head.empty() ? "" : ",";
    head += kCsvNames[column];
  }
  streams_.out.write(head + "\n");
}

void RecordWriter::append_csv(const RecordView& record) {
  for (std::size_t i = 0; i < csv_.columns.size(); ++i) {
    if (i != 0) scratch_ += ',';
    append_csv_cell(record, csv_.columns[i], escape_, scratch_);
  }
  scratch_ += '\n';
}

void RecordWriter::write(const RecordView& record) {
  OutStream& out = streams_.out;
  scratch_.clear();
  switch (style_) {
    case RecordStyle::kLines:
      if (escape_) {
        out.write(escape_control(record.value.value_or("")));
      } else {
        out.write(record.value.value_or(""));
      }
      out.write("\n");
      break;
    case RecordStyle::kWide:
      append_wide(record, escape_, scratch_);
      out.write(scratch_);
      break;
    case RecordStyle::kCsv:
      append_csv(record);
      out.write(scratch_);
      break;
    case RecordStyle::kRaw:
      out.write(record.value.value_or(""));
      break;
    case RecordStyle::kJson:
      out.write(written_ == 0 ? "\n" : ",\n");
      append_jsonl(record, scratch_);
      scratch_.pop_back();
      out.write(scratch_);
      break;
    case RecordStyle::kJsonl:
      append_jsonl(record, scratch_);
      out.write(scratch_);
      break;
    case RecordStyle::kHex:
      append_hex(record, scratch_);
      out.write(scratch_);
      break;
    case RecordStyle::kFormat:
      format_->append(record, escape_, scratch_);
      out.write(scratch_);
      break;
  }
  ++written_;
  last_offset_ = record.offset.value_or(-1);
  note_offset(record);
  unflushed_bytes_ += record.value.value_or("").size() + scratch_.size() + 1;
  if (unflushed_bytes_ >= kFlushBytes) flush();
}

void RecordWriter::pass(const RecordView& record) {
  note_offset(record);
}

// Records come in runs of one partition, so the map is left alone for most of them.
void RecordWriter::note_offset(const RecordView& record) {
  const std::int32_t partition = record.partition.value_or(-1);
  if (current_.partition != partition || current_.topic != record.topic || current_next_ < 0) {
    if (current_next_ >= 0) pending_[current_] = current_next_;
    current_ = {std::string(record.topic), partition};
  }
  current_next_ = record.offset.value_or(-1) + 1;
}

bool RecordWriter::flush() {
  streams_.out.flush_now();
  if (!streams_.out.ok()) {
    streams_.out.explain_error(
        stdout_name(), flushed_count_ == 0
                           ? std::string("0 records")
                           : fmt::format("{}, last offset {}", counted(flushed_count_, "record"),
                                         flushed_last_offset_));
    return false;
  }
  unflushed_bytes_ = 0;
  flushed_count_ = written_;
  flushed_last_offset_ = last_offset_;
  if (current_next_ >= 0) pending_[current_] = current_next_;
  current_next_ = -1;
  for (const auto& [at, next] : pending_) flushed_[at] = next;
  pending_.clear();
  return true;
}

std::map<TopicPartition, std::int64_t> RecordWriter::take_flushed() {
  return std::exchange(flushed_, {});
}

void RecordWriter::end(const Error* error) {
  if (style_ != RecordStyle::kJson) return;
  const std::string text = error == nullptr ? "" : error_value(*error).json();
  streams_.out.write(fmt::format("{}],\"errors\":[{}]}}\n", written_ == 0 ? "" : "\n", text));
}

}  // namespace kreel::cli
