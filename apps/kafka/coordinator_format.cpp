#include "kafka/coordinator_format.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <kreel/segments.hpp>

namespace kreel::kafka_tools {
namespace {

using segments::CoordinatorTopic;

bool is_of(CoordinatorRecords records, std::int16_t type) {
  if (records == CoordinatorRecords::kOffsets) return type == 0 || type == 1;
  return type == (records == CoordinatorRecords::kGroups ? 2 : 0);
}

std::optional<std::string> copied(const std::optional<std::string_view>& bytes) {
  return bytes ? std::optional<std::string>(*bytes) : std::nullopt;
}

}  // namespace

Outcome<void> append_coordinator_record(CoordinatorRecords records, const RecordView& record,
                                        std::string& out) {
  if (!record.key) return {};
  const auto topic = records == CoordinatorRecords::kTransactions
                         ? CoordinatorTopic::kTransactionState
                         : CoordinatorTopic::kConsumerOffsets;
  segments::Record copy;
  copy.key = copied(record.key);
  copy.value = copied(record.value);
  const auto read = segments::read_coordinator_record(topic, copy, segments::MemberData::kBase64);
  if (!read) {
    return thrown("java.lang.RuntimeException",
                  fmt::format("Could not read record at offset {} due to: {}",
                              record.offset.value_or(-1), read.error().message()),
                  ErrorKind::kBadInput);
  }
  if (read->key.empty() || !is_of(records, read->type)) return {};
  const std::string value =
      read->version ? fmt::format(R"({{"version":{},"data":{}}})", *read->version, read->value)
                    : std::string("null");
  out +=
      fmt::format(R"({{"key":{{"type":{},"data":{}}},"value":{}}})", read->type, read->key, value);
  return {};
}

}  // namespace kreel::kafka_tools
