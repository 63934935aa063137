#include "kafka/coordinator_format.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/value.hpp"

namespace kreel::kafka_tools {
namespace {

using nlohmann::ordered_json;

enum class FieldType { kInt8, kInt16, kInt32, kInt64, kString, kBytes, kUuid, kInt32s, kStructs };

// A field of a record as Kafka's schemas have it. One with a tag stands behind the others, and is
// told where it is not `absent`.
struct RecordField {
  std::string_view name;
  FieldType type;
  int since = 0;
  int until = 99;
  int tag = -1;
  std::int64_t absent = -1;
  std::span<const RecordField> fields = {};
};

struct RecordSchema {
  std::int16_t type;
  std::span<const RecordField> key;
  std::span<const RecordField> value;
  int flexible_since = 99;
  int newest = 0;
};

constexpr auto kOffsetKey = std::to_array<RecordField>({{"group", FieldType::kString},
                                                        {"topic", FieldType::kString},
                                                        {"partition", FieldType::kInt32}});
constexpr auto kOffsetValue =
    std::to_array<RecordField>({{"offset", FieldType::kInt64},
                                {"leaderEpoch", FieldType::kInt32, 3},
                                {"metadata", FieldType::kString},
                                {"commitTimestamp", FieldType::kInt64},
                                {"expireTimestamp", FieldType::kInt64, 1, 1},
                                {"topicId", FieldType::kUuid, 4, 99, 0}});
constexpr auto kGroupKey = std::to_array<RecordField>({{"group", FieldType::kString}});
constexpr auto kGroupMember =
    std::to_array<RecordField>({{"memberId", FieldType::kString},
                                {"groupInstanceId", FieldType::kString, 3},
                                {"clientId", FieldType::kString},
                                {"clientHost", FieldType::kString},
                                {"rebalanceTimeout", FieldType::kInt32, 1},
                                {"sessionTimeout", FieldType::kInt32},
                                {"subscription", FieldType::kBytes},
                                {"assignment", FieldType::kBytes}});
constexpr auto kGroupValue =
    std::to_array<RecordField>({{"protocolType", FieldType::kString},
                                {"generation", FieldType::kInt32},
                                {"protocol", FieldType::kString},
                                {"leader", FieldType::kString},
                                {"currentStateTimestamp", FieldType::kInt64, 2},
                                {"members", FieldType::kStructs, 0, 99, -1, -1, kGroupMember}});
constexpr auto kTransactionKey =
    std::to_array<RecordField>({{"transactionalId", FieldType::kString}});
constexpr auto kTransactionPartitions = std::to_array<RecordField>(
    {{"topic", FieldType::kString}, {"partitionIds", FieldType::kInt32s}});
constexpr auto kTransactionValue = std::to_array<RecordField>(
    {{"producerId", FieldType::kInt64},
     {"previousProducerId", FieldType::kInt64, 1, 99, 0},
     {"nextProducerId", FieldType::kInt64, 1, 99, 1},
     {"producerEpoch", FieldType::kInt16},
     {"nextProducerEpoch", FieldType::kInt16, 1, 99, 3},
     {"transactionTimeoutMs", FieldType::kInt32},
     {"transactionStatus", FieldType::kInt8},
     {"transactionPartitions", FieldType::kStructs, 0, 99, -1, -1, kTransactionPartitions},
     {"transactionLastUpdateTimestampMs", FieldType::kInt64},
     {"transactionStartTimestampMs", FieldType::kInt64},
     {"clientTransactionVersion", FieldType::kInt16, 1, 99, 2, 0}});

constexpr auto kOffsetSchemas = std::to_array<RecordSchema>(
    {{0, kOffsetKey, kOffsetValue, 4, 4}, {1, kOffsetKey, kOffsetValue, 4, 4}});
constexpr auto kGroupSchemas = std::to_array<RecordSchema>({{2, kGroupKey, kGroupValue, 4, 4}});
constexpr auto kTransactionSchemas =
    std::to_array<RecordSchema>({{0, kTransactionKey, kTransactionValue, 1, 1}});

std::span<const RecordSchema> schemas_of(CoordinatorRecords records) {
  if (records == CoordinatorRecords::kOffsets) return kOffsetSchemas;
  if (records == CoordinatorRecords::kGroups) return kGroupSchemas;
  return kTransactionSchemas;
}

// Java's Uuid.toString(): base64 for URLs, without what fills it up.
std::string uuid_text(std::string_view bytes) {
  std::string text = cli::base64(bytes).substr(0, 22);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

// Reads fields; after a read beyond the end everything is empty and ok() is false.
class FieldReader {
 public:
  FieldReader(std::string_view bytes, int version, bool flexible)
      : rest_(bytes), version_(version), flexible_(flexible) {}

  bool ok() const { return ok_; }

  ordered_json structure(std::span<const RecordField> fields) {
    std::map<std::string_view, ordered_json> values;
    for (const RecordField& field : fields) {
      if (is_there(field) && field.tag < 0) values[field.name] = value(field);
    }
    if (flexible_) read_tags(fields, values);
    ordered_json object = ordered_json::object();
    for (const RecordField& field : fields) {
      const auto at = values.find(field.name);
      if (at == values.end()) continue;
      if (field.tag >= 0 && at->second == field.absent) continue;
      object[std::string(field.name)] = std::move(at->second);
    }
    return object;
  }

 private:
  bool is_there(const RecordField& field) const {
    return version_ >= field.since && version_ <= field.until;
  }

  std::string_view take(std::size_t size) {
    if (size > rest_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::int64_t number(std::size_t size) {
    std::uint64_t bits = 0;
    for (const char c : take(size)) bits = bits << 8 | static_cast<unsigned char>(c);
    // The sign.
    const std::size_t above = 64 - 8 * size;
    return static_cast<std::int64_t>(bits << above) >> above;
  }

  std::uint64_t varint() {
    std::uint64_t bits = 0;
    for (int shift = 0; shift < 64 && ok_; shift += 7) {
      const auto byte = static_cast<unsigned char>(number(1));
      bits |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80U) == 0) break;
    }
    return bits;
  }

  // Of text, bytes or an array; empty for null.
  std::optional<std::size_t> length(std::size_t plain_size) {
    const std::int64_t length =
        flexible_ ? static_cast<std::int64_t>(varint()) - 1 : number(plain_size);
    if (length < 0) return std::nullopt;
    // Each element takes a byte at least.
    if (static_cast<std::uint64_t>(length) > rest_.size()) ok_ = false;
    return ok_ ? static_cast<std::size_t>(length) : 0;
  }

  ordered_json value(const RecordField& field) {
    switch (field.type) {
      case FieldType::kInt8:
        return number(1);
      case FieldType::kInt16:
        return number(2);
      case FieldType::kInt32:
        return number(4);
      case FieldType::kInt64:
        return number(8);
      case FieldType::kUuid:
        return uuid_text(take(16));
      case FieldType::kString:
        return bytes(2, false);
      case FieldType::kBytes:
        return bytes(4, true);
      case FieldType::kInt32s:
      case FieldType::kStructs:
        break;
    }
    const auto count = length(4);
    if (!count) return nullptr;
    ordered_json array = ordered_json::array();
    for (std::size_t i = 0; i < *count && ok_; ++i) {
      array.push_back(field.type == FieldType::kInt32s ? ordered_json(number(4))
                                                       : structure(field.fields));
    }
    return array;
  }

  ordered_json bytes(std::size_t length_size, bool binary) {
    const auto size = length(length_size);
    if (!size) return nullptr;
    const std::string_view taken = take(*size);
    return binary ? cli::base64(taken) : std::string(taken);
  }

  void read_tags(std::span<const RecordField> fields,
                 std::map<std::string_view, ordered_json>& values) {
    for (std::uint64_t count = varint(); count > 0 && ok_; --count) {
      const auto tag = static_cast<int>(varint());
      FieldReader inner(take(varint()), version_, flexible_);
      const auto field = std::ranges::find(fields, tag, &RecordField::tag);
      if (field == fields.end()) continue;
      values[field->name] = inner.value(*field);
      ok_ = ok_ && inner.ok_;
    }
  }

  std::string_view rest_;
  int version_;
  bool flexible_;
  bool ok_ = true;
};

tl::unexpected<JavaError> unreadable(const RecordView& record, std::string_view why) {
  return thrown(
      "java.lang.RuntimeException",
      fmt::format("Could not read record at offset {} due to: {}", record.offset.value_or(-1), why),
      ErrorKind::kBadInput);
}

std::int16_t leading_number(std::string_view bytes) {
  return static_cast<std::int16_t>(static_cast<unsigned char>(bytes[0]) << 8 |
                                   static_cast<unsigned char>(bytes[1]));
}

std::string json_text(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

Outcome<void> append_coordinator_record(CoordinatorRecords records, const RecordView& record,
                                        std::string& out) {
  if (!record.key) return {};
  if (record.key->size() < 2)
    return unreadable(record, "Could not read version from key's buffer.");
  const std::int16_t type = leading_number(*record.key);
  const auto schemas = schemas_of(records);
  const auto schema = std::ranges::find(schemas, type, &RecordSchema::type);
  if (schema == schemas.end()) return {};
  FieldReader key(record.key->substr(2), 0, false);
  ordered_json json = {{"key", {{"type", type}, {"data", key.structure(schema->key)}}},
                       {"value", nullptr}};
  if (!key.ok()) return unreadable(record, "the key is too short");
  if (record.value) {
    if (record.value->size() < 2) {
      return unreadable(record, "Could not read version from value's buffer.");
    }
    const std::int16_t version = leading_number(*record.value);
    if (version < 0 || version > schema->newest) {
      return unreadable(record, fmt::format("Unknown version {} of the value", version));
    }
    FieldReader value(record.value->substr(2), version, version >= schema->flexible_since);
    json["value"] = {{"version", version}, {"data", value.structure(schema->value)}};
    if (!value.ok()) return unreadable(record, "the value is too short");
  }
  out += json_text(json);
  return {};
}

}  // namespace kreel::kafka_tools
