#include <doctest/doctest.h>

#include "protocol/control_record.hpp"
#include "protocol/record_batch.hpp"

using namespace kreel;
using namespace kreel::protocol;

TEST_CASE("control record: a marker is one transactional control record of Kafka's form") {
  const auto batch = build_end_txn_marker(7, 3, {true, 258}, 1'000);
  REQUIRE(batch_crc_is_valid(batch));
  const auto header = read_batch_header(batch);
  REQUIRE(header);
  CHECK(header->is_control());
  CHECK(header->is_transactional());
  CHECK(header->producer_id == 7);
  CHECK(header->producer_epoch == 3);
  CHECK(header->base_sequence == -1);
  CHECK(header->record_count == 1);
  CHECK(header->max_timestamp == 1'000);
  auto reader = BatchReader::open(batch, 1'000);
  const auto record = reader->next();
  REQUIRE(record);
  REQUIRE(*record);
  CHECK(as_text(*(*record)->key) == std::string_view("\0\0\0\1", 4));
  CHECK(as_text(*(*record)->value) == std::string_view("\0\0\0\0\1\2", 6));
}

TEST_CASE("control record: a marker is read as it was built") {
  for (const EndTxnMarker marker : {EndTxnMarker{true, 5}, EndTxnMarker{false, 0}}) {
    CHECK(read_end_txn_marker(build_end_txn_marker(1, 0, marker, 0)) == marker);
  }
}

TEST_CASE("control record: data, other types and short fields are no markers") {
  const auto with = [](std::string_view key, std::string_view value, bool control) {
    BatchBuilder::Options options;
    options.control = control;
    BatchBuilder builder(options);
    NewRecord record;
    record.key = as_bytes(key);
    record.value = as_bytes(value);
    builder.append(record);
    return builder.build();
  };
  const std::string_view commit("\0\0\0\1", 4);
  const std::string_view epoch("\0\0\0\0\0\1", 6);
  CHECK(read_end_txn_marker(with(commit, epoch, true)) == EndTxnMarker{true, 1});
  CHECK_FALSE(read_end_txn_marker(with(commit, epoch, false)));
  CHECK_FALSE(read_end_txn_marker(with(std::string_view("\0\0\0\2", 4), epoch, true)));
  CHECK_FALSE(read_end_txn_marker(with(commit.substr(0, 3), epoch, true)));
  CHECK_FALSE(read_end_txn_marker(with(commit, epoch.substr(0, 5), true)));
  CHECK_FALSE(read_end_txn_marker({}));
}
