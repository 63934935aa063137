#include "storage/producer_replay.hpp"

#include "storage/batch_scanner.hpp"

namespace kreel::storage {
namespace {

/// Control batches are small; the rest of a scan needs headers alone.
Result<std::optional<protocol::EndTxnMarker>> read_marker(const fs::File& file,
                                                          const BatchScanner::Found& found) {
  Bytes bytes(found.header.size_bytes());
  TRY_ASSIGN(const auto count, file.read_at(bytes, found.position));
  return protocol::read_end_txn_marker(ByteView(bytes).first(count));
}

}  // namespace

Result<std::vector<AbortedTxn>> replay_producers(Segment& segment, const ReplayRange& range,
                                                 ProducerState& state) {
  std::vector<AbortedTxn> aborted;
  TRY_ASSIGN(const auto file, segment.file());
  TRY_ASSIGN(const auto start, segment.position_before(range.from));
  BatchScanner scanner(*file, start, segment.size_bytes(), BatchScanner::Check::kHeaders);
  while (true) {
    TRY_ASSIGN(const auto found, scanner.next());
    if (!found || found->header.base_offset >= range.to) return aborted;
    const auto& header = found->header;
    if (header.base_offset < range.from || header.producer_id < 0) continue;
    if (!header.is_control()) {
      state.record(header, range.now_ms);
      continue;
    }
    TRY_ASSIGN(const auto marker, read_marker(*file, *found));
    if (!marker) continue;
    const auto completed = state.end_transaction(header, *marker, range.now_ms);
    if (completed && completed->aborted) aborted.push_back(*completed->aborted);
  }
}

}  // namespace kreel::storage
