#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/record.hpp>

#include "cli/byte_source.hpp"
#include "cli/line_reader.hpp"
#include "cli/record_template.hpp"

namespace kreel::cli {

enum class RecordForm {
  kLines,  // a line is a value
  kJsonl,  // a line is a record, as consume -o jsonl writes it
  kRaw     // the whole input is one value
};

struct RecordSourceOptions {
  RecordForm form = RecordForm::kLines;
  std::optional<std::string> key;            // of every record
  std::optional<std::string> key_delimiter;  // kLines: the text before it is the key
  std::optional<std::string> null_as;        // kLines: a key or value of this text is null
  // Longer keys and values are not kept in memory.
  std::size_t record_bytes_max = 1'048'588;
  // Given the whole of what was_too_large().
  CutSink keep_cut;
};

// Records that are made up, for RecordSource::make_up().
struct MadeUpRecords {
  RecordTemplate value;
  std::optional<RecordTemplate> key;
  std::int64_t count = 1;
  std::function<std::int64_t()> now_ms;
};

// Turns one input into records, one at a time and in bounded memory.
class RecordSource {
 public:
  static std::unique_ptr<RecordSource> make(ByteSource source, RecordSourceOptions options);
  // Named "template"; a record's number stands for its line.
  static std::unique_ptr<RecordSource> make_up(MadeUpRecords records, RecordSourceOptions options);
  virtual ~RecordSource() = default;

  // The next record, valid until the next call; nullopt at the end. kBadInput with where() in front
  // when this piece of input is no record or is over the limit: next() goes on behind it.
  virtual Result<std::optional<RecordView>> next() = 0;

  // Of what next() just returned or refused.
  std::int64_t line() const { return line_; }
  std::string where() const;  // "stdin:1042"
  // Its bytes as they stood in the input; cut when it was too large.
  std::string_view text() const { return text_; }
  // Whether next() refused it for its size alone.
  bool was_too_large() const { return too_large_; }

  const std::string& name() const { return name_; }
  // How far it is: bytes that were read, or records that were made up.
  virtual std::int64_t done() const = 0;

 protected:
  RecordSource(std::string name, RecordSourceOptions options)
      : name_(std::move(name)), options_(std::move(options)) {}

  Error too_large(std::uint64_t size_bytes);

  std::string name_;
  RecordSourceOptions options_;
  std::int64_t line_ = 0;
  std::string_view text_;
  bool too_large_ = false;
};

// "1,200,345 bytes is over the topic's limit 1,048,588".
std::string too_large_text(std::int64_t size_bytes, std::int64_t limit_bytes);

}  // namespace kreel::cli
