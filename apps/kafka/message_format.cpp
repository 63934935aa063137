#include "kafka/message_format.hpp"

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::kafka_tools {
namespace {

std::string timestamp_text(const RecordView& record) {
  switch (record.timestamp_type) {
    case TimestampType::kCreateTime:
      return fmt::format("CreateTime:{}", record.timestamp_ms.value_or(-1));
    case TimestampType::kLogAppendTime:
      return fmt::format("LogAppendTime:{}", record.timestamp_ms.value_or(-1));
    case TimestampType::kNone:
      break;
  }
  return "NO_TIMESTAMP";
}

}  // namespace

Outcome<MessageFormat> MessageFormat::make(std::string_view name, const PropertyMap& properties) {
  MessageFormat format;
  const std::string_view last = name.substr(name.rfind('.') + 1);
  if (last == "LoggingMessageFormatter") {
    format.kind_ = Kind::kLogging;
  } else if (last == "NoOpMessageFormatter") {
    format.kind_ = Kind::kNothing;
  } else if (last != "DefaultMessageFormatter") {
    return thrown("java.lang.ClassNotFoundException", std::string(name), ErrorKind::kUsage);
  }
  TRY(format.read(properties));
  return format;
}

Outcome<void> MessageFormat::read(const PropertyMap& properties) {
  const auto flag = [&](std::string_view name, bool& into) {
    if (const auto at = properties.find(name); at != properties.end()) {
      into = equals_ignore_case(trim(at->second), "true");
    }
  };
  const auto text = [&](std::string_view name, std::string& into) {
    if (const auto at = properties.find(name); at != properties.end()) into = at->second;
  };
  flag("print.timestamp", print_timestamp_);
  flag("print.key", print_key_);
  flag("print.offset", print_offset_);
  flag("print.partition", print_partition_);
  flag("print.headers", print_headers_);
  flag("print.value", print_value_);
  flag("print.delivery", print_delivery_);
  flag("print.epoch", print_epoch_);
  text("key.separator", key_separator_);
  text("line.separator", line_separator_);
  text("headers.separator", headers_separator_);
  text("null.literal", null_literal_);
  for (const auto& [name, into] : {std::pair<std::string_view, Deserializer*>("key.deserializer",
                                                                              &key_),
                                   {"value.deserializer", &value_},
                                   {"headers.deserializer", &header_}}) {
    if (const auto at = properties.find(name); at != properties.end()) {
      TRY_ASSIGN(*into, find_deserializer(at->second));
    }
  }
  return {};
}

Outcome<void> MessageFormat::append_bytes(std::optional<std::string_view> bytes,
                                          const Deserializer& how, std::string& out) const {
  const std::string_view present = bytes ? *bytes : std::string_view(null_literal_);
  if (!how) {
    out += present;
    return {};
  }
  TRY_ASSIGN(const std::string text, how(present));
  out += text;
  return {};
}

Outcome<void> MessageFormat::append_headers(const RecordView& record, std::string& out) const {
  if (record.headers.empty()) out += "NO_HEADERS";
  bool is_first = true;
  for (const RecordHeaderView& header : record.headers) {
    if (!is_first) out += headers_separator_;
    is_first = false;
    out += header.name;
    out += ':';
    TRY(append_bytes(header.value, header_, out));
  }
  return {};
}

Outcome<void> MessageFormat::append_columns(const RecordView& record, std::string& out) const {
  bool is_first = true;
  const auto column = [&](bool wanted) {
    if (wanted && !is_first) out += key_separator_;
    if (wanted) is_first = false;
    return wanted;
  };
  if (column(print_timestamp_)) out += timestamp_text(record);
  if (column(print_partition_)) out += fmt::format("Partition:{}", record.partition.value_or(0));
  if (column(print_offset_)) out += fmt::format("Offset:{}", record.offset.value_or(0));
  if (column(print_delivery_)) out += "Delivery:NOT_PRESENT";
  if (column(print_epoch_)) out += "Epoch:NOT_PRESENT";
  if (column(print_headers_)) TRY(append_headers(record, out));
  if (column(print_key_)) TRY(append_bytes(record.key, key_, out));
  if (column(print_value_)) TRY(append_bytes(record.value, value_, out));
  out += line_separator_;
  return {};
}

Outcome<void> MessageFormat::append(const RecordView& record, std::string& out) const {
  if (kind_ == Kind::kNothing) return {};
  const std::size_t before = out.size();
  if (kind_ == Kind::kLogging) {
    const auto text = [](std::optional<std::string_view> bytes) {
      return bytes ? java_text(*bytes) : std::string("null");
    };
    const std::string time = timestamp_text(record);
    out += fmt::format("{}key:{}, value:{}\n", time == "NO_TIMESTAMP" ? "" : time + ", ",
                       text(record.key), text(record.value));
    return {};
  }
  auto done = append_columns(record, out);
  if (!done) out.resize(before);
  return done;
}

}  // namespace kreel::kafka_tools
