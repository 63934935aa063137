#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kreel/result.hpp>

#include "cli/streams.hpp"
#include "cli/value.hpp"

namespace kreel::cli {

enum class Format { kTable, kWide, kJson, kJsonl, kCsv };

// Quoted where CSV (RFC 4180) needs it.
std::string csv_field(std::string text);

// One field of an item: the same name in JSON, in CSV and (as LOG-START, or IN/S for in_per_s) in
// the table's head.
struct Column {
  enum class Show {
    kAlways,
    kWide,     // in -o wide, csv and JSON, not in the plain table
    kJsonOnly  // structured data that no table can hold
  };
  std::string name;
  Show show = Show::kAlways;
  enum class Kind {
    kPlain,
    kTimeMs,     // a number in JSON, a time in tables
    kDurationMs  // a number in JSON; in tables "7m12s", under the name without _ms
  } kind = Kind::kPlain;
};

struct OutputOptions {
  Format format = Format::kTable;
  bool no_headers = false;
  std::vector<std::string> columns;  // names to show, in this order; empty: all
  std::string zone = "UTC";          // for times in tables
  std::size_t room = SIZE_MAX;       // columns of the screen that a table has to fit
};

// Prints items as a table, JSON, JSON lines or CSV, from one description of their columns:
// begin, row..., end. Only a table holds its rows back, to measure them.
class Output {
 public:
  Output(Streams& streams, OutputOptions options)
      : streams_(streams), options_(std::move(options)) {}

  const OutputOptions& options() const { return options_; }
  Format format() const { return options_.format; }
  bool is_json() const {
    return options_.format == Format::kJson || options_.format == Format::kJsonl;
  }

  // `kind` names the schema: "groups.lag". kUsage when --columns names an unknown column, so it is
  // called before anything is changed.
  Result<void> begin(std::string_view kind, std::vector<Column> columns);
  // One value per column, in the order of begin().
  void row(std::vector<Value> values);
  // What went wrong with one item; the command goes on and ends with 1. A line on stderr, or a
  // member of "errors" with -o json.
  void error(const Error& error);
  // What is said of all items together: a member of the JSON envelope; elsewhere a note says it.
  void attach(std::string name, Value value);
  // Prints what is held back and closes the JSON envelope. Without rows the head alone, and not
  // even that when there were errors.
  void end();

  bool had_errors() const { return had_errors_; }
  // Between begin() and end().
  bool is_open() const { return open_; }
  // Something is printed, or will be: what fails then belongs into the same document.
  bool has_content() const;

 private:
  std::string cell_text(const Value& value, const Column& column) const;
  void write_head();
  void print_table();
  void append_item(std::string& line, const std::vector<Value>& values) const;
  void append_csv_row(std::string& line, const std::vector<Value>& values) const;

  Streams& streams_;
  OutputOptions options_;
  std::string kind_;
  std::vector<Column> columns_;
  std::vector<std::size_t> shown_;  // indexes into columns_
  std::vector<std::vector<std::string>> table_;
  std::vector<bool> right_aligned_;
  std::vector<std::string> errors_json_;
  Value::Object attached_;
  std::size_t rows_ = 0;
  bool had_errors_ = false;
  bool open_ = false;
  bool head_is_written_ = false;
};

// Where each of the `wanted` names of --columns stands among `names`; kUsage for one that does not.
Result<std::vector<std::size_t>> find_columns(const std::vector<std::string>& wanted,
                                              const std::vector<std::string>& names);

// One error as a JSON object: {"code":6,"name":"not_found","message":"...","hint":"..."}.
Value error_value(const Error& error);

}  // namespace kreel::cli
