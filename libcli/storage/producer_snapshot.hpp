#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fs/file_system.hpp"
#include "storage/producer_state.hpp"

namespace kreel::storage {

// The files that save replaying a log for its producers (storage/FORMAT.md): Kafka's
// <offset>.snapshot with the last batch of each, and <offset>.kreel-producers with up to five.
// Both hold the state before the record at <offset>; both are derived data with a CRC.

Bytes encode_kafka_snapshot(const ProducerState& state);
/// nullopt when it is damaged or of another version. `now_ms` counts as the last append.
std::optional<ProducerState> decode_kafka_snapshot(ByteView file, TimestampMs now_ms);

Bytes encode_kreel_snapshot(const ProducerState& state);
std::optional<ProducerState> decode_kreel_snapshot(ByteView file);

struct LoadedProducers {
  ProducerState state;
  Offset offset = 0;  ///< the log has to be replayed from here
};

enum class SnapshotKind { kKafka, kKreel };

/// The newest sane file of this kind at or below `end`; nullopt when there is none. `names` is the
/// listing of `directory`.
std::optional<LoadedProducers> load_producers(fs::FileSystem& fs, SnapshotKind kind,
                                              const std::string& directory,
                                              const std::vector<std::string>& names, Offset end,
                                              TimestampMs now_ms);

}  // namespace kreel::storage
