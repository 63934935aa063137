#include "protocol/control_record.hpp"

#include <array>

#include "protocol/record_batch.hpp"

namespace kreel::protocol {
namespace {

// Key: int16 version, int16 type. Value: int16 version, int32 epoch of the coordinator. Newer
// versions only add fields at the end.
constexpr std::size_t kKeyBytes = 4;
constexpr std::size_t kValueBytes = 6;
constexpr std::int16_t kVersion = 0;
constexpr std::int16_t kAbort = 0;
constexpr std::int16_t kCommit = 1;
constexpr std::size_t kControlBatchBytesMax = 1U << 16U;

}  // namespace

Bytes build_end_txn_marker(ProducerId producer_id, ProducerEpoch producer_epoch,
                           const EndTxnMarker& marker, TimestampMs timestamp_ms) {
  std::array<std::byte, kKeyBytes> key{};
  store_big_endian(key.data(), kVersion);
  store_big_endian(key.data() + 2, marker.committed ? kCommit : kAbort);
  std::array<std::byte, kValueBytes> value{};
  store_big_endian(value.data(), kVersion);
  store_big_endian(value.data() + 2, marker.coordinator_epoch);
  BatchBuilder::Options options;
  options.producer_id = producer_id;
  options.producer_epoch = producer_epoch;
  options.transactional = true;
  options.control = true;
  BatchBuilder builder(options);
  NewRecord record;
  record.timestamp = timestamp_ms;
  record.key = ByteView(key);
  record.value = ByteView(value);
  builder.append(record);
  return builder.build();
}

std::optional<EndTxnMarker> read_end_txn_marker(ByteView batch) {
  auto reader = BatchReader::open(batch, kControlBatchBytesMax);
  if (!reader || !reader->header().is_control()) return std::nullopt;
  const auto record = reader->next();
  if (!record || !*record) return std::nullopt;
  const auto& key = (*record)->key;
  const auto& value = (*record)->value;
  if (!key || key->size() < kKeyBytes || !value || value->size() < kValueBytes) return std::nullopt;
  const auto type = load_big_endian<std::int16_t>(key->data() + 2);
  if (type != kAbort && type != kCommit) return std::nullopt;
  return EndTxnMarker{type == kCommit, load_big_endian<std::int32_t>(value->data() + 2)};
}

}  // namespace kreel::protocol
