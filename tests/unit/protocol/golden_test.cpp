#include <doctest/doctest.h>

#include <map>

#include "base/text.hpp"
#include "protocol/codec.hpp"
#include "protocol/compression.hpp"
#include "protocol/json_dump.hpp"
#include "protocol/record_validation.hpp"
#include "unit/protocol/golden_file.hpp"
#include "unit/protocol/message_list.hpp"

namespace kreel::protocol {
namespace {

using MessageBytes = std::map<std::pair<std::string, Version>, Bytes>;

/// Message and version -> what Apache Kafka encodes, every field with a value.
const MessageBytes& kafka_messages() {
  static const MessageBytes kMessages = [] {
    MessageBytes messages;
    for (GoldenLine& line : golden_lines("messages_kafka_4.3.1.hex")) {
      const auto version = static_cast<Version>(*parse_int32(line.words.at(1)));
      messages[{line.words.at(0), version}] = std::move(line.bytes);
    }
    return messages;
  }();
  return kMessages;
}

// Not in the templates: their checks would be compiled once per message.
void require_all_read(const WireReader& in) {
  REQUIRE_FALSE(in.failed());
  REQUIRE(in.remaining() == 0);
}

void check_same_bytes(WireWriter& out, const char* name, Version version) {
  CAPTURE(name);
  CAPTURE(version);
  CHECK_FALSE(out.failed());
  CHECK(out.take().bytes == kafka_messages().at({name, version}));
}

template <class Message>
Message kafka_message(const std::string& name, Version version) {
  const Bytes& bytes = kafka_messages().at({name, version});
  WireReader in(bytes);
  Message message;
  decode(message, version, in);
  require_all_read(in);
  return message;
}

std::vector<RecordView> all_records(BatchReader& reader) {
  std::vector<RecordView> records;
  for (;;) {
    Result<std::optional<RecordView>> next = reader.next();
    REQUIRE(next.has_value());
    if (!*next) return records;
    records.push_back(**next);
  }
}

std::string text_of(const std::optional<ByteView>& bytes) {
  return bytes ? std::string(as_text(*bytes)) : "(null)";
}

std::string long_value() {
  std::string value;
  for (int i = 0; i < 20; ++i) value += "a value that compresses ";
  return value;
}

void check_validates_in_place(const Bytes& sent, TimestampMs now) {
  Bytes batch = sent;
  ValidationOptions options;
  options.now_ms = now;
  const ValidationResult result = validate_client_batch(batch, options);
  CHECK(result.ok());
  CHECK_FALSE(result.rebuilt.has_value());
  CHECK(batch == sent);
}

}  // namespace

TEST_CASE("golden messages: Kafka's bytes of every version decode and encode to the same bytes") {
  for_each_message([]<class Message>(const char* name) {
    for (Version version = Message::versions.min; version <= Message::versions.max; ++version) {
      WireWriter out;
      encode(kafka_message<Message>(name, version), version, out);
      check_same_bytes(out, name, version);
    }
  });
}

TEST_CASE("golden messages: the fields of Kafka's bytes land where they belong") {
  CHECK(json_text(kafka_message<OffsetCommitRequest>("OffsetCommitRequest", 8), 8) ==
        R"({"group_id":"s1","generation_id_or_member_epoch":16909058,"member_id":"s3",)"
        R"("group_instance_id":"s4","topics":[)"
        R"({"name":"s5","partitions":[)"
        R"({"partition_index":16909062,"committed_offset":72623859790382855,)"
        R"("committed_leader_epoch":16909064,"committed_metadata":"s9"},)"
        R"({"partition_index":16909066,"committed_offset":72623859790382859,)"
        R"("committed_leader_epoch":16909068,"committed_metadata":"s13"}]},)"
        R"({"name":"s14","partitions":[)"
        R"({"partition_index":16909071,"committed_offset":72623859790382864,)"
        R"("committed_leader_epoch":16909073,"committed_metadata":"s18"},)"
        R"({"partition_index":16909075,"committed_offset":72623859790382868,)"
        R"("committed_leader_epoch":16909077,"committed_metadata":"s22"}]}]})");
  CHECK(json_text(kafka_message<RequestHeader>("RequestHeader", 2), 2) ==
        R"({"request_api_key":2,"request_api_version":3,"correlation_id":16909059,)"
        R"("client_id":"s4"})");
}

TEST_CASE("golden batches: Apache Kafka's Java batches of every codec") {
  const std::vector<GoldenLine> lines = golden_lines("batches_kafka_4.3.1.hex");
  CHECK(lines.size() == 5);
  for (const GoldenLine& line : lines) {
    CAPTURE(line.words.at(0));
    CHECK(batch_crc_is_valid(line.bytes));
    Result<BatchReader> reader = BatchReader::open(line.bytes, 1 << 20);
    REQUIRE(reader.has_value());
    const BatchHeader& header = reader->header();
    CHECK(header.size_bytes() == line.bytes.size());
    CHECK(header.compression() == compression_from_name(line.words.at(0)));
    CHECK(header.partition_leader_epoch == 9);
    CHECK(header.producer_id == 4711);
    CHECK(header.producer_epoch == 5);
    CHECK(header.base_sequence == 100);
    CHECK(header.base_timestamp == 1'700'000'000'123);
    CHECK(header.max_timestamp == 1'700'000'100'000);
    const std::vector<RecordView> records = all_records(*reader);
    REQUIRE(records.size() == 3);
    CHECK(text_of(records[0].key) == "k1");
    CHECK(text_of(records[0].value) == long_value());
    REQUIRE(records[0].headers.size() == 2);
    CHECK(records[0].headers[0].key == "trace");
    CHECK(text_of(records[0].headers[0].value) == "abc");
    CHECK(records[0].headers[1].key == "none");
    CHECK_FALSE(records[0].headers[1].value.has_value());
    CHECK(text_of(records[1].key) == "k2");
    CHECK_FALSE(records[1].value.has_value());
    CHECK(records[1].timestamp == 1'700'000'000'122);
    CHECK_FALSE(records[2].key.has_value());
    CHECK(text_of(records[2].value) == "third");
    CHECK(records[2].offset == 2);
    check_validates_in_place(line.bytes, 1'700'000'000'000);
  }
}

TEST_CASE("golden batches: kreel builds the very bytes that Apache Kafka builds") {
  const GoldenLine plain = golden_lines("batches_kafka_4.3.1.hex").at(0);
  REQUIRE(plain.words.at(0) == "none");
  BatchBuilder builder({.partition_leader_epoch = 9,
                        .producer_id = 4711,
                        .producer_epoch = 5,
                        .base_sequence = 100});
  Result<BatchReader> reader = BatchReader::open(plain.bytes, 1 << 20);
  REQUIRE(reader.has_value());
  for (const RecordView& record : all_records(*reader)) {
    builder.append({.timestamp = record.timestamp,
                    .key = record.key,
                    .value = record.value,
                    .headers = record.headers});
  }
  CHECK(builder.build() == plain.bytes);
}

TEST_CASE("golden batches: librdkafka's batches of every codec") {
  const std::vector<GoldenLine> lines = golden_lines("batches_librdkafka_2.0.2.hex");
  CHECK(lines.size() == 5);
  for (const GoldenLine& line : lines) {
    CAPTURE(line.words.at(0));
    CHECK(batch_crc_is_valid(line.bytes));
    Result<BatchReader> reader = BatchReader::open(line.bytes, 1 << 20);
    REQUIRE(reader.has_value());
    CHECK(reader->header().compression() == compression_from_name(line.words.at(0)));
    CHECK(reader->header().producer_id == -1);
    const std::vector<RecordView> records = all_records(*reader);
    REQUIRE(records.size() == 3);
    CHECK(text_of(records[0].key) == "k1");
    CHECK(text_of(records[0].value) == long_value());
    CHECK(text_of(records[1].key) == "k2");
    CHECK_FALSE(records[1].value.has_value());
    CHECK_FALSE(records[2].key.has_value());
    CHECK(text_of(records[2].value) == "third");
    for (const RecordView& record : records) {
      CHECK(record.timestamp == reader->header().base_timestamp);
      REQUIRE(record.headers.size() == 2);
      CHECK(record.headers[0].key == "trace");
      CHECK(text_of(record.headers[0].value) == "abc");
      CHECK(record.headers[1].key == "empty");
      CHECK(text_of(record.headers[1].value).empty());
    }
    check_validates_in_place(line.bytes, reader->header().max_timestamp);
  }
}

}  // namespace kreel::protocol
