#include <algorithm>
#include <random>

#include "unit/coordinator/group_client.hpp"

namespace kreel::test {
namespace {

/// What must hold at every moment, whatever the order of requests, losses and pauses.
void check_leaders(const Clients& clients) {
  std::map<std::int32_t, std::string> leaders;
  for (const auto& client : clients) {
    const bool is_member = client->joined && client->join_error() == ErrorCode::NONE;
    if (!is_member) continue;
    const auto [leader, first] =
        leaders.emplace(client->joined->generation_id, client->joined->leader);
    CHECK_MESSAGE(leader->second == client->joined->leader, "two leaders in one generation");
    const bool got_assignment = client->synced && client->sync_error() == ErrorCode::NONE &&
                                !client->synced->assignment.empty();
    if (got_assignment) CHECK(client->assignment() == client->id());
  }
}

void step(GroupFixture& fixture, Clients& clients, std::mt19937& engine) {
  const auto pick = [&](int below) {
    return std::uniform_int_distribution<int>(0, below - 1)(engine);
  };
  GroupClient& client = *clients[static_cast<std::size_t>(pick(static_cast<int>(clients.size())))];
  const bool is_parked = !client.owes_nothing();
  const bool joined = client.joined && client.join_error() == ErrorCode::NONE;
  switch (pick(10)) {
    case 0:
    case 1:
    case 2:
      if (is_parked) break;
      if (client.joined && client.join_error() == ErrorCode::UNKNOWN_MEMBER_ID) {
        client.request.member_id.clear();
      }
      client.join();
      break;
    case 3:
    case 4:
    case 5:
      if (joined && !is_parked) client.sync_all();
      break;
    case 6:
      if (!client.id().empty()) client.heartbeat();
      break;
    case 7:
      if (joined) client.commit("orders", pick(10), pick(1'000));
      break;
    case 8:
      if (!is_parked && pick(3) == 0) {
        client.leave();
        client.request.member_id.clear();
        client.joined.reset();
      }
      break;
    case 9:
      if (pick(20) == 0) {
        fixture.start();  // the broker restarts
        // A generation that was never on disk is counted anew, as with Kafka.
        for (const auto& other : clients) other->joined.reset();
      } else if (pick(20) == 0) {
        fixture.clock.advance_ms(60'000);  // the machine sleeps
      } else {
        fixture.advance_ms(pick(2) == 0 ? pick(20) : pick(2'000));
      }
      break;
  }
  fixture.executor.run_ready();
}

void run_schedule(unsigned seed) {
  GroupFixture fixture;
  std::mt19937 engine(seed);
  Clients clients = make_clients(fixture, 5);
  for (std::size_t i = 0; i < clients.size(); ++i) {
    if (i % 3 == 1) clients[i]->request.group_instance_id = "instance-" + std::to_string(i);
    clients[i]->context.version = static_cast<protocol::Version>(i % 2 == 0 ? 7 : 3);
    clients[i]->request.rebalance_timeout_ms = 15'000;
  }
  for (int i = 0; i < 300; ++i) {
    step(fixture, clients, engine);
    check_leaders(clients);
  }
  // Left alone for longer than every timeout, nothing stays parked and nobody is left.
  fixture.advance_ms(400'000);
  for (const auto& client : clients) CHECK(client->owes_nothing());
  const std::string state = fixture.state_of("group");
  CHECK((state == "Empty" || state == "Dead"));
  // And the group works as on its first day.
  const Clients fresh = make_clients(fixture, 3);
  stabilize(fixture, fresh);
  CHECK(fixture.state_of("group") == "Stable");
}

TEST_CASE("random schedules: one leader a generation, nothing parked for ever, replay agrees") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    run_schedule(seed);
  }
}

}  // namespace
}  // namespace kreel::test
