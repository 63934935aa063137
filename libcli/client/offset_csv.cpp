#include "client/offset_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "kreel/offset_files.hpp"

namespace kreel::client {
namespace {

/// Takes one record after the other off a text.
class CsvReader {
 public:
  CsvReader(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  bool at_end() const { return rest_.empty(); }
  /// Of the record that was read last, from 1.
  std::size_t line() const { return line_; }

  Result<std::vector<std::string>> next() {
    line_ = next_line_;
    std::vector<std::string> fields;
    do {
      TRY_ASSIGN(std::string field, next_field());
      fields.push_back(std::move(field));
    } while (take(','));
    take('\r');
    if (!rest_.empty() && !take('\n')) return wrong("text behind a closing quote");
    ++next_line_;
    return fields;
  }

  tl::unexpected<Error> wrong(std::string_view why) const {
    return fail(ErrorKind::kBadInput, fmt::format("{}:{}: {}", name_, line_, why),
                "lines are topic,partition,offset or group,topic,partition,offset");
  }

 private:
  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  Result<std::string> next_field() {
    if (take('"')) return quoted_field();
    const auto end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
    std::string field(trim(rest_.substr(0, end)));
    rest_.remove_prefix(end);
    return field;
  }

  Result<std::string> quoted_field() {
    std::string field;
    while (true) {
      const auto quote = rest_.find('"');
      if (quote == std::string_view::npos) return wrong("a quote is not closed");
      for (const char c : rest_.substr(0, quote)) next_line_ += c == '\n' ? 1 : 0;
      field += rest_.substr(0, quote);
      rest_.remove_prefix(quote + 1);
      if (!take('"')) return field;
      field += '"';
    }
  }

  std::string_view rest_;
  std::string_view name_;
  std::size_t line_ = 1;
  std::size_t next_line_ = 1;
};

Result<GroupOffset> offset_of(const CsvReader& reader, std::vector<std::string> fields) {
  if (fields.size() == 3) fields.insert(fields.begin(), "");
  if (fields.size() != 4) {
    return reader.wrong(fmt::format("{} fields instead of 3 or 4", fields.size()));
  }
  GroupOffset row;
  row.group = std::move(fields[0]);
  row.at.topic = std::move(fields[1]);
  if (row.at.topic.empty()) return reader.wrong("the topic is empty");
  const auto partition = parse_int32(fields[2]);
  if (!partition || *partition < 0) {
    return reader.wrong(fmt::format("\"{}\" is not a partition", escape_control(fields[2])));
  }
  row.at.partition = *partition;
  row.offset = parse_int64(fields[3]);
  if (!row.offset || *row.offset < 0) {
    return reader.wrong(fmt::format("\"{}\" is not an offset", escape_control(fields[3])));
  }
  return row;
}

std::string csv_field(std::string_view text) {
  // As Jackson, which writes Apache's files: quoted only where it is needed.
  const bool plain = std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '"' && c != ','; });
  // What begins with a brace would be taken for JSON, and a byte order mark would be taken off.
  const bool of_itself = !text.empty() && text.front() != '{' && !text.starts_with(kByteOrderMark);
  if (plain && of_itself) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

Result<std::vector<GroupOffset>> parse_offsets_csv(std::string_view text, std::string_view name) {
  CsvReader reader(text, name);
  std::vector<GroupOffset> rows;
  std::size_t columns = 0;
  while (!reader.at_end()) {
    TRY_ASSIGN(auto fields, reader.next());
    if (fields.size() == 1 && fields[0].empty()) continue;
    if (columns != 0 && fields.size() != columns) {
      return reader.wrong(fmt::format("{} fields behind lines of {}", fields.size(), columns));
    }
    columns = fields.size();
    TRY_ASSIGN(auto row, offset_of(reader, std::move(fields)));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace kreel::client

namespace kreel {

std::string offsets_to_csv(std::span<const GroupOffset> offsets) {
  std::set<std::string_view> groups;
  for (const GroupOffset& one : offsets) groups.insert(one.group);
  std::string text;
  for (const GroupOffset& one : offsets) {
    if (!one.offset) continue;
    if (groups.size() > 1) text += client::csv_field(one.group) + ",";
    text +=
        fmt::format("{},{},{}\n", client::csv_field(one.at.topic), one.at.partition, *one.offset);
  }
  return text;
}

}  // namespace kreel
