#include "broker/dispatch.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "support/broker_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;

namespace {

constexpr std::size_t kNoLimit = ~std::size_t{0};
thread_local std::size_t allocation_limit_bytes = kNoLimit;

/// While it lives, larger allocations of this thread fail.
struct ShortOfMemory {
  explicit ShortOfMemory(std::size_t limit_bytes) { allocation_limit_bytes = limit_bytes; }
  ~ShortOfMemory() { allocation_limit_bytes = kNoLimit; }
};

void* allocate(std::size_t size_bytes) {
  void* memory = size_bytes > allocation_limit_bytes ? nullptr : std::malloc(size_bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size_bytes) {
  return allocate(size_bytes);
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
