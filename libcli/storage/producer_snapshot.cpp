#include "storage/producer_snapshot.hpp"

#include <algorithm>
#include <utility>

#include "base/crc32c.hpp"
#include "base/log.hpp"
#include "storage/names.hpp"

namespace kreel::storage {
namespace {

constexpr std::int16_t kKafkaVersion = 1;
constexpr std::int16_t kKreelVersion = 2;  // 1 knew no transactions
constexpr std::size_t kCrcAt = 2;
constexpr std::size_t kBodyAt = 6;
constexpr std::size_t kPreambleBytes = 10;  // version, CRC, count
constexpr std::size_t kKafkaEntryBytes = 46;
constexpr std::size_t kKreelEntryBytes = 39;
constexpr std::size_t kKreelBatchBytes = 32;

class Writer {
 public:
  template <class Int>
  void put(Int value) {
    bytes_.resize(bytes_.size() + sizeof(Int));
    store_big_endian(bytes_.data() + bytes_.size() - sizeof(Int), value);
  }
  Bytes finish() {
    store_big_endian(bytes_.data() + kCrcAt, crc32c(ByteView(bytes_).subspan(kBodyAt)));
    return std::move(bytes_);
  }

 private:
  Bytes bytes_;
};

/// Reads what Writer wrote; the caller has checked for room.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}
  template <class Int>
  Int get() {
    const auto value = load_big_endian<Int>(rest_.data());
    rest_ = rest_.subspan(sizeof(Int));
    return value;
  }
  std::size_t left() const { return rest_.size(); }

 private:
  ByteView rest_;
};

Writer start(std::int16_t version, std::size_t count) {
  Writer writer;
  writer.put(version);
  writer.put(std::uint32_t{0});
  writer.put(static_cast<std::int32_t>(count));
  return writer;
}

/// The entries' bytes when version, CRC and count are right; `count` is set.
std::optional<Reader> open(ByteView file, std::int16_t version, std::size_t entry_bytes,
                           std::int32_t& count) {
  if (file.size() < kPreambleBytes) return std::nullopt;
  Reader reader(file);
  if (reader.get<std::int16_t>() != version) return std::nullopt;
  if (reader.get<std::uint32_t>() != crc32c(file.subspan(kBodyAt))) return std::nullopt;
  count = reader.get<std::int32_t>();
  if (count < 0 || static_cast<std::size_t>(count) > reader.left() / entry_bytes) {
    return std::nullopt;
  }
  return reader;
}

}  // namespace

Bytes encode_kafka_snapshot(const ProducerState& state) {
  auto writer = start(kKafkaVersion, state.producers().size());
  for (const auto& [id, entry] : state.producers()) {
    const ProducerBatch last = entry.empty() ? ProducerBatch{} : entry.back();
    writer.put(id);
    writer.put(entry.epoch);
    writer.put(last.last_sequence);
    writer.put(last.last_offset);
    writer.put(static_cast<std::int32_t>(last.last_offset - last.first_offset));
    writer.put(entry.last_timestamp);
    writer.put(entry.coordinator_epoch);
    writer.put(entry.txn_first_offset);
  }
  return writer.finish();
}

std::optional<ProducerState> decode_kafka_snapshot(ByteView file, TimestampMs now_ms) {
  std::int32_t count = 0;
  auto reader = open(file, kKafkaVersion, kKafkaEntryBytes, count);
  if (!reader) return std::nullopt;
  ProducerState state;
  for (std::int32_t i = 0; i < count; ++i) {
    const auto id = reader->get<std::int64_t>();
    ProducerEntry entry;
    entry.epoch = reader->get<std::int16_t>();
    ProducerBatch last;
    last.last_sequence = reader->get<std::int32_t>();
    last.last_offset = reader->get<std::int64_t>();
    const auto delta = reader->get<std::int32_t>();
    last.timestamp = entry.last_timestamp = reader->get<std::int64_t>();
    entry.coordinator_epoch = reader->get<std::int32_t>();
    entry.txn_first_offset = reader->get<std::int64_t>();
    entry.last_append_ms = now_ms;
    if (last.last_offset >= 0 && last.last_sequence >= 0 && delta >= 0) {
      last.first_offset = last.last_offset - delta;
      const auto first = static_cast<std::int64_t>(last.last_sequence) - delta;
      last.first_sequence = static_cast<std::int32_t>(first < 0 ? first + (1LL << 31) : first);
      entry.add(last);
    }
    state.restore(id, entry);
  }
  return state;
}

Bytes encode_kreel_snapshot(const ProducerState& state) {
  auto writer = start(kKreelVersion, state.producers().size());
  for (const auto& [id, entry] : state.producers()) {
    writer.put(id);
    writer.put(entry.epoch);
    writer.put(entry.last_append_ms);
    writer.put(entry.last_timestamp);
    writer.put(entry.coordinator_epoch);
    writer.put(entry.txn_first_offset);
    writer.put(static_cast<std::int8_t>(entry.size()));
    for (std::size_t i = 0; i < entry.size(); ++i) {
      writer.put(entry[i].first_sequence);
      writer.put(entry[i].last_sequence);
      writer.put(entry[i].first_offset);
      writer.put(entry[i].last_offset);
      writer.put(entry[i].timestamp);
    }
  }
  return writer.finish();
}

std::optional<ProducerState> decode_kreel_snapshot(ByteView file) {
  std::int32_t count = 0;
  auto reader = open(file, kKreelVersion, kKreelEntryBytes, count);
  if (!reader) return std::nullopt;
  ProducerState state;
  for (std::int32_t i = 0; i < count; ++i) {
    if (reader->left() < kKreelEntryBytes) return std::nullopt;
    const auto id = reader->get<std::int64_t>();
    ProducerEntry entry;
    entry.epoch = reader->get<std::int16_t>();
    entry.last_append_ms = reader->get<std::int64_t>();
    entry.last_timestamp = reader->get<std::int64_t>();
    entry.coordinator_epoch = reader->get<std::int32_t>();
    entry.txn_first_offset = reader->get<std::int64_t>();
    const auto batches = reader->get<std::int8_t>();
    const bool fits = batches >= 0 && static_cast<std::size_t>(batches) <= kBatchesPerProducer &&
                      reader->left() >= static_cast<std::size_t>(batches) * kKreelBatchBytes;
    if (!fits) return std::nullopt;
    for (std::int8_t k = 0; k < batches; ++k) {
      ProducerBatch batch;
      batch.first_sequence = reader->get<std::int32_t>();
      batch.last_sequence = reader->get<std::int32_t>();
      batch.first_offset = reader->get<std::int64_t>();
      batch.last_offset = reader->get<std::int64_t>();
      batch.timestamp = reader->get<std::int64_t>();
      entry.add(batch);
    }
    state.restore(id, entry);
  }
  return state;
}

std::optional<LoadedProducers> load_producers(fs::FileSystem& fs, SnapshotKind kind,
                                              const std::string& directory,
                                              const std::vector<std::string>& names, Offset end,
                                              TimestampMs now_ms) {
  const auto suffix = kind == SnapshotKind::kKreel ? kProducersSuffix : kSnapshotSuffix;
  std::vector<Offset> offsets;
  for (const auto& name : names) {
    const auto offset = parse_segment_file_name(name, suffix);
    if (offset && *offset <= end) offsets.push_back(*offset);
  }
  std::ranges::sort(offsets, std::greater<>());
  for (const auto offset : offsets) {
    const auto path = fs::join(directory, segment_file_name(offset, suffix));
    const auto content = fs::read_whole_file(fs, path, kSnapshotFileBytesMax);
    if (!content) continue;
    auto state = kind == SnapshotKind::kKreel ? decode_kreel_snapshot(*content)
                                              : decode_kafka_snapshot(*content, now_ms);
    if (state) return LoadedProducers{std::move(*state), offset};
    log::warning(path + ": damaged, not used");
  }
  return std::nullopt;
}

}  // namespace kreel::storage
