#include <doctest/doctest.h>

#include "protocol/codec.hpp"
#include "unit/protocol/allocation_peak.hpp"
#include "unit/protocol/message_list.hpp"
#include "unit/protocol/randomizer.hpp"

namespace kreel::protocol {
namespace {

template <class Message>
Bytes random_bytes(Version version, Random& random) {
  WireWriter out;
  encode(random_message<Message>(version, random), version, out);
  REQUIRE_FALSE(out.failed());
  return out.take().bytes;
}

struct Outcome {
  bool failed = false;
  std::size_t left = 0;
  std::size_t peak_bytes = 0;
};

template <class Message>
Outcome decode_counted(ByteView bytes, Version version) {
  const AllocationPeak peak;
  WireReader in(bytes);
  Message message;
  decode(message, version, in);
  return {.failed = in.failed(), .left = in.remaining(), .peak_bytes = peak.bytes()};
}

/// What a frame may make the decoder hold: its budget, and copies of its strings.
std::size_t memory_bound(std::size_t frame_bytes) {
  return WireReader::kBudgetBase + 2 * WireReader::kBudgetPerInputByte * frame_bytes;
}

/// The versions between which the form of a message changes most.
template <class Message>
std::vector<Version> telling_versions() {
  constexpr MessageVersions kVersions = Message::versions;
  std::vector<Version> versions = {kVersions.min};
  if (kVersions.max != kVersions.min) versions.push_back(kVersions.max);
  if (kVersions.flexible_from > kVersions.min && kVersions.flexible_from < kVersions.max) {
    versions.push_back(static_cast<Version>(kVersions.flexible_from - 1));
    versions.push_back(kVersions.flexible_from);
  }
  return versions;
}

/// What a stranger writes where a length or a count is expected.
std::vector<Bytes> hostile_numbers(std::size_t frame_bytes) {
  std::vector<Bytes> numbers;
  const auto rest = static_cast<std::int32_t>(frame_bytes);
  for (const std::int32_t number : {-2, -1, rest + 1, INT32_MAX}) {
    Bytes big_endian(sizeof(number));
    store_big_endian(big_endian.data(), number);
    numbers.push_back(std::move(big_endian));
  }
  for (const std::string_view varint :
       {"\xff\xff\xff\xff\x07", "\xff\xff\xff\xff\x0f", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        "\x80\x80\x80"}) {
    const ByteView view = as_bytes(varint);
    numbers.emplace_back(view.begin(), view.end());
  }
  return numbers;
}

using Decode = Outcome (*)(ByteView bytes, Version version);

void check_truncations(const Bytes& bytes, const char* name, Version version, Decode decode) {
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    // A copy of its own, so that a read past the end is seen by the address sanitizer.
    const Bytes shorter(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut));
    const Outcome outcome = decode(shorter, version);
    CHECK_MESSAGE(outcome.failed, name, " version ", version, " cut at ", cut);
  }
}

void check_hostile_numbers(const Bytes& bytes, const char* name, Version version, Decode decode) {
  const std::vector<Bytes> numbers = hostile_numbers(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const Bytes& number : numbers) {
      Bytes damaged(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
      damaged.insert(damaged.end(), number.begin(), number.end());
      if (at + number.size() < bytes.size()) {
        damaged.insert(damaged.end(),
                       bytes.begin() + static_cast<std::ptrdiff_t>(at + number.size()),
                       bytes.end());
      }
      const Outcome outcome = decode(damaged, version);
      const bool bounded = outcome.peak_bytes <= memory_bound(damaged.size());
      CHECK_MESSAGE(bounded, name, " version ", version, " at ", at, ": ", outcome.peak_bytes);
    }
  }
}

}  // namespace

TEST_CASE("hostile frames: every truncation fails") {
  SeededRandom random(3);
  for_each_message([&]<class Message>(const char* name) {
    for (Version version = Message::versions.min; version <= Message::versions.max; ++version) {
      const Bytes bytes = random_bytes<Message>(version, random);
      check_truncations(bytes, name, version, &decode_counted<Message>);
    }
  });
}

TEST_CASE("hostile frames: no number in no place takes more memory than the frame's budget") {
  SeededRandom random(4);
  for_each_message([&]<class Message>(const char* name) {
    for (const Version version : telling_versions<Message>()) {
      const Bytes bytes = random_bytes<Message>(version, random);
      check_hostile_numbers(bytes, name, version, &decode_counted<Message>);
    }
  });
}

TEST_CASE("hostile frames: a count is believed only as far as bytes follow (CVE-2026-111115)") {
  // Metadata 1: the count of topics, each at least two bytes, then bytes that are no topics.
  for (const std::int32_t count : {1'000'000, 8'000'000, INT32_MAX}) {
    Bytes frame(4 + 1'000'000);
    store_big_endian(frame.data(), count);
    const Outcome outcome = decode_counted<MetadataRequest>(frame, 1);
    CHECK(outcome.failed);
    CHECK(outcome.peak_bytes <= memory_bound(frame.size()));
  }
}

TEST_CASE("hostile frames: a million tagged fields are not kept (CVE-2026-111108)") {
  // Heartbeat 4 with default fields, then tags 1, 2, 3, ... without bytes.
  WireWriter out;
  encode(HeartbeatRequest(), 4, out);
  Bytes frame = out.take().bytes;
  frame.pop_back();
  WireWriter tags;
  constexpr std::uint64_t kTags = 1'000'000;
  tags.write_unsigned_varint(kTags);
  for (std::uint64_t tag = 0; tag < kTags; ++tag) {
    tags.write_unsigned_varint(tag);
    tags.write_unsigned_varint(0);
  }
  frame.insert(frame.end(), tags.bytes().begin(), tags.bytes().end());
  const Outcome outcome = decode_counted<HeartbeatRequest>(frame, 4);
  CHECK_FALSE(outcome.failed);
  CHECK(outcome.left == 0);
  CHECK(outcome.peak_bytes < 1'000);
}

TEST_CASE("hostile frames: tags that fall, repeat, or lie about their size fail") {
  const auto with_tags = [](std::initializer_list<int> tags) {
    Bytes frame;  // ListGroups 5: no states, no types, then the tag block
    for (const int byte : {1, 1}) frame.push_back(static_cast<std::byte>(byte));
    for (const int byte : tags) frame.push_back(static_cast<std::byte>(byte));
    return decode_counted<ListGroupsRequest>(frame, 5).failed;
  };
  CHECK_FALSE(with_tags({0}));
  CHECK_FALSE(with_tags({2, 1, 0, 2, 0}));
  CHECK(with_tags({2, 2, 0, 1, 0}));
  CHECK(with_tags({2, 1, 0, 1, 0}));
  CHECK(with_tags({1, 1, 5, 0}));
  CHECK(with_tags({3, 1, 0, 2, 0}));
  CHECK(with_tags({0xff, 0xff, 0xff, 0xff, 0x0f}));
}

TEST_CASE("hostile frames: a known tagged field must fill exactly the size it names") {
  // Fetch 12 ends with: forgotten topics, rack id, tags. cluster_id is tag 0, a nullable string.
  WireWriter out;
  FetchRequest request;
  encode(request, 12, out);
  const Bytes base = out.take().bytes;
  const auto with_cluster_id = [&](std::initializer_list<int> tag) {
    Bytes frame(base.begin(), base.end() - 1);
    for (const int byte : tag) frame.push_back(static_cast<std::byte>(byte));
    return decode_counted<FetchRequest>(frame, 12).failed;
  };
  CHECK_FALSE(with_cluster_id({1, 0, 2, 2, 'x'}));
  CHECK_FALSE(with_cluster_id({1, 0, 1, 0}));
  CHECK(with_cluster_id({1, 0, 3, 2, 'x', 'y'}));
  CHECK(with_cluster_id({1, 0, 1, 2, 'x'}));
}

}  // namespace kreel::protocol
