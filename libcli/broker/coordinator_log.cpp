#include "broker/coordinator_log.hpp"

#include <unistd.h>

#include "broker/broker.hpp"
#include "broker/io_thread.hpp"
#include "broker/partition_markers.hpp"

namespace kreel::broker {
namespace {

using coordinator::LoadedBatches;
using protocol::ErrorCode;
using protocol::Records;

constexpr std::size_t kReplayBytes = 1U << 20;

// Replay parses the batches, so a range of a file becomes memory here.
Records in_memory(const Records& records) {
  if (!records.is_file()) return records;
  auto bytes = std::make_shared<Bytes>(records.size_bytes());
  std::size_t done = 0;
  while (done < bytes->size()) {
    const ssize_t got = ::pread(records.descriptor(), bytes->data() + done, bytes->size() - done,
                                static_cast<off_t>(records.position() + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Records::null();
    done += static_cast<std::size_t>(got);
  }
  return Records::memory(*bytes, bytes);
}

LoadedBatches read_batches(storage::Log& log, Offset from) {
  LoadedBatches loaded;
  const storage::LogOffsets offsets = log.offsets();
  const Offset start = std::max(from, offsets.log_start);
  if (start >= offsets.log_end) {
    loaded.records = Records::empty();
    loaded.at_end = true;
    return loaded;
  }
  const storage::ReadResult read = log.read(
      {.from = start, .max_bytes = kReplayBytes, .at_least_one_batch = true, .to_log_end = true});
  loaded.error = read.error;
  if (read.error != ErrorCode::NONE) return loaded;
  loaded.records = in_memory(read.records);
  if (loaded.records.is_null()) loaded.error = ErrorCode::KAFKA_STORAGE_ERROR;
  loaded.at_end = loaded.records.size_bytes() == 0;
  return loaded;
}

}  // namespace

coordinator::RecordWriter::Appended CoordinatorLogWriter::append(PartitionId partition,
                                                                 MutableByteView batch,
                                                                 Durable durable) {
  return append_with(partition, std::move(durable), [&](storage::Log& log) {
    return log.append(batch, storage::AppendOrigin::kCoordinator);
  });
}

coordinator::RecordWriter::Appended CoordinatorLogWriter::append_marker(
    PartitionId partition, const coordinator::TransactionMarker& marker, Durable durable) {
  return append_with(partition, std::move(durable),
                     [&](storage::Log& log) { return log.append_marker(marker_options(marker)); });
}

template <class Append>
coordinator::RecordWriter::Appended CoordinatorLogWriter::append_with(PartitionId partition,
                                                                      Durable durable,
                                                                      Append append) {
  const auto topic = broker_.catalog().snapshot()->find(log_.topic);
  const auto log = topic == nullptr ? nullptr : topic->partition(partition);
  if (log == nullptr) return {.error = ErrorCode::NOT_COORDINATOR};
  const storage::AppendResult result = append(*log);
  if (result.error != ErrorCode::NONE) return {.error = result.error};
  std::vector<storage::DurableTarget> targets = {
      {.log = log, .end_offset = result.last_offset + 1}};
  auto done = [durable = std::move(durable)](bool ok) {
    durable(ok ? ErrorCode::NONE : ErrorCode::KAFKA_STORAGE_ERROR);
  };
  storage::Flusher& flusher = broker_.flusher();
  log_.always_on_disk ? flusher.await_on_disk(std::move(targets), io_.executor(), std::move(done))
                      : flusher.await_durable(std::move(targets), io_.executor(), std::move(done));
  return {.last_offset = result.last_offset};
}

coordinator::BatchSource replay_source(Broker& broker, IoThread& io,
                                       std::shared_ptr<storage::Log> log) {
  return [&broker, &io, log](Offset from, std::function<void(LoadedBatches)> done) {
    auto loaded = std::make_shared<LoadedBatches>();
    // A replay that is dropped would leave its groups loading for ever.
    broker.run_on_reader([log, from, loaded]() noexcept { *loaded = read_batches(*log, from); }, io,
                         [loaded, done = std::move(done)] { done(std::move(*loaded)); });
  };
}

}  // namespace kreel::broker
