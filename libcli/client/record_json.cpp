#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "client/json_place.hpp"
#include "client/json_text.hpp"
#include "client/json_tree.hpp"
#include "kreel/record.hpp"

namespace kreel {
namespace {

using nlohmann::json;

void append_optional(const std::optional<std::string_view>& bytes, std::string& out) {
  if (bytes) {
    client::append_json_bytes(*bytes, out);
  } else {
    out += "null";
  }
}

template <class Int>
void append_optional(const std::optional<Int>& number, std::string& out) {
  if (number) {
    fmt::format_to(std::back_inserter(out), "{}", *number);
  } else {
    out += "null";
  }
}

/// One reader per line: the first thing that does not fit is kept in `why`, and where it stands.
class RecordReader {
 public:
  bool read(const json& from, Record& into) {
    if (!from.is_object()) return wrong("expected an object");
    for (const auto& [name, value] : from.items()) {
      place_ = {.member = name};
      if (!read_member(name, value, into)) return false;
    }
    place_ = {};
    const auto has = [&from](const char* name) { return from.contains(name); };
    // {} would be a null key and a null value, which deletes.
    if (has("key") || has("value") || has("headers")) return true;
    return wrong("no \"key\", \"value\" or \"headers\"");
  }
  const std::string& why() const { return why_; }
  std::size_t column(std::string_view line) const {
    return is_unknown_ ? client::column_of_name(line, place_.member)
                       : client::column_of_value(line, place_);
  }

 private:
  bool wrong(std::string why) {
    why_ = std::move(why);
    return false;
  }

  bool read_member(const std::string& name, const json& value, Record& into) {
    if (name == "key") return read_bytes(name, value, into.key);
    if (name == "value") return read_bytes(name, value, into.value);
    if (name == "headers") return read_headers(value, into);
    if (name == "ts") return read_number(name, value, into.timestamp_ms);
    if (name == "offset") return read_number(name, value, into.offset);
    if (name == "partition") return read_partition(value, into);
    if (name == "ts_type") {
      read_type(value, into);
      return true;
    }
    if (name == "topic") {
      if (value.is_null()) return true;
      if (!value.is_string()) return wrong("topic: expected a string");
      into.topic = value.get_ref<const std::string&>();
      return true;
    }
    is_unknown_ = true;
    return wrong(fmt::format("unknown key \"{}\"", escape_control(name)));
  }

  bool read_bytes(std::string_view name, const json& value, std::optional<std::string>& into) {
    if (value.is_null()) return true;
    if (value.is_string()) {
      into = value.get_ref<const std::string&>();
      return true;
    }
    if (value.is_object() && value.size() == 1 && value.contains("b64") &&
        value["b64"].is_string()) {
      into = decode_base64(value["b64"].get_ref<const std::string&>());
      if (into) return true;
      return wrong(fmt::format("{}: not base64", name));
    }
    return wrong(fmt::format("{}: expected a string, null or {{\"b64\":\"…\"}}", name));
  }

  bool read_number(std::string_view name, const json& value, std::optional<std::int64_t>& into) {
    if (value.is_null()) return true;
    if (!value.is_number_integer()) return wrong(fmt::format("{}: expected an integer", name));
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) {
      return wrong(fmt::format("{}: out of range", name));
    }
    into = value.get<std::int64_t>();
    return true;
  }

  bool read_partition(const json& value, Record& into) {
    std::optional<std::int64_t> number;
    if (!read_number("partition", value, number)) return false;
    if (!number) return true;
    if (*number < 0 || *number > INT32_MAX) return wrong("partition: out of range");
    into.partition = static_cast<std::int32_t>(*number);
    return true;
  }

  // Not used when records are written, so what another program put there is no reason to refuse.
  void read_type(const json& value, Record& into) {
    for (const auto type :
         {TimestampType::kNone, TimestampType::kCreateTime, TimestampType::kLogAppendTime}) {
      if (value == to_string(type)) into.timestamp_type = type;
    }
  }

  bool read_headers(const json& value, Record& into) {
    if (value.is_null()) return true;
    if (!value.is_array()) return wrong("headers: expected [[name,value],…]");
    for (const json& pair : value) {
      place_.element = static_cast<std::size_t>(&pair - &value[0]);
      place_.part.reset();
      if (!pair.is_array() || pair.size() != 2) return wrong("headers: expected [[name,value],…]");
      std::optional<std::string> name;
      std::optional<std::string> header_value;
      place_.part = 0;
      if (!read_bytes("headers", pair[0], name)) return false;
      if (!name) return wrong("headers: a name cannot be null");
      place_.part = 1;
      if (!read_bytes("headers", pair[1], header_value)) return false;
      into.headers.emplace_back(std::move(*name), std::move(header_value));
    }
    return true;
  }

  client::JsonPlace place_;
  bool is_unknown_ = false;
  std::string why_;
};

}  // namespace

void append_jsonl(const RecordView& record, std::string& out) {
  out += R"({"topic":)";
  client::append_json_bytes(record.topic, out);
  out += R"(,"partition":)";
  append_optional(record.partition, out);
  out += R"(,"offset":)";
  append_optional(record.offset, out);
  out += R"(,"ts":)";
  append_optional(record.timestamp_ms, out);
  out += R"(,"ts_type":)";
  client::append_json_bytes(to_string(record.timestamp_type), out);
  out += R"(,"key":)";
  append_optional(record.key, out);
  out += R"(,"value":)";
  append_optional(record.value, out);
  out += R"(,"headers":[)";
  for (const RecordHeaderView& header : record.headers) {
    if (&header != record.headers.data()) out += ',';
    out += '[';
    client::append_json_bytes(header.name, out);
    out += ',';
    append_optional(header.value, out);
    out += ']';
  }
  out += "]}\n";
}

Result<Record> parse_jsonl(std::string_view line, std::string_view source,
                           std::int64_t line_number) {
  json root;
  client::JsonTreeBuilder builder(root, line);
  if (!json::sax_parse(line, &builder)) {
    return fail(ErrorKind::kBadInput,
                fmt::format("{}:{}:{}: {}", source, line_number, builder.column(), builder.why()));
  }
  Record record;
  RecordReader reader;
  if (!reader.read(root, record)) {
    return fail(ErrorKind::kBadInput, fmt::format("{}:{}:{}: {}", source, line_number,
                                                  reader.column(line), reader.why()));
  }
  return record;
}

}  // namespace kreel
