#include "broker/dispatch.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>

#include "base/log.hpp"
#include "support/broker_fixture.hpp"
#include "unit/protocol/randomizer.hpp"

using namespace kreel;
using namespace kreel::protocol;

namespace {

constexpr std::size_t kNoLimit = ~std::size_t{0};
thread_local std::size_t allocation_limit_bytes = kNoLimit;
thread_local std::size_t allocations_left = kNoLimit;

/// While it lives, larger allocations of this thread fail.
struct ShortOfMemory {
  explicit ShortOfMemory(std::size_t limit_bytes) { allocation_limit_bytes = limit_bytes; }
  ~ShortOfMemory() { allocation_limit_bytes = kNoLimit; }
};

/// While it lives, this thread's n-th allocation from now on fails.
struct OneFails {
  explicit OneFails(std::size_t nth) { allocations_left = nth; }
  ~OneFails() { allocations_left = kNoLimit; }
  static bool has_failed() { return allocations_left == 0; }
};

bool is_refused(std::size_t size_bytes) {
  if (size_bytes > allocation_limit_bytes) return true;
  if (allocations_left == kNoLimit || allocations_left == 0) return false;
  return --allocations_left == 0;
}

void* allocate(std::size_t size_bytes) {
  void* memory = is_refused(size_bytes) ? nullptr : std::malloc(size_bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size_bytes) {
  return allocate(size_bytes);
}
// std::stable_partition takes its memory by this one.
void* operator new(std::size_t size_bytes, const std::nothrow_t&) noexcept {
  return is_refused(size_bytes) ? nullptr : std::malloc(size_bytes);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

TEST_CASE("dispatch: a request that there is no memory for fails alone") {
  constexpr Version kVersion = 7;
  test::BrokerFixture fixture;
  WireWriter out;
  out.write_int(Metadata::key);
  out.write_int(kVersion);
  out.write_int<std::int32_t>(1);
  out.write_string_length(-1, false);
  MetadataRequest request;
  request.topics.emplace();
  for (int i = 0; i < 5'000; ++i) request.topics->push_back({.name = "topic"});
  encode(request, kVersion, out);
  Bytes frame = out.take().bytes;
  const auto send = [&] {
    return broker::dispatch(fixture.broker(), fixture.io(), fixture.connection(),
                            {.frame = frame, .number = 1, .sink = fixture.sink_pointer()});
  };
  {
    const ShortOfMemory now(64 * 1024);
    const auto problem = send();
    REQUIRE(problem.has_value());
    CHECK(problem->find("Metadata") != std::string::npos);
  }
  CHECK(fixture.sink().replies.empty());
  CHECK_FALSE(send().has_value());
  fixture.work();
  CHECK(fixture.sink().replies.size() == 1);
}

TEST_CASE("dispatch: a header that there is no memory for closes its connection and no other") {
  test::BrokerFixture fixture;
  const std::string client_id(10'000, 'c');
  WireWriter out;
  out.write_int(Metadata::key);
  out.write_int<Version>(7);
  out.write_int<std::int32_t>(1);
  out.write_string_length(static_cast<std::int64_t>(client_id.size()), false);
  out.write_view(as_bytes(client_id));
  encode(MetadataRequest{}, 7, out);
  Bytes frame = out.take().bytes;
  const auto send = [&] {
    return broker::dispatch(fixture.broker(), fixture.io(), fixture.connection(),
                            {.frame = frame, .number = 1, .sink = fixture.sink_pointer()});
  };
  {
    const ShortOfMemory now(8 * 1024);
    CHECK(send() == "no memory to answer Metadata");
  }
  CHECK_FALSE(send().has_value());
}

TEST_CASE("dispatch: an answer that there is no memory for closes its connection and no other") {
  constexpr Version kVersion = 5;
  constexpr std::size_t kTopics = 300;
  const ApiInfo& api = api_info(ApiKey::DescribeLogDirs);
  REQUIRE(api.serves(kVersion));
  test::BrokerFixture fixture;
  fixture.create_topic("partitions", 3'000);
  for (std::size_t i = 0; i < kTopics; ++i) {
    fixture.create_topic(std::string(240, 'n') + std::to_string(i));
  }
  SUBCASE("in the handler") {
    Bytes frame;
    {
      WireWriter out;
      out.write_int(Metadata::key);
      out.write_int<Version>(7);
      out.write_int<std::int32_t>(1);
      out.write_string_length(-1, false);
      MetadataRequest request;
      request.topics.emplace().push_back({.name = "partitions"});
      encode(request, 7, out);
      frame = out.take().bytes;
    }
    const ShortOfMemory now(64 * 1024);
    const auto problem =
        broker::dispatch(fixture.broker(), fixture.io(), fixture.connection(),
                         {.frame = frame, .number = 1, .sink = fixture.sink_pointer()});
    REQUIRE(problem.has_value());
    CHECK(problem->find("no memory to answer Metadata") != std::string::npos);
    CHECK(fixture.sink().closed == "Metadata got no answer");
  }
  SUBCASE("on the thread that reads") {
    bool done = false;
    Bytes read;
    {
      auto held = std::make_shared<broker::ReplyTicket>(broker::ReplyTicket::Origin{
          fixture.sink_pointer(), &fixture.io().executor(), 1, 1, ApiKey::ListOffsets, 6});
      fixture.broker().run_on_reader([&read] { read.resize(128 * 1024); }, fixture.io(),
                                     [held, &done] { done = true; });
    }
    const ShortOfMemory now(64 * 1024);
    fixture.work();
    CHECK_FALSE(done);
    CHECK(fixture.sink().closed == "ListOffsets got no answer");
  }
  SUBCASE("when it is encoded, later") {
    DescribeLogDirsRequest request;
    request.topics.emplace();
    for (std::size_t i = 0; i < kTopics; ++i) {
      request.topics->push_back(
          {.topic = std::string(240, 'n') + std::to_string(i), .partitions = {0}});
    }
    fixture.send<DescribeLogDirs>(request, kVersion);
    const ShortOfMemory now(64 * 1024);
    fixture.work();
    REQUIRE(fixture.sink().closed.has_value());
    CHECK(*fixture.sink().closed == "no memory to answer DescribeLogDirs");
  }
  CHECK(fixture.sink().replies.empty());
}

namespace {

constexpr Version kCanaryVersion = 7;

/// Any request of this API, in its highest version.
template <class Request>
Bytes any_frame(ApiKey key, SeededRandom& random) {
  const Version version = api_info(key).max;
  Request request;
  Randomizer(version, random, Tags::kSome).fill_fields(request);
  WireWriter out;
  out.write_int(static_cast<std::int16_t>(key));
  out.write_int(version);
  out.write_int<std::int32_t>(1);
  const std::string client(100, 'c');
  out.write_string_length(static_cast<std::int64_t>(client.size()), false);
  out.write_view(as_bytes(client));
  if (request_header_version(key, version) >= 2) out.write_unsigned_varint(0);
  encode(request, version, out);
  REQUIRE_FALSE(out.failed());
  return out.take().bytes;
}

/// A request of which one allocation fails; then the broker still serves others.
class UnluckyRequest {
 public:
  UnluckyRequest(const char* name, Bytes frame) : name_(name), frame_(std::move(frame)) {}

  /// False when it needs fewer than n allocations.
  bool meets_its_end(std::size_t nth) {
    INFO(name_, ", allocation ", nth);
    CHECK(is_told(nth));
    return was_refused_;
  }
  /// The same in a process of its own, which may end with std::terminate.
  bool meets_its_end_alone(std::size_t nth) {
    INFO(name_, ", allocation ", nth);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      std::set_terminate([] { _exit(kEnded); });
      const bool told = is_told(nth);
      _exit(!told ? kUntold : was_refused_ ? kServesOthers : kNotRefused);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    const int end = WEXITSTATUS(status);
    CHECK((end == kEnded || end == kServesOthers || end == kNotRefused));
    return end != kNotRefused;
  }
  bool serves_others() { return fixture_.call<Metadata>({}, kCanaryVersion).brokers.size() == 1; }

 private:
  enum End : int { kServesOthers = 10, kNotRefused, kEnded, kUntold };

  bool is_told(std::size_t nth) {
    Bytes bytes = frame_;
    const broker::IncomingRequest request{
        .frame = bytes, .number = 1, .sink = fixture_.sink_pointer()};
    std::optional<std::string> problem;
    {
      const OneFails now(nth);
      problem = broker::dispatch(fixture_.broker(), fixture_.io(), fixture_.connection(), request);
      was_refused_ = OneFails::has_failed();
    }
    fixture_.work();
    fixture_.clock().advance_ms(60'000);
    fixture_.work();
    auto& sink = fixture_.sink();
    const bool is_told = problem || sink.closed || !sink.replies.empty() || !sink.silent.empty();
    sink.closed.reset();
    sink.replies.clear();
    sink.silent.clear();
    return is_told;
  }

  const char* name_;
  Bytes frame_;
  test::BrokerFixture fixture_;
  bool was_refused_ = false;
};

/// A coordinator's step is not left half done: without memory the process ends, as by kill -9
/// (coordinator/ask_shard.hpp).
constexpr auto kCoordinated = std::to_array<ApiKey>(
    {ApiKey::JoinGroup, ApiKey::SyncGroup, ApiKey::Heartbeat, ApiKey::LeaveGroup,
     ApiKey::OffsetCommit, ApiKey::OffsetFetch, ApiKey::OffsetDelete, ApiKey::DescribeGroups,
     ApiKey::ListGroups, ApiKey::DeleteGroups, ApiKey::TxnOffsetCommit, ApiKey::InitProducerId,
     ApiKey::AddPartitionsToTxn, ApiKey::AddOffsetsToTxn, ApiKey::EndTxn,
     ApiKey::DescribeTransactions, ApiKey::ListTransactions, ApiKey::WriteTxnMarkers});

/// Each allocation that it needs fails once, or without KREEL_LONG one of three; then it is served.
template <class Request>
void refuse_each_allocation(const char* name, ApiKey key, SeededRandom& random) {
  constexpr std::size_t kAllocationsMax = 5'000;
  UnluckyRequest request(name, any_frame<Request>(key, random));
  const bool is_coordinated = std::ranges::find(kCoordinated, key) != kCoordinated.end();
  const std::size_t step = std::getenv("KREEL_LONG") != nullptr ? 1 : 3;
  std::size_t nth = 1;
  while (is_coordinated ? request.meets_its_end_alone(nth) : request.meets_its_end(nth)) {
    REQUIRE((nth += step) < kAllocationsMax);
  }
  INFO(name);
  CHECK(nth > 1);
  CHECK(request.serves_others());
}

}  // namespace

TEST_CASE("dispatch: of every API, each allocation may fail, and costs that request alone") {
  log::set_level(log::Level::kError);
  SeededRandom random(11);
#define KREEL_SERVED_API(Name, file) \
  refuse_each_allocation<Name##Request>(#Name, ApiKey::Name, random);
#include "protocol/apis.def"
#undef KREEL_SERVED_API
  log::set_level(log::Level::kInfo);
}
