// The files of one partition as a crash, a bug or an enemy may leave them: flags, the sizes of the
// derived files, their bytes, and the rest is the log. Whatever it is, the partition opens, what it
// serves can be read to its end, a second start finds the same, and nothing is given out twice.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "fs/memory_file_system.hpp"
#include "fuzz/fuzz_input.hpp"
#include "protocol/record_batch.hpp"
#include "storage/disk_log_manager.hpp"
#include "storage/names.hpp"
#include "support/manual_clock.hpp"

namespace {

using namespace kreel;

constexpr std::size_t kPreambleBytes = 11;
enum Flag : unsigned { kClean = 1, kRightCrcs = 2, kMarkFile = 4, kSmallSegments = 8 };

/// Takes `size` bytes from the front, or what there is.
ByteView take(ByteView& rest, std::size_t size) {
  const auto front = rest.first(std::min(size, rest.size()));
  rest = rest.subspan(front.size());
  return front;
}

void put(fs::FileSystem& fs, const std::string& path, ByteView bytes) {
  const auto file = fs.open(path, fs::OpenMode::kCreateOrOpen);
  FUZZ_CHECK(file.has_value());
  FUZZ_CHECK((*file)->write_at(bytes, 0).has_value());
}

/// Makes the CRCs right, so that the input gets behind them.
Bytes with_right_crcs(ByteView log) {
  Bytes bytes(log.begin(), log.end());
  MutableByteView rest(bytes);
  while (const auto header = protocol::read_batch_header(rest)) {
    if (header->size_bytes() > rest.size()) break;
    protocol::set_max_timestamp(rest.first(header->size_bytes()), header->timestamp_type(),
                                header->max_timestamp);
    rest = rest.subspan(header->size_bytes());
  }
  return bytes;
}

struct Run {
  storage::LogOffsets offsets;
  bool is_damaged = false;
};

Run start_and_use(fs::FileSystem& fs, const Clock& clock, unsigned flags, bool append) {
  SeededRandom random(1);
  storage::LogManagerOptions options;
  options.directory = "/data";
  auto manager = storage::DiskLogManager::open(fs, clock, random, options);
  FUZZ_CHECK(manager.has_value());
  storage::LogConfig config;
  if ((flags & kSmallSegments) != 0) config.segment_bytes = 4096;
  auto log = (*manager)->open_log({"t", 0}, {}, config, 0);
  FUZZ_CHECK(log.has_value());
  Run run;
  run.offsets = (*log)->offsets();
  run.is_damaged = static_cast<storage::PartitionLog&>(**log).damage().has_value();
  FUZZ_CHECK(run.offsets.log_start <= run.offsets.high_watermark);
  FUZZ_CHECK(run.offsets.high_watermark == run.offsets.log_end);
  for (auto next = run.offsets.log_start; next < run.offsets.high_watermark;) {
    const auto read =
        (*log)->read({next, 1U << 20U, true, storage::Isolation::kReadUncommitted, false});
    auto bytes = read.records.bytes();
    if (read.error != protocol::ErrorCode::NONE || bytes.empty()) break;
    while (const auto header = protocol::read_batch_header(bytes)) {
      FUZZ_CHECK(header->last_offset() >= next);
      next = header->last_offset() + 1;
      bytes = bytes.subspan(header->size_bytes());
    }
    FUZZ_CHECK(bytes.empty());
  }
  static_cast<void>((*log)->find_by_timestamp(1'000, storage::Isolation::kReadUncommitted));
  static_cast<void>((*log)->find_max_timestamp(storage::Isolation::kReadUncommitted));
  if (append && !run.is_damaged) {
    protocol::BatchBuilder builder({});
    protocol::NewRecord record;
    record.timestamp = clock.wall_ms();
    builder.append(record);
    auto batch = builder.build();
    const auto result = (*log)->append(batch, storage::AppendOrigin::kClient);
    FUZZ_CHECK(result.error == protocol::ErrorCode::NONE);
    FUZZ_CHECK(result.base_offset == run.offsets.log_end);
    (*manager)->run_due_work();
    run.offsets = (*log)->offsets();
  }
  log->reset();
  return run;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteView rest = fuzz_input(data, size);
  const auto preamble = take(rest, kPreambleBytes);
  if (preamble.size() < kPreambleBytes) return 0;
  const auto flags = std::to_integer<unsigned>(preamble[0]);
  const auto length = [&](std::size_t i) {
    return static_cast<std::size_t>(load_big_endian<std::uint16_t>(preamble.data() + 1 + 2 * i));
  };
  test::ManualClock clock;
  fs::MemoryFileSystem fs(clock);
  FUZZ_CHECK(fs::make_directories(fs, "/data/t-0").has_value());
  const std::string partition = "/data/t-0/";
  put(fs, partition + storage::segment_file_name(0, ".index"), take(rest, length(0)));
  put(fs, partition + storage::segment_file_name(0, ".timeindex"), take(rest, length(1)));
  put(fs, partition + storage::segment_file_name(0, ".kreel-producers"), take(rest, length(2)));
  put(fs, partition + "leader-epoch-checkpoint", take(rest, length(3)));
  put(fs, partition + "kreel-next-0", take(rest, length(4)));
  if ((flags & kMarkFile) != 0) put(fs, "/data/kreel-durable-marks", {});
  if ((flags & kClean) != 0) put(fs, "/data/.kafka_cleanshutdown", {});
  const auto log = partition + storage::segment_file_name(0, ".log");
  if ((flags & kRightCrcs) != 0) {
    put(fs, log, with_right_crcs(rest));
  } else {
    put(fs, log, rest);
  }
  const auto first = start_and_use(fs, clock, flags, true);
  const auto second = start_and_use(fs, clock, flags, false);
  FUZZ_CHECK(second.offsets.log_end >= first.offsets.log_end || first.is_damaged);
  return 0;
}
