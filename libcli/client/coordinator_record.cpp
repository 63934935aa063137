#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "base/base64.hpp"
#include "base/bytes.hpp"
#include "client/json_text.hpp"
#include "kreel/segments.hpp"
#include "protocol/codec.hpp"
#include "protocol/messages/consumer_protocol.hpp"
#include "protocol/messages/group_records.hpp"
#include "protocol/messages/transaction_records.hpp"
#include "protocol/visit.hpp"

namespace kreel::segments {
namespace {

using protocol::ArrayField;
using protocol::FieldVersions;
using protocol::Version;
using protocol::WireReader;

constexpr std::int16_t kLegacyOffset = 0;
constexpr std::int16_t kOffset = 1;
constexpr std::int16_t kGroup = 2;
constexpr std::int16_t kTransaction = 0;
constexpr std::string_view kConsumerProtocol = "consumer";

std::string camel_case_of(std::string_view name) {
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_start = name[i] == '_' && i + 1 < name.size();
    result += is_start ? static_cast<char>(name[++i] - 'a' + 'A') : name[i];
  }
  return result;
}

/// The fields of a message, each with its JSON; a tagged one at its default has none, as in Kafka's
/// converters.
struct JsonField {
  std::string name;
  std::string json;
};

template <class Struct>
class FieldCollector {
 public:
  FieldCollector(const Struct& value, Version version) : value_(value), version_(version) {}

  template <class T>
  void operator()(const char* name, T Struct::*field, FieldVersions versions) {
    if (versions.contains(version_)) fields_.push_back({camel_case_of(name), json(value_.*field)});
  }
  template <class T>
  void tagged(std::uint32_t, const char* name, T Struct::*field, FieldVersions versions) {
    if (!versions.contains(version_)) return;
    const bool is_default = value_.*field == Struct().*field;
    fields_.push_back({camel_case_of(name), is_default ? std::string() : json(value_.*field)});
  }

  std::vector<JsonField>& fields() { return fields_; }
  std::string text() const {
    std::string out = "{";
    for (const JsonField& field : fields_) {
      if (field.json.empty()) continue;
      if (out.size() > 1) out += ',';
      out += fmt::format("\"{}\":{}", field.name, field.json);
    }
    return out + '}';
  }

 private:
  template <class T>
  std::string json(const T& value) {
    std::string out;
    if constexpr (protocol::is_optional<T>::value) {
      return value ? json(*value) : "null";
    } else if constexpr (std::is_arithmetic_v<T>) {
      return fmt::format("{}", value);
    } else if constexpr (std::is_same_v<T, Uuid>) {
      return fmt::format("\"{}\"", value.to_string());
    } else if constexpr (std::is_same_v<T, std::string>) {
      client::append_json_bytes(value, out);
      return out;
    } else if constexpr (std::is_same_v<T, Bytes>) {
      return fmt::format("\"{}\"", to_base64(as_text(value)));
    } else if constexpr (ArrayField<T>) {
      for (const auto& element : value) {
        if (!out.empty()) out += ',';
        out += json(element);
      }
      return fmt::format("[{}]", out);
    } else {
      FieldCollector<T> nested(value, version_);
      T::fields(nested);
      return nested.text();
    }
  }

  const Struct& value_;
  Version version_;
  std::vector<JsonField> fields_;
};

template <class Message>
FieldCollector<Message> collect(const Message& message, Version version) {
  FieldCollector<Message> collector(message, version);
  Message::fields(collector);
  return collector;
}

/// What a member sent in the consumers' embedded protocol; nullopt for other bytes.
template <class Message>
std::optional<std::string> embedded_json(const Bytes& bytes) {
  WireReader in(bytes);
  const auto version = in.read_int<std::int16_t>();
  if (in.failed() || !Message::versions.contains(version)) return std::nullopt;
  Message message;
  protocol::decode(message, version, in);
  if (in.failed()) return std::nullopt;
  return collect(message, version).text();
}

std::string json_of_member(const protocol::GroupMetadataValue::MemberMetadata& member,
                           Version version) {
  auto collector = collect(member, version);
  for (JsonField& field : collector.fields()) {
    std::optional<std::string> json;
    if (field.name == "subscription") {
      json = embedded_json<protocol::ConsumerProtocolSubscription>(member.subscription);
    } else if (field.name == "assignment") {
      json = embedded_json<protocol::ConsumerProtocolAssignment>(member.assignment);
    }
    if (json) field.json = std::move(*json);
  }
  return collector.text();
}

template <class Message>
std::string json_of(const Message& message, Version version, MemberData) {
  return collect(message, version).text();
}

std::string json_of(const protocol::GroupMetadataValue& group, Version version,
                    MemberData shown_members) {
  auto collector = collect(group, version);
  const bool is_decoded =
      shown_members == MemberData::kDecoded && group.protocol_type == kConsumerProtocol;
  if (!is_decoded) return collector.text();
  std::string members;
  for (const auto& member : group.members) {
    if (!members.empty()) members += ',';
    members += json_of_member(member, version);
  }
  for (JsonField& field : collector.fields()) {
    if (field.name == "members") field.json = fmt::format("[{}]", members);
  }
  return collector.text();
}

/// Kafka's order of these two is not that of the wire.
std::string json_of(const protocol::TransactionLogValue& transaction, Version version, MemberData) {
  auto collector = collect(transaction, version);
  JsonField* client_version = nullptr;
  JsonField* next_epoch = nullptr;
  for (JsonField& field : collector.fields()) {
    if (field.name == "clientTransactionVersion") client_version = &field;
    if (field.name == "nextProducerEpoch") next_epoch = &field;
  }
  if (client_version != nullptr && next_epoch != nullptr) std::swap(*client_version, *next_epoch);
  return collector.text();
}

tl::unexpected<Error> not_decoded(const char* what) {
  return fail(ErrorKind::kBadInput, what);
}

template <class Key, class Value>
Result<CoordinatorRecord> read_pair(std::int16_t type, WireReader& in, const Record& record,
                                    MemberData members) {
  CoordinatorRecord result;
  result.type = type;
  Key key;
  protocol::decode(key, 0, in);
  if (in.failed()) return not_decoded("the key cannot be decoded");
  result.key = json_of(key, 0, members);
  if (!record.value) return result;
  WireReader body(as_bytes(*record.value));
  const auto version = body.read_int<std::int16_t>();
  if (body.failed() || !Value::versions.contains(version)) {
    return not_decoded("the value has a version that is not known");
  }
  Value value;
  protocol::decode(value, version, body);
  if (body.failed()) return not_decoded("the value cannot be decoded");
  result.version = version;
  result.value = json_of(value, version, members);
  return result;
}

}  // namespace

Result<CoordinatorRecord> read_coordinator_record(CoordinatorTopic topic, const Record& record,
                                                  MemberData members) {
  if (!record.key) return not_decoded("the record has no key");
  WireReader in(as_bytes(*record.key));
  const auto type = in.read_int<std::int16_t>();
  if (in.failed()) return not_decoded("the key cannot be decoded");
  if (topic == CoordinatorTopic::kTransactionState && type == kTransaction) {
    return read_pair<protocol::TransactionLogKey, protocol::TransactionLogValue>(type, in, record,
                                                                                 members);
  }
  if (topic == CoordinatorTopic::kConsumerOffsets) {
    if (type == kLegacyOffset || type == kOffset) {
      return read_pair<protocol::OffsetCommitKey, protocol::OffsetCommitValue>(type, in, record,
                                                                               members);
    }
    if (type == kGroup) {
      return read_pair<protocol::GroupMetadataKey, protocol::GroupMetadataValue>(type, in, record,
                                                                                 members);
    }
  }
  CoordinatorRecord result;
  result.type = type;
  return result;
}

}  // namespace kreel::segments
