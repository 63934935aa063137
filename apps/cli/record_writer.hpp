#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/admin.hpp>
#include <kreel/record.hpp>
#include <kreel/result.hpp>

#include "cli/output.hpp"
#include "cli/record_format.hpp"
#include "cli/streams.hpp"

namespace kreel::cli {

enum class RecordStyle { kLines, kWide, kJsonl, kJson, kCsv, kRaw, kHex, kFormat };

// What -o csv shows of a record.
struct CsvOptions {
  bool no_headers = false;
  std::vector<std::size_t> columns;  // of csv_columns(); empty: all

  // kUsage for --columns that are none, or with a style that has no columns.
  static Result<CsvOptions> make(RecordStyle style, const OutputOptions& options);
};

// Prints records to stdout and knows which of them have really left the process.
class RecordWriter {
 public:
  // "" is kLines; the values of -o.
  static RecordStyle style_of(std::string_view format);
  RecordWriter(Streams& streams, RecordStyle style, std::optional<RecordFormat> format,
               CsvOptions csv = {});

  void write(const RecordView& record);
  // A record that is not wanted: done with, as if it had been written.
  void pass(const RecordView& record);
  // Everything so far reaches the other side; false after a write error.
  bool flush();
  // Closes the document of kJson, with the error that ended it.
  void end(const Error* error);

  std::int64_t written() const { return written_; }
  // Next offsets that flush() made safe to commit, since the last call.
  std::map<TopicPartition, std::int64_t> take_flushed();

 private:
  void note_offset(const RecordView& record);
  void append_csv(const RecordView& record);

  Streams& streams_;
  RecordStyle style_;
  std::optional<RecordFormat> format_;
  CsvOptions csv_;
  bool escape_;
  std::string scratch_;
  std::int64_t written_ = 0;
  std::int64_t last_offset_ = -1;
  std::size_t unflushed_bytes_ = 0;
  std::int64_t flushed_count_ = 0;
  std::int64_t flushed_last_offset_ = -1;
  TopicPartition current_;
  std::int64_t current_next_ = -1;  // of current_, not yet in pending_
  std::map<TopicPartition, std::int64_t> pending_;
  std::map<TopicPartition, std::int64_t> flushed_;
};

}  // namespace kreel::cli
