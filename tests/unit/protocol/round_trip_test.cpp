#include <doctest/doctest.h>

#include "protocol/codec.hpp"
#include "protocol/json_dump.hpp"
#include "unit/protocol/golden_file.hpp"
#include "unit/protocol/message_list.hpp"
#include "unit/protocol/randomizer.hpp"

namespace kreel::protocol {
namespace {

// Checks stand outside of the templates, where they are compiled once and not once per message.
Bytes taken(WireWriter& out) {
  REQUIRE_MESSAGE(!out.failed(), out.error());
  return out.take().bytes;
}

template <class Message>
Bytes encoded(const Message& message, Version version) {
  WireWriter out;
  encode(message, version, out);
  return taken(out);
}

void check_default(const WireWriter& out, const char* name, Version version) {
  CAPTURE(name);
  CAPTURE(version);
  // A null default that a low version cannot carry is the one mistake that may show.
  if (out.failed()) CHECK(out.error().find("null is not legal") != std::string::npos);
}

/// Without tagged fields the message ends with its own tag count. Two tags instead: 100 with no
/// bytes, 101 with three.
Bytes with_unknown_tags(Bytes bytes) {
  REQUIRE(bytes.back() == std::byte{0});
  bytes.pop_back();
  for (const int byte : {2, 100, 0, 101, 3, 7, 7, 7}) {
    bytes.push_back(static_cast<std::byte>(byte));
  }
  return bytes;
}

void check_came_back(bool same, const char* name, Version version, const Bytes& bytes) {
  CHECK_MESSAGE(same, name, " version ", version, ": ", hex_text(bytes));
}

}  // namespace

TEST_CASE("messages: every version of every message decodes to what was encoded") {
  SeededRandom random(1);
  constexpr int kRounds = 20;
  for_each_message([&]<class Message>(const char* name) {
    for (Version version = Message::versions.min; version <= Message::versions.max; ++version) {
      for (int round = 0; round < kRounds; ++round) {
        const auto original = random_message<Message>(version, random);
        const Bytes bytes = encoded(original, version);
        WireReader in(bytes);
        Message back;
        decode(back, version, in);
        const bool same = !in.failed() && in.remaining() == 0 && back == original;
        check_came_back(same && encoded(back, version) == bytes, name, version, bytes);
      }
    }
  });
}

TEST_CASE("messages: a default message encodes in every version") {
  for_each_message([&]<class Message>(const char* name) {
    for (Version version = Message::versions.min; version <= Message::versions.max; ++version) {
      WireWriter out;
      encode(Message(), version, out);
      check_default(out, name, version);
    }
  });
}

TEST_CASE("messages: tagged fields that are not known are skipped") {
  SeededRandom random(2);
  for_each_message([&]<class Message>(const char* name) {
    const Version version = Message::versions.max;
    if (!Message::versions.flexible(version)) return;
    const auto original = random_message<Message>(version, random, Tags::kNone);
    const Bytes bytes = with_unknown_tags(encoded(original, version));
    WireReader in(bytes);
    Message back;
    decode(back, version, in);
    const bool same = !in.failed() && in.remaining() == 0 && back == original;
    check_came_back(same, name, version, bytes);
  });
}

TEST_CASE("messages: a value that a version cannot carry is an error, unless it is ignorable") {
  FetchRequest request;
  request.replica_state.replica_id = 7;  // since 15
  WireWriter out;
  encode(request, 12, out);
  CHECK(out.error() == "version 12 cannot carry replica_state");

  request = {};
  request.rack_id = "here";  // since 11, ignorable
  WireWriter ignored;
  encode(request, 7, ignored);
  CHECK_FALSE(ignored.failed());
}

TEST_CASE("messages: null where a version knows none is an error in both directions") {
  MetadataRequest all_topics;
  all_topics.topics = std::nullopt;  // legal from version 1 on
  WireWriter out;
  encode(all_topics, 0, out);
  CHECK(out.error() == "null is not legal in version 0");

  const Bytes null_array(4, std::byte{0xff});
  WireReader in(null_array);
  MetadataRequest request;
  decode(request, 0, in);
  CHECK(in.failed());
}

TEST_CASE("request header: the client id keeps its int16 length in version 2 (KIP-482)") {
  RequestHeader header;
  header.request_api_key = 18;
  header.request_api_version = 3;
  header.correlation_id = 5;
  header.client_id = "ab";
  const Bytes bytes = encoded(header, 2);
  const std::string_view expected(
      "\0\x12\0\x03\0\0\0\x05\0\x02"
      "ab\0",
      13);
  CHECK(as_text(bytes) == expected);
}

TEST_CASE("json dump: fields of the version in order, payloads as sizes, control bytes escaped") {
  ProduceRequest request;
  request.acks = -1;
  request.topic_data.emplace_back().name = "a\"\n\xc3";
  const Bytes records(9);
  request.topic_data[0].partition_data.push_back({4, Records::memory(records, nullptr)});
  request.topic_data[0].partition_data.emplace_back();
  CHECK(json_text(request, 9) ==
        R"({"transactional_id":null,"acks":-1,"timeout_ms":0,)"
        R"("topic_data":[{"name":"a\"\u000a\u00c3",)"
        R"("partition_data":[{"index":4,"records":"9 bytes"},{"index":0,"records":null}]}]})");
  HeartbeatResponse response;
  response.error_code = ErrorCode::REBALANCE_IN_PROGRESS;
  CHECK(json_text(response, 0) == R"({"error_code":"REBALANCE_IN_PROGRESS"})");
}

}  // namespace kreel::protocol
