// What floor's Fetch answers with, the same for every partition: batches in memory that repeat
// without end, or a segment file (Apache Kafka's format, so kreel's too) that is sent with
// sendfile.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "batch.hpp"
#include "net.hpp"

namespace bench {

class CannedLog {
 public:
  struct Slice {
    std::size_t first_batch = 0;
    std::size_t last_batch = 0;  // one past the end
    std::int64_t shift = 0;      // added to the offsets in memory
    std::size_t bytes = 0;
  };

  // About 1 MiB of 16 KiB batches of 1 KiB records.
  static CannedLog in_memory() {
    CannedLog log;
    const auto batch = make_batch(16 << 10, 1 << 10);
    for (int i = 0; i < 64; ++i) log.memory_.insert(log.memory_.end(), batch.begin(), batch.end());
    std::int64_t next_offset = 0;
    for (std::size_t at = 0; at < log.memory_.size(); at += batch.size()) {
      store_be(log.memory_.data() + at, next_offset);
      next_offset += load_be<std::int32_t>(batch.data() + kLastOffsetDeltaAt) + 1;
    }
    log.index(log.memory_.data(), log.memory_.size());
    return log;
  }
  static CannedLog from_file(const std::string& path) {
    CannedLog log;
    log.file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (log.file_ < 0 || fstat(log.file_, &status) != 0) fail("cannot open " + path);
    const auto size = static_cast<std::size_t>(status.st_size);
    void* mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, log.file_, 0);
    if (mapped == MAP_FAILED) fail("cannot map " + path);
    log.index(static_cast<const std::uint8_t*>(mapped), size);
    munmap(mapped, size);
    return log;
  }

  std::int64_t end_offset() const { return file_ < 0 ? kEndless : starts_.back().offset; }

  // Whole batches from `offset` on: at most `max_bytes`, but one batch at least.
  Slice slice(std::int64_t offset, std::int64_t max_bytes) const {
    if (offset < 0 || offset >= end_offset()) return {};
    const auto records = starts_.back().offset;
    Slice result;
    result.shift = file_ < 0 ? offset - offset % records : 0;
    const auto first = std::upper_bound(starts_.begin(), starts_.end(), offset - result.shift,
                                        [](auto o, auto& start) { return o < start.offset; }) -
                       1;
    const auto limit =
        first->position + static_cast<std::size_t>(std::max<std::int64_t>(max_bytes, 0));
    auto last = std::upper_bound(first, starts_.end(), limit,
                                 [](auto p, auto& start) { return p < start.position; }) -
                1;
    if (last == first) ++last;
    result.first_batch = static_cast<std::size_t>(first - starts_.begin());
    result.last_batch = static_cast<std::size_t>(last - starts_.begin());
    result.bytes = last->position - first->position;
    return result;
  }

  bool send_slice(int socket, const Slice& slice) {
    const auto position = starts_[slice.first_batch].position;
    if (file_ < 0) {
      for (auto i = slice.first_batch; i < slice.last_batch; ++i)
        store_be(memory_.data() + starts_[i].position, starts_[i].offset + slice.shift);
      return send_all(socket, memory_.data() + position, slice.bytes);
    }
    auto from = static_cast<off_t>(position);
    const auto end = from + static_cast<off_t>(slice.bytes);
    while (from < end) {
      const auto sent = sendfile(socket, file_, &from, static_cast<std::size_t>(end - from));
      if (sent <= 0 && errno != EINTR) return false;
    }
    return true;
  }

 private:
  struct Start {
    std::int64_t offset;
    std::size_t position;
  };
  static constexpr std::int64_t kEndless = 1LL << 40;

  // Notes where each batch starts, up to the first that is cut off or empty.
  void index(const std::uint8_t* log, std::size_t size) {
    std::size_t at = 0;
    std::int64_t next_offset = 0;
    while (size - at >= kBatchHeaderBytes) {
      const auto* batch = log + at;
      if (batch[kMagicAt] != 2 || batch_bytes(batch) > size - at) break;
      const auto offset = load_be<std::int64_t>(batch);
      starts_.push_back({offset, at});
      next_offset = offset + load_be<std::int32_t>(batch + kLastOffsetDeltaAt) + 1;
      at += batch_bytes(batch);
    }
    if (starts_.empty()) fail("no record batch to serve");
    starts_.push_back({next_offset, at});
  }

  int file_ = -1;
  std::vector<std::uint8_t> memory_;
  std::vector<Start> starts_;  // with the log's end as the last entry
};

}  // namespace bench
