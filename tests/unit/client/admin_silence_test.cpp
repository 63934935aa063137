#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "client/api_names.hpp"
#include "unit/client/fake_cluster.hpp"

// Brokers that are stopped or cut off: the kernel still takes connections for them.

using namespace kreel;
using kreel::test::connect_to;
using kreel::test::FakeBroker;
using kreel::test::serve_metadata;
using protocol::ErrorCode;

namespace {

/// Names the brokers of `in_turn` as coordinators, one for each request, and then the last one.
void name_coordinators(FakeBroker& on, std::vector<const FakeBroker*> in_turn) {
  on.on<protocol::FindCoordinator>(
      [in_turn = std::move(in_turn), asked = std::size_t{0}](
          const protocol::FindCoordinatorRequest& request, protocol::Version) mutable {
        const std::size_t turn = std::min(asked++, in_turn.size() - 1);
        protocol::FindCoordinatorResponse response;
        for (const std::string& key : request.coordinator_keys) {
          response.coordinators.push_back({key, static_cast<std::int32_t>(turn) + 1, "127.0.0.1",
                                           in_turn[turn]->port(), ErrorCode::NONE, std::nullopt});
        }
        return response;
      });
}

}  // namespace

TEST_CASE("admin: a frozen coordinator does not get all the time: who takes over is asked") {
  FakeBroker frozen;
  FakeBroker good;
  for (FakeBroker* broker : {&frozen, &good}) serve_metadata(*broker, {&frozen, &good}, {});
  name_coordinators(good, {&frozen, &good});
  good.on<protocol::OffsetFetch>(
      [](const protocol::OffsetFetchRequest& request, protocol::Version) {
        protocol::OffsetFetchResponse response;
        auto& group = response.groups.emplace_back();
        group.group_id = request.groups.at(0).group_id;
        auto& topic = group.topics.emplace_back();
        topic.name = "orders";
        topic.partitions.emplace_back().committed_offset = 42;
        return response;
      },
      9);
  frozen.stay_silent();
  frozen.start();
  good.start();
  auto admin = connect_to(good);
  const GroupOffsetsQuery query{"app", std::nullopt};
  const auto fetched = admin->fetch_offsets(std::span(&query, 1));
  REQUIRE(fetched);
  REQUIRE_FALSE(fetched->front().error);
  CHECK(fetched->front().offsets.at(0).offset == 42);
}

TEST_CASE("admin: a broker that freezes between two calls leaves time for the others") {
  FakeBroker freezing;
  FakeBroker good;
  for (FakeBroker* broker : {&freezing, &good}) serve_metadata(*broker, {&freezing, &good}, {});
  freezing.list_without_answer<protocol::FindCoordinator>();
  name_coordinators(good, {&good});
  freezing.start();
  good.start();
  auto admin = AdminClient::connect(test::config_for(freezing.address() + "," + good.address()));
  REQUIRE(admin);
  REQUIRE((*admin)->describe_cluster());
  freezing.stay_silent();
  const std::string group = "app";
  const auto found = (*admin)->find_coordinators(std::span(&group, 1));
  REQUIRE(found);
  CHECK_FALSE(found->front().error);
}

TEST_CASE("admin: end_within ends the call that is under way, and the next ones") {
  FakeBroker broker;
  serve_metadata(broker, {&broker}, {});
  broker.start();
  auto admin = connect_to(broker, 600'000);
  broker.stay_silent();
  std::thread soon([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    admin->end_within(100);
  });
  CHECK_FALSE(admin->describe_cluster());
  CHECK_FALSE(admin->list_topics());
  soon.join();
}
