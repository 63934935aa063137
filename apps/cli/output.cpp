#include "cli/output.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kreel/position.hpp>
#include <kreel/text.hpp>

#include "cli/ansi.hpp"
#include "cli/exit_code.hpp"
#include "cli/report.hpp"
#include "cli/table_text.hpp"

namespace kreel::cli {
namespace {

std::string heading(const Column& column) {
  std::string_view name = column.name;
  if (column.kind == Column::Kind::kDurationMs && name.ends_with("_ms")) name.remove_suffix(3);
  std::string text;
  const bool rate = name.ends_with("_per_s");
  if (rate) name.remove_suffix(std::string_view("_per_s").size());
  for (const char c : name) {
    text += c == '_' ? '-' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return rate ? text + "/S" : text;
}

}  // namespace

std::string csv_field(std::string text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

Value error_value(const Error& error) {
  const ExitCodeInfo& info = exit_code_info(exit_code(error.kind()));
  return Value::Object{{"code", static_cast<int>(info.code)},
                       {"name", info.name},
                       {"message", error.message()},
                       {"hint", error.hint().empty() ? Value() : Value(error.hint())}};
}

Result<std::vector<std::size_t>> find_columns(const std::vector<std::string>& wanted,
                                              const std::vector<std::string>& names) {
  std::vector<std::size_t> found;
  for (const std::string& column : wanted) {
    std::string name = to_lower(column);
    std::ranges::replace(name, '-', '_');
    const auto at = std::ranges::find(names, name);
    if (at == names.end()) {
      const auto near = nearest(name, names);
      return fail(ErrorKind::kUsage, fmt::format("--columns: there is no column \"{}\"", column),
                  near ? fmt::format("did you mean \"{}\"?", *near)
                       : fmt::format("columns: {}", fmt::join(names, ", ")));
    }
    found.push_back(static_cast<std::size_t>(at - names.begin()));
  }
  return found;
}

Result<void> Output::begin(std::string_view kind, std::vector<Column> columns) {
  kind_ = kind;
  columns_ = std::move(columns);
  shown_.clear();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    names.push_back(columns_[i].name);
    const Column::Show show = columns_[i].show;
    const bool hidden = (show == Column::Show::kJsonOnly && !is_json()) ||
                        (show == Column::Show::kWide && options_.format == Format::kTable);
    if (!hidden && options_.columns.empty()) shown_.push_back(i);
  }
  if (!options_.columns.empty()) {
    TRY_ASSIGN(shown_, find_columns(options_.columns, names));
  }
  right_aligned_.assign(shown_.size(), true);
  table_.clear();
  rows_ = 0;
  head_is_written_ = false;
  open_ = true;
  return {};
}

// Not before there is a row or the end: a command that fails prints nothing that looks like data.
void Output::write_head() {
  if (head_is_written_) return;
  head_is_written_ = true;
  if (options_.format == Format::kJson) {
    std::string head = "{\"kreel\":1,\"kind\":";
    append_json_string(head, kind_);
    streams_.out.write(head + ",\"items\":[");
  } else if (options_.format == Format::kCsv && !options_.no_headers) {
    std::string line;
    for (const std::size_t index : shown_) {
      if (!line.empty()) line += ',';
      line += columns_[index].name;
    }
    streams_.out.write(line + "\n");
  }
}

std::string Output::cell_text(const Value& value, const Column& column) const {
  std::string text = value.text();
  if (column.kind == Column::Kind::kTimeMs) {
    if (const auto time_ms = parse_int64(text); time_ms && *time_ms >= 0) {
      // The zone was checked when --tz was read; UTC is what is left if its data went away.
      text = format_time(*time_ms, options_.zone).value_or(format_time(*time_ms));
    }
  } else if (column.kind == Column::Kind::kDurationMs) {
    if (const auto duration_ms = parse_int64(text)) text = duration_text(*duration_ms);
  }
  return text;
}

void Output::append_item(std::string& line, const std::vector<Value>& values) const {
  line += '{';
  for (const std::size_t index : shown_) {
    if (line.back() != '{') line += ',';
    append_json_string(line, columns_[index].name);
    line += ':';
    values[index].append_json(line);
  }
  line += '}';
}

void Output::append_csv_row(std::string& line, const std::vector<Value>& values) const {
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    if (i != 0) line += ',';
    const std::string text = values[shown_[i]].text();
    line += csv_field(streams_.out_is_terminal ? escape_control(text) : text);
  }
}

void Output::row(std::vector<Value> values) {
  write_head();
  values.resize(columns_.size());
  std::string line;
  switch (options_.format) {
    case Format::kTable:
    case Format::kWide: {
      std::vector<std::string> cells;
      for (std::size_t i = 0; i < shown_.size(); ++i) {
        const Value& value = values[shown_[i]];
        const Column& column = columns_[shown_[i]];
        const bool number = value.is_number() && column.kind != Column::Kind::kTimeMs;
        if (!value.is_null() && !number) right_aligned_[i] = false;
        const std::string text = cell_text(value, column);
        // A table is lines and columns, so control bytes are escaped off a terminal as well.
        cells.push_back(text.empty() ? "-" : escape_control(text));
      }
      table_.push_back(std::move(cells));
      return;
    }
    case Format::kJson:
      line = rows_ == 0 ? "\n" : ",\n";
      append_item(line, values);
      break;
    case Format::kJsonl:
      append_item(line, values);
      line += '\n';
      break;
    case Format::kCsv:
      append_csv_row(line, values);
      line += '\n';
      break;
  }
  ++rows_;
  streams_.out.write(line);
}

bool Output::has_content() const {
  return head_is_written_ || !errors_json_.empty();
}

void Output::error(const Error& error) {
  had_errors_ = true;
  if (options_.format == Format::kJson) {
    errors_json_.push_back(error_value(error).json());
  } else {
    report_error(streams_, error, is_json());
  }
}

void Output::attach(std::string name, Value value) {
  attached_.emplace_back(std::move(name), std::move(value));
}

void Output::print_table() {
  if (!options_.no_headers) {
    std::vector<std::string> head;
    for (const std::size_t index : shown_) head.push_back(heading(columns_[index]));
    table_.insert(table_.begin(), std::move(head));
  }
  std::vector<std::string> lines = aligned_lines(table_, right_aligned_, options_.room);
  if (!options_.no_headers && streams_.out_colour) {
    lines.front() = fmt::format("{}{}{}", kBold, lines.front(), kReset);
  }
  for (const std::string& line : lines) streams_.out.write(line + "\n");
  table_.clear();
}

void Output::end() {
  open_ = false;
  // All that was asked for has failed: stderr says so, and there is nothing to put a head above.
  const bool only_errors = had_errors_ && !head_is_written_;
  if (only_errors && options_.format != Format::kJson) return;
  write_head();
  if (options_.format == Format::kTable || options_.format == Format::kWide) {
    print_table();
  } else if (options_.format == Format::kJson) {
    std::string tail = fmt::format("{}],", rows_ == 0 ? "" : "\n");
    for (const auto& [name, value] : attached_) {
      append_json_string(tail, name);
      tail += ":" + value.json() + ",";
    }
    tail += fmt::format("\"errors\":[{}]}}\n", fmt::join(errors_json_, ","));
    streams_.out.write(tail);
  }
}

}  // namespace kreel::cli
