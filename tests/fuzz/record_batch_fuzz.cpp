// A record batch as it may come from a broker or from a file: read to its end, and what was read is
// built and read again.
#include "fuzz/fuzz_input.hpp"
#include "protocol/record_batch.hpp"

namespace kreel::protocol {
namespace {

constexpr std::size_t kMaxDecompressedBytes = 1 << 20;

/// False when the batch is malformed.
bool read_all(ByteView batch, std::vector<RecordView>& records, BatchReader& reader) {
  for (;;) {
    Result<std::optional<RecordView>> next = reader.next();
    if (!next) return false;
    if (!*next) return true;
    records.push_back(std::move(**next));
    FUZZ_CHECK(records.size() <= batch.size() + kMaxDecompressedBytes);
  }
}

bool same(const std::optional<ByteView>& left, const std::optional<ByteView>& right) {
  if (left.has_value() != right.has_value()) return false;
  return !left || as_text(*left) == as_text(*right);
}

bool same(const RecordView& left, const RecordView& right) {
  if (left.offset != right.offset || left.headers.size() != right.headers.size()) return false;
  for (std::size_t i = 0; i < left.headers.size(); ++i) {
    if (left.headers[i].key != right.headers[i].key) return false;
    if (!same(left.headers[i].value, right.headers[i].value)) return false;
  }
  return same(left.key, right.key) && same(left.value, right.value);
}

void build_and_compare(const BatchHeader& header, const std::vector<RecordView>& records) {
  BatchBuilder builder({.base_offset = header.base_offset});
  for (const RecordView& record : records) {
    builder.append_at(record.offset, {.timestamp = record.timestamp,
                                      .key = record.key,
                                      .value = record.value,
                                      .headers = record.headers});
  }
  const Bytes built = builder.build();
  FUZZ_CHECK(batch_crc_is_valid(built));
  Result<BatchReader> reader = BatchReader::open(built, kMaxDecompressedBytes);
  FUZZ_CHECK(reader.has_value());
  std::vector<RecordView> again;
  FUZZ_CHECK(read_all(built, again, *reader));
  FUZZ_CHECK(again.size() == records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    FUZZ_CHECK(same(records[i], again[i]) && records[i].timestamp == again[i].timestamp);
  }
}

bool offsets_rise(const BatchHeader& header, const std::vector<RecordView>& records) {
  Offset previous = header.base_offset - 1;
  for (const RecordView& record : records) {
    if (record.offset <= previous) return false;
    previous = record.offset;
  }
  return true;
}

}  // namespace
}  // namespace kreel::protocol

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kreel::protocol;
  const kreel::ByteView batch = kreel::fuzz_input(data, size);
  static_cast<void>(batch_crc_is_valid(batch));
  kreel::Result<BatchReader> reader = BatchReader::open(batch, kMaxDecompressedBytes);
  if (!reader) return 0;
  std::vector<RecordView> records;
  if (!read_all(batch, records, *reader) || records.empty()) return 0;
  constexpr kreel::Offset kNoOverflow = kreel::Offset{1} << 62;
  const BatchHeader& header = reader->header();
  if (header.base_offset < 0 || header.base_offset > kNoOverflow) return 0;
  if (offsets_rise(header, records)) build_and_compare(header, records);
  return 0;
}
