#include "kreel/record.hpp"

namespace kreel {

std::string_view to_string(TimestampType type) {
  switch (type) {
    case TimestampType::kCreateTime:
      return "create_time";
    case TimestampType::kLogAppendTime:
      return "log_append_time";
    case TimestampType::kNone:
      break;
  }
  return "none";
}

Record Record::copy_of(const RecordView& view) {
  Record record;
  record.topic = view.topic;
  record.partition = view.partition;
  record.offset = view.offset;
  record.timestamp_ms = view.timestamp_ms;
  record.timestamp_type = view.timestamp_type;
  if (view.key) record.key = *view.key;
  if (view.value) record.value = *view.value;
  for (const RecordHeaderView& header : view.headers) {
    std::optional<std::string> value;
    if (header.value) value = *header.value;
    record.headers.emplace_back(header.name, std::move(value));
  }
  return record;
}

RecordView RecordViewBuffer::view_of(const Record& record) {
  headers_.clear();
  for (const auto& [name, value] : record.headers) headers_.push_back({name, value});
  RecordView view;
  view.topic = record.topic;
  view.partition = record.partition;
  view.offset = record.offset;
  view.timestamp_ms = record.timestamp_ms;
  view.timestamp_type = record.timestamp_type;
  view.key = record.key;
  view.value = record.value;
  view.headers = headers_;
  return view;
}

}  // namespace kreel
