#include <limits>

#include <doctest/doctest.h>

#include "base/crc32c.hpp"
#include "fs/memory_file_system.hpp"
#include "storage/names.hpp"
#include "storage/producer_snapshot.hpp"
#include "storage/producer_state.hpp"

using namespace kreel;
using namespace kreel::storage;

namespace {

constexpr auto kLastSequence = std::numeric_limits<std::int32_t>::max();

protocol::BatchHeader batch(std::int32_t sequence, std::int32_t count, Offset offset = 0,
                            ProducerEpoch epoch = 0, ProducerId id = 1) {
  protocol::BatchHeader header;
  header.base_offset = offset;
  header.last_offset_delta = count - 1;
  header.record_count = count;
  header.producer_id = id;
  header.producer_epoch = epoch;
  header.base_sequence = sequence;
  header.max_timestamp = 1000 + offset;
  return header;
}

constexpr std::int16_t kTransactional = 0x10;

SequenceVerdict verdict(const ProducerState& state, const protocol::BatchHeader& header) {
  return state.check(header).verdict;
}

}  // namespace

TEST_CASE("producers: a producer that is not known may begin with any sequence") {
  const ProducerState state;
  CHECK(verdict(state, batch(0, 1)) == SequenceVerdict::kInOrder);
  CHECK(verdict(state, batch(77, 1)) == SequenceVerdict::kInOrder);
}

TEST_CASE("producers: what was sent behind a refused batch does not go in front of it") {
  ProducerState state;
  state.note_refused(batch(4, 2), 5);
  state.note_refused(batch(6, 2), 6);
  CHECK(verdict(state, batch(6, 2)) == SequenceVerdict::kOutOfOrder);
  CHECK(verdict(state, batch(8, 2)) == SequenceVerdict::kOutOfOrder);
  CHECK(verdict(state, batch(8, 2, 0, 0, 2)) == SequenceVerdict::kInOrder);
  CHECK(verdict(state, batch(8, 2, 0, 1)) == SequenceVerdict::kInOrder);
  CHECK(verdict(state, batch(4, 2)) == SequenceVerdict::kInOrder);
  state.note_refused(batch(0, 4), 7);
  CHECK(verdict(state, batch(4, 2)) == SequenceVerdict::kOutOfOrder);
  state.record(batch(0, 4), 8);
  CHECK(verdict(state, batch(4, 2)) == SequenceVerdict::kInOrder);
}

TEST_CASE("producers: a refused batch that never comes again is forgotten") {
  ProducerState state;
  state.note_refused(batch(0, 1), 1'000);
  state.expire(1'999, 1'000);
  CHECK(verdict(state, batch(1, 1)) == SequenceVerdict::kOutOfOrder);
  state.expire(2'000, 1'000);
  CHECK(verdict(state, batch(1, 1)) == SequenceVerdict::kInOrder);

  constexpr auto kMany = static_cast<ProducerId>(kRefusedPerLogMax);
  for (ProducerId id = 0; id <= kMany; ++id) state.note_refused(batch(0, 1, 0, 0, id), id);
  CHECK(verdict(state, batch(1, 1, 0, 0, 0)) == SequenceVerdict::kInOrder);
  CHECK(verdict(state, batch(1, 1, 0, 0, 1)) == SequenceVerdict::kOutOfOrder);
  CHECK(verdict(state, batch(1, 1, 0, 0, kMany)) == SequenceVerdict::kOutOfOrder);
}

TEST_CASE("producers: the next batch continues the sequence, others are out of order") {
  ProducerState state;
  state.record(batch(0, 3), 5);
  CHECK(verdict(state, batch(3, 1)) == SequenceVerdict::kInOrder);
  CHECK(verdict(state, batch(4, 1)) == SequenceVerdict::kOutOfOrder);
  CHECK(verdict(state, batch(1, 1)) == SequenceVerdict::kOutOfOrder);
  CHECK(verdict(state, batch(0, 2)) == SequenceVerdict::kOutOfOrder);
}

TEST_CASE("producers: the last five batches again are duplicates with their own offsets") {
  ProducerState state;
  for (std::int32_t i = 0; i < 7; ++i) state.record(batch(i * 2, 2, 100 + i * 2), 5);
  CHECK(verdict(state, batch(2, 2)) == SequenceVerdict::kOutOfOrder);
  for (std::int32_t i = 2; i < 7; ++i) {
    const auto check = state.check(batch(i * 2, 2));
    CHECK(check.verdict == SequenceVerdict::kDuplicate);
    CHECK(check.original.first_offset == 100 + i * 2);
    CHECK(check.original.last_offset == 101 + i * 2);
  }
}

TEST_CASE("producers: sequences wrap from 2^31 - 1 to 0") {
  ProducerState state;
  state.record(batch(kLastSequence - 1, 3, 50), 5);
  CHECK(last_sequence(batch(kLastSequence - 1, 3)) == 0);
  CHECK(verdict(state, batch(1, 1)) == SequenceVerdict::kInOrder);
  CHECK(verdict(state, batch(kLastSequence - 1, 3)) == SequenceVerdict::kDuplicate);
  state.record(batch(1, 1), 5);
  ProducerState at_end;
  at_end.record(batch(kLastSequence, 1), 5);
  CHECK(verdict(at_end, batch(0, 1)) == SequenceVerdict::kInOrder);
}

TEST_CASE("producers: an older epoch is refused, a newer one starts at sequence 0") {
  ProducerState state;
  state.record(batch(0, 1, 0, 3), 5);
  CHECK(verdict(state, batch(1, 1, 0, 2)) == SequenceVerdict::kStaleEpoch);
  CHECK(verdict(state, batch(0, 1, 0, 4)) == SequenceVerdict::kInOrder);
  CHECK(verdict(state, batch(1, 1, 0, 4)) == SequenceVerdict::kOutOfOrder);
  state.record(batch(0, 1, 9, 4), 5);
  CHECK(state.producers().at(1).size() == 1);
}

TEST_CASE("producers: a marker keeps the window, and clears it when it raises the epoch") {
  ProducerState state;
  state.record(batch(0, 1, 7), 5);
  auto marker = batch(-1, 1, 8);
  state.end_transaction(marker, {true, 0}, 6);
  CHECK(verdict(state, batch(0, 1)) == SequenceVerdict::kDuplicate);
  marker.producer_epoch = 1;
  state.end_transaction(marker, {true, 0}, 7);
  CHECK(state.producers().at(1).empty());
  CHECK(verdict(state, batch(0, 1, 0, 1)) == SequenceVerdict::kInOrder);
  CHECK(verdict(state, batch(1, 1, 0, 0)) == SequenceVerdict::kStaleEpoch);
}

TEST_CASE("producers: expiry goes by the time of the append, not by the client's timestamps") {
  ProducerState state;
  state.record(batch(0, 1), 1'000);
  state.expire(1'999, 1'000);
  CHECK_FALSE(state.empty());
  state.expire(2'000, 1'000);
  CHECK(state.empty());
}

TEST_CASE("producers: with no room the longest idle are forgotten") {
  ProducerState state;
  for (std::size_t i = 0; i <= kProducersPerLogMax; ++i) {
    const auto id = static_cast<ProducerId>(i);
    state.record(batch(0, 1, 0, 0, id), static_cast<TimestampMs>(i));
  }
  CHECK(state.producers().size() <= kProducersPerLogMax);
  CHECK_FALSE(state.producers().contains(0));
  CHECK(state.producers().contains(static_cast<ProducerId>(kProducersPerLogMax)));
}

TEST_CASE("producers: one with an open transaction is neither expired nor forgotten for room") {
  ProducerState state;
  auto open = batch(0, 1, 0, 0, 1'000'000);
  open.attributes = kTransactional;
  state.record(open, 0);
  state.expire(1'000'000, 1'000);
  REQUIRE(state.find(1'000'000) != nullptr);
  for (std::size_t i = 0; i <= kProducersPerLogMax; ++i) {
    state.record(batch(0, 1, 0, 0, static_cast<ProducerId>(i)), static_cast<TimestampMs>(1 + i));
  }
  REQUIRE(state.find(1'000'000) != nullptr);
  CHECK(state.first_open_offset() == 0);
  state.end_transaction(batch(-1, 1, 9, 0, 1'000'000), {true, 0}, 1);
  CHECK_FALSE(state.first_open_offset());
  state.expire(1'000'000, 1'000);
  CHECK(state.find(1'000'000) == nullptr);
}

TEST_CASE("producers: an aborted transaction is told with the last stable offset behind it") {
  ProducerState state;
  for (ProducerId id : {1, 2}) {
    auto open = batch(0, 2, 10 * id, 0, id);
    open.attributes = kTransactional;
    state.record(open, 5);
  }
  const auto first = state.end_transaction(batch(-1, 1, 30, 0, 1), {false, 0}, 6);
  REQUIRE(first);
  CHECK(first->aborted == AbortedTxn{1, 10, 30, 20});
  const auto second = state.end_transaction(batch(-1, 1, 31, 0, 2), {false, 0}, 6);
  REQUIRE(second);
  CHECK(second->aborted == AbortedTxn{2, 20, 31, 32});
  CHECK_FALSE(state.end_transaction(batch(-1, 1, 32, 0, 2), {false, 0}, 6));
}

TEST_CASE("producer snapshot: kreel's own keeps all five batches") {
  ProducerState state;
  for (std::int32_t i = 0; i < 6; ++i) state.record(batch(i, 1, 100 + i), 5);
  auto open = batch(0, 3, 200, 2, 9);
  open.attributes = kTransactional;
  state.record(open, 6);
  const auto read = decode_kreel_snapshot(encode_kreel_snapshot(state));
  REQUIRE(read);
  CHECK(read->producers() == state.producers());
  CHECK(read->first_open_offset() == 200);
}

TEST_CASE("producer snapshot: Kafka's keeps the last batch in its 46 bytes") {
  ProducerState state;
  state.record(batch(0, 1, 100), 5);
  state.record(batch(1, 4, 101), 5);
  const auto bytes = encode_kafka_snapshot(state);
  REQUIRE(bytes.size() == 10 + 46);
  CHECK(load_big_endian<std::int16_t>(bytes.data()) == 1);
  CHECK(load_big_endian<std::uint32_t>(bytes.data() + 2) == crc32c(ByteView(bytes).subspan(6)));
  CHECK(load_big_endian<std::int64_t>(bytes.data() + 10) == 1);    // producer id
  CHECK(load_big_endian<std::int32_t>(bytes.data() + 20) == 4);    // last sequence
  CHECK(load_big_endian<std::int64_t>(bytes.data() + 24) == 104);  // last offset
  CHECK(load_big_endian<std::int32_t>(bytes.data() + 32) == 3);    // offset delta
  const auto read = decode_kafka_snapshot(bytes, 77);
  REQUIRE(read);
  const auto& entry = read->producers().at(1);
  CHECK(entry.size() == 1);
  CHECK(entry.back() == ProducerBatch{1, 4, 101, 104, 1101});
  CHECK(entry.last_append_ms == 77);
}

TEST_CASE("producer snapshot: Kafka's keeps where an open transaction began") {
  ProducerState state;
  auto open = batch(0, 2, 100);
  open.attributes = kTransactional;
  state.record(open, 5);
  const auto bytes = encode_kafka_snapshot(state);
  CHECK(load_big_endian<std::int64_t>(bytes.data() + 48) == 100);
  const auto read = decode_kafka_snapshot(bytes, 77);
  REQUIRE(read);
  CHECK(read->first_open_offset() == 100);
}

TEST_CASE("producer snapshot: any damaged byte is noticed") {
  ProducerState state;
  state.record(batch(0, 1, 100), 5);
  for (const auto& good : {encode_kreel_snapshot(state), encode_kafka_snapshot(state)}) {
    for (std::size_t i = 0; i < good.size(); ++i) {
      auto bad = good;
      bad[i] ^= std::byte{0x40};
      CHECK_FALSE(decode_kreel_snapshot(bad));
      CHECK_FALSE(decode_kafka_snapshot(bad, 0));
      CHECK_FALSE(decode_kreel_snapshot(ByteView(good).first(i)));
    }
  }
}

TEST_CASE("producer snapshot: a count beyond the file takes no memory") {
  Bytes bytes(10);
  store_big_endian<std::int16_t>(bytes.data(), 2);
  store_big_endian<std::int32_t>(bytes.data() + 6, 2'000'000'000);
  store_big_endian(bytes.data() + 2, crc32c(ByteView(bytes).subspan(6)));
  CHECK_FALSE(decode_kreel_snapshot(bytes));
  store_big_endian<std::int16_t>(bytes.data(), 1);
  CHECK_FALSE(decode_kafka_snapshot(bytes, 0));
}

TEST_CASE("producer snapshot: the newest sane file at or below the end is taken") {
  fs::MemoryFileSystem fs;
  ProducerState state;
  state.record(batch(0, 1, 100), 5);
  const auto put = [&](Offset offset, const Bytes& bytes) {
    const auto file =
        fs.open(segment_file_name(offset, kProducersSuffix), fs::OpenMode::kCreateOrOpen);
    REQUIRE((*file)->write_at(bytes, 0));
  };
  put(10, encode_kreel_snapshot(state));
  put(20, encode_kreel_snapshot(state));
  put(30, Bytes(40));
  put(40, encode_kreel_snapshot(state));
  const auto names = *fs.list("/");
  const auto load = [&](Offset end) {
    return load_producers(fs, SnapshotKind::kKreel, "/", names, end, 0);
  };
  CHECK(load(39)->offset == 20);
  CHECK(load(40)->offset == 40);
  CHECK(load(19)->offset == 10);
  CHECK_FALSE(load(9));
  CHECK_FALSE(load_producers(fs, SnapshotKind::kKafka, "/", names, 40, 0));
}
