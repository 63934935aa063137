#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kreel/export.hpp"
#include "kreel/result.hpp"

/// Data directories without a broker: kreel's or Apache Kafka's (log format 2, Kafka 0.11 to 4.x).
/// Plain values; every function blocks on the disk and may be called from any thread.
namespace kreel::segments {

/// One partition's directory.
struct Partition {
  std::string topic;
  std::int32_t partition = 0;
  std::string path;
  /// File names of the segments (.log), in order.
  std::vector<std::string> segments;
};

/// The partitions below `directory`, sorted by topic and number; `directory` may also be that of
/// one partition. kNotFound when it is no directory.
KREEL_API Result<std::vector<Partition>> list_partitions(const std::string& directory);

/// One record batch as its header tells it.
struct Batch {
  std::uint64_t position = 0;  ///< in the file
  std::uint64_t size_bytes = 0;
  std::int64_t base_offset = 0;
  std::int64_t last_offset = 0;
  std::int32_t record_count = 0;
  std::int32_t partition_leader_epoch = -1;
  std::int64_t base_timestamp_ms = -1;
  std::int64_t max_timestamp_ms = -1;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  std::int32_t last_sequence = -1;
  std::int8_t magic = 2;
  std::string compression;  ///< "none", "gzip", "snappy", "lz4", "zstd"
  bool is_log_append_time = false;
  bool is_transactional = false;
  bool is_control = false;
  /// What a control batch did with its producer's transaction; not set for other types.
  struct Marker {
    bool committed = false;
    std::int32_t coordinator_epoch = 0;
  };
  std::optional<Marker> marker;
  std::optional<std::int64_t> delete_horizon_ms;
  std::uint32_t crc = 0;
  bool crc_is_valid = false;
};

struct Record {
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = -1;
  std::int32_t sequence = -1;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

struct OffsetIndexEntry {
  std::int64_t offset = 0;
  std::int64_t position = 0;
};

struct TimeIndexEntry {
  std::int64_t timestamp_ms = 0;
  std::int64_t offset = 0;
};

/// The newest batch of a producer, from a .snapshot.
struct ProducerState {
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t coordinator_epoch = -1;
  std::int64_t current_txn_first_offset = -1;
  std::int32_t first_sequence = -1;
  std::int32_t last_sequence = -1;
  std::int64_t first_offset = -1;
  std::int64_t last_offset = -1;
  std::int64_t timestamp_ms = -1;
};

struct AbortedTransaction {
  std::int16_t version = 0;
  std::int64_t producer_id = -1;
  std::int64_t first_offset = -1;
  std::int64_t last_offset = -1;
  std::int64_t last_stable_offset = -1;
};

/// Called in the order of the file. Those that are not set are not called; records are only opened
/// (and decompressed) when `record` is set.
struct DumpCallbacks {
  std::function<void(const Batch&)> batch;
  std::function<void(const Batch&, const Record&)> record;
  std::function<void(const OffsetIndexEntry&)> offset_entry;
  std::function<void(const TimeIndexEntry&)> time_entry;
  std::function<void(const ProducerState&)> producer;
  std::function<void(const AbortedTransaction&)> aborted_transaction;
};

struct DumpResult {
  std::uint64_t size_bytes = 0;
  /// Bytes at the end that are no batch or entry, and why.
  std::uint64_t invalid_bytes_at_end = 0;
  std::string reason;
};

/// Reads one .log, .index, .timeindex, .txnindex, .snapshot or .kreel-producers file, or a snapshot
/// of KRaft (.checkpoint). Batches whose CRC is wrong are reported, their records are not. kUsage
/// for another kind of file, kBadInput for records that cannot be decoded. Of a log no batch is
/// read that ends behind `bytes_max`.
KREEL_API Result<DumpResult> dump_file(const std::string& path, const DumpCallbacks& callbacks,
                                       std::uint64_t bytes_max = UINT64_MAX);

/// The topics in which a broker keeps what its coordinators know.
enum class CoordinatorTopic { kConsumerOffsets, kTransactionState };

/// A record of such a topic, in Kafka's names.
struct CoordinatorRecord {
  std::int16_t type = 0;  ///< of the key: 1 an offset, 2 a group, 0 a transaction
  std::string key;        ///< a JSON object; empty for a type that is not known
  std::optional<std::int16_t> version;  ///< of the value; empty: a tombstone
  std::string value;                    ///< a JSON object
};
/// How a consumer's subscription and assignment are shown.
enum class MemberData { kDecoded, kBase64 };
/// kBadInput for bytes that are none.
KREEL_API Result<CoordinatorRecord> read_coordinator_record(
    CoordinatorTopic topic, const Record& record, MemberData members = MemberData::kDecoded);

enum class Severity {
  kMissing,  ///< an index that is not there, as beside a running broker: no fault, it is made anew
  kDerived,  ///< an index or snapshot that does not fit; a broker rebuilds it
  kTorn,     ///< bytes at the end of the last segment that a crash may leave
  kDamage    ///< records that were durable cannot be read
};

struct Finding {
  Severity severity = Severity::kDamage;
  std::string file;
  std::uint64_t position = 0;
  std::int64_t offset = -1;  ///< the next offset that was expected there
  std::string what;
};

struct VerifyReport {
  std::int64_t partitions = 0;
  std::int64_t segments = 0;
  std::int64_t batches = 0;
  std::int64_t records = 0;
  std::uint64_t size_bytes = 0;
  std::vector<Finding> findings;
};

/// Reads every batch of every partition below `directory`, compares CRCs, offsets and indexes.
/// Changes nothing, and may run beside a broker: an end that is just being written is not torn.
KREEL_API Result<VerifyReport> verify(const std::string& directory);

/// One change that a repair would make.
struct RepairStep {
  enum class Kind {
    kRewriteSegment,  ///< without the bytes that are no batch; an empty batch keeps their offsets
    kRemoveDerived    ///< an index or snapshot that does not fit; a broker makes it anew
  };
  Kind kind = Kind::kRewriteSegment;
  std::string file;
  std::uint64_t bytes_dropped = 0;
  std::string what;
};

struct RepairPlan {
  std::string directory;
  std::vector<RepairStep> steps;
};

/// What apply_repair() would do; changes nothing.
KREEL_API Result<RepairPlan> plan_repair(const std::string& directory);

/// Does it, keeping each file that changes as <file>.bak. kRefused while a broker holds the
/// directory or when a .bak is there already. Safe to run again after a crash.
KREEL_API Result<void> apply_repair(const RepairPlan& plan);

}  // namespace kreel::segments
