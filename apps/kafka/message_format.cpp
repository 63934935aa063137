#include "kafka/message_format.hpp"

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "kafka/java_files.hpp"

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
  // "kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter" is an older name.
  const std::string_view last = name.substr(name.find_last_of(".$") + 1);
  if (last == "NoOpMessageFormatter") {
    format.kind_ = Kind::kNothing;
  } else if (last == "OffsetsMessageFormatter") {
    format.coordinator_records_ = CoordinatorRecords::kOffsets;
  } else if (last == "GroupMetadataMessageFormatter") {
    format.coordinator_records_ = CoordinatorRecords::kGroups;
  } else if (last == "TransactionLogMessageFormatter") {
    format.coordinator_records_ = CoordinatorRecords::kTransactions;
  } else if (last != "DefaultMessageFormatter" && last != "LoggingMessageFormatter") {
    // What the other one logs is below the level that is shown.
    return thrown("java.lang.ClassNotFoundException", std::string(name), ErrorKind::kUsage);
  }
  format.read(properties);
  return format;
}

void MessageFormat::read(const PropertyMap& properties) {
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
  for (const auto& [name, into] :
       {std::pair<std::string_view, Deserializer*>("key.deserializer", &key_),
        {"value.deserializer", &value_},
        {"headers.deserializer", &header_}}) {
    const auto at = properties.find(name);
    if (at == properties.end()) continue;
    // One that is not there is told, and the bytes are shown as they are.
    if (auto found = find_deserializer(at->second)) {
      *into = std::move(*found);
    } else {
      unknown_deserializers_.push_back(at->second);
    }
  }
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
  if (!is_first) out += line_separator_;
  return {};
}

Outcome<void> MessageFormat::append(const RecordView& record, std::string& out) const {
  if (kind_ == Kind::kNothing) return {};
  if (coordinator_records_) return append_coordinator_record(*coordinator_records_, record, out);
  return append_columns(record, out);
}

std::optional<std::string_view> current_formatter(const Options& options) {
  const auto names = options.values("formatter");
  if (names.size() != 1 || !names.front().starts_with("kafka.")) return std::nullopt;
  for (const std::string_view known :
       {"DefaultMessageFormatter", "LoggingMessageFormatter", "NoOpMessageFormatter",
        "TransactionLogMessageFormatter", "OffsetsMessageFormatter",
        "GroupMetadataMessageFormatter"}) {
    const std::string_view name = names.front();
    if (name.substr(name.find_last_of(".$") + 1) == known) return known;
  }
  return std::nullopt;
}

Outcome<MessageFormat> message_format_of(const Options& options) {
  std::vector<std::string> texts;
  TRY_ASSIGN(const auto file, options.value("formatter-config"));
  if (file) {
    const auto entries = read_java_properties(*file);
    if (!entries) return usage_exit(entries.error().message);
    for (const auto& entry : *entries) {
      texts.push_back(entry.name + "=" + entry.value);
    }
  }
  for (const char* name : {"property", "formatter-property"}) {
    for (std::string& text : options.values(name)) texts.push_back(std::move(text));
  }
  for (const char* side : {"key", "value"}) {
    TRY_ASSIGN(const auto type, options.value(fmt::format("{}-deserializer", side)));
    if (type) texts.push_back(fmt::format("{}.deserializer={}", side, *type));
  }
  TRY_ASSIGN(const auto properties, property_map(texts));
  const auto name = options.value_or("formatter", "DefaultMessageFormatter");
  if (!name) return usage_exit(name.error().message);
  auto format = MessageFormat::make(*name, properties);
  if (!format) return usage_exit(format.error().message);
  return format;
}

}  // namespace kreel::kafka_tools
