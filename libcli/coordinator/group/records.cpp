#include "coordinator/group/records.hpp"

#include "protocol/codec.hpp"

namespace kreel::coordinator {

using protocol::Version;

namespace {

constexpr std::int16_t kLegacyOffsetCommit = 0;
constexpr std::int16_t kOffsetCommit = 1;
constexpr std::int16_t kGroupMetadata = 2;
constexpr Version kOffsetValueWithExpiry = 1;
constexpr Version kOffsetValue = 3;
constexpr Version kGroupValue = 3;

/// An int16 (record type or version) and the message.
template <class Message>
Bytes tagged(std::int16_t tag, Version version, const Message& message) {
  protocol::WireWriter out;
  out.write_int(tag);
  protocol::encode(message, version, out);
  return out.take().bytes;
}

Bytes offset_key(const OffsetKey& key) {
  protocol::OffsetCommitKey message;
  message.group = key.group_id;
  message.topic = key.topic;
  message.partition = key.partition;
  return tagged(kOffsetCommit, 0, message);
}

Bytes group_key(std::string_view group_id) {
  protocol::GroupMetadataKey message;
  message.group = group_id;
  return tagged(kGroupMetadata, 0, message);
}

template <class Key>
std::optional<Key> read_key(protocol::WireReader& in) {
  Key key;
  protocol::decode(key, 0, in);
  if (in.failed()) return std::nullopt;
  return key;
}

/// False for bytes that are no value of this type.
template <class Value>
bool read_value(std::optional<ByteView> bytes, std::optional<Value>& value) {
  if (!bytes) return true;
  protocol::WireReader in(*bytes);
  const auto version = in.read_int<std::int16_t>();
  if (in.failed() || !Value::versions.contains(version)) return false;
  protocol::decode(value.emplace(), version, in);
  return !in.failed();
}

}  // namespace

Record offset_record(const OffsetKey& key, const CommittedOffset& value) {
  protocol::OffsetCommitValue message;
  message.offset = value.offset;
  message.leader_epoch = value.leader_epoch;
  message.metadata = value.metadata;
  message.commit_timestamp = value.commit_timestamp;
  message.expire_timestamp = value.expire_timestamp;
  const Version version = value.expire_timestamp >= 0 ? kOffsetValueWithExpiry : kOffsetValue;
  return {offset_key(key), tagged(version, version, message)};
}

Record offset_tombstone(const OffsetKey& key) {
  return {offset_key(key), std::nullopt};
}

Record group_record(std::string_view group_id, const protocol::GroupMetadataValue& value) {
  return {group_key(group_id), tagged(kGroupValue, kGroupValue, value)};
}

Record group_tombstone(std::string_view group_id) {
  return {group_key(group_id), std::nullopt};
}

std::variant<OffsetRecord, GroupRecord, SkippedRecord> read_record(std::optional<ByteView> key,
                                                                   std::optional<ByteView> value) {
  if (!key) return SkippedRecord{.malformed = true};
  protocol::WireReader in(*key);
  const auto type = in.read_int<std::int16_t>();
  if (in.failed()) return SkippedRecord{.malformed = true};
  if (type == kLegacyOffsetCommit || type == kOffsetCommit) {
    auto read = read_key<protocol::OffsetCommitKey>(in);
    OffsetRecord record;
    if (!read || !read_value(value, record.value)) return SkippedRecord{.malformed = true};
    record.key = std::move(*read);
    return record;
  }
  if (type == kGroupMetadata) {
    auto read = read_key<protocol::GroupMetadataKey>(in);
    GroupRecord record;
    if (!read || !read_value(value, record.value)) return SkippedRecord{.malformed = true};
    record.key = std::move(*read);
    return record;
  }
  return SkippedRecord{};
}

}  // namespace kreel::coordinator
