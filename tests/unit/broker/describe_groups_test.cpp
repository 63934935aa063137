#include <doctest/doctest.h>

#include <limits>

#include "broker/group_service.hpp"
#include "support/broker_fixture.hpp"

using namespace kreel;
using protocol::DescribeGroups;
using protocol::ErrorCode;

TEST_CASE("describe groups: what may be done with a group is told when it is asked") {
  constexpr std::int32_t kNotAsked = std::numeric_limits<std::int32_t>::min();
  // Kafka's read (3), delete (6), describe (8), describe configs (10) and alter configs (11).
  constexpr std::int32_t kAll = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;
  test::BrokerFixture fixture;
  fixture.create_topic("__consumer_offsets", 50);
  fixture.broker().groups().load();
  fixture.work();
  protocol::DescribeGroupsRequest request;
  request.groups = {"g"};
  for (protocol::Version version = 3; version <= 6; ++version) {
    request.include_authorized_operations = false;
    auto response = fixture.call<DescribeGroups>(request, version);
    REQUIRE(response.groups.size() == 1);
    CHECK(response.groups[0].authorized_operations == kNotAsked);
    request.include_authorized_operations = true;
    response = fixture.call<DescribeGroups>(request, version);
    const bool is_found = response.groups[0].error_code == ErrorCode::NONE;
    CHECK(is_found == (version < 6));
    CHECK(response.groups[0].authorized_operations == (is_found ? kAll : kNotAsked));
  }
}
