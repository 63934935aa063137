#include <doctest/doctest.h>

#include "support/broker_fixture.hpp"

using namespace kreel;
using protocol::DescribeCluster;
using protocol::ErrorCode;

TEST_CASE("describe cluster: one broker that is its own controller") {
  test::BrokerFixture fixture(catalog::ConfigMap{{"node.id", "5"}, {"broker.rack", "r1"}});
  for (protocol::Version version = 0; version <= 2; ++version) {
    const auto response = fixture.call<DescribeCluster>({}, version);
    CHECK(response.error_code == ErrorCode::NONE);
    CHECK(response.cluster_id == fixture.logs().cluster_id());
    CHECK(response.controller_id == 5);
    REQUIRE(response.brokers.size() == 1);
    CHECK(response.brokers[0].broker_id == 5);
    CHECK(response.brokers[0].host == "127.0.0.1");
    CHECK(response.brokers[0].rack == "r1");
  }
}

TEST_CASE("describe cluster: operations on request, other endpoints refused") {
  test::BrokerFixture fixture;
  protocol::DescribeClusterRequest request;
  request.include_cluster_authorized_operations = true;
  CHECK(fixture.call<DescribeCluster>(request).cluster_authorized_operations == 8096);
  request.endpoint_type = 2;
  CHECK(fixture.call<DescribeCluster>(request).error_code == ErrorCode::MISMATCHED_ENDPOINT_TYPE);
  request.endpoint_type = 3;
  CHECK(fixture.call<DescribeCluster>(request).error_code == ErrorCode::UNSUPPORTED_ENDPOINT_TYPE);
}

TEST_CASE("describe cluster: a listener on any address tells the one that was reached") {
  test::BrokerFixture fixture;
  catalog::Listener any;
  any.host = "0.0.0.0";
  fixture.broker().set_listeners({any});
  const auto host = fixture.call<DescribeCluster>({}).brokers[0].host;
  CHECK(!host.empty());
  CHECK(host != "0.0.0.0");
  fixture.connection().local_host = "10.1.2.3";
  CHECK(fixture.call<DescribeCluster>({}).brokers[0].host == "10.1.2.3");
  protocol::FindCoordinatorRequest coordinator;
  coordinator.coordinator_keys = {"g"};
  CHECK(fixture.call<protocol::FindCoordinator>(coordinator).coordinators.at(0).host == "10.1.2.3");
  any.advertised_host = "example.org";
  any.advertised_port = 1234;
  fixture.broker().set_listeners({any});
  const auto advertised = fixture.call<DescribeCluster>({});
  CHECK(advertised.brokers[0].host == "example.org");
  CHECK(advertised.brokers[0].port == 1234);
}

// Old consumers commit with an empty group.id.
TEST_CASE("find coordinator: the group without a name has one") {
  test::BrokerFixture fixture;
  protocol::FindCoordinatorRequest request;
  CHECK(fixture.call<protocol::FindCoordinator>(request, 0).error_code == ErrorCode::NONE);
  request.coordinator_keys = {""};
  const auto found = fixture.call<protocol::FindCoordinator>(request).coordinators.at(0);
  CHECK(found.error_code == ErrorCode::NONE);
  CHECK(found.node_id == fixture.broker().config().node_id);
}

TEST_CASE("find coordinator: a key that is named twice is answered once") {
  test::BrokerFixture fixture;
  protocol::FindCoordinatorRequest request;
  request.coordinator_keys = {"b", "a", "b", "b"};
  const auto response = fixture.call<protocol::FindCoordinator>(request);
  REQUIRE(response.coordinators.size() == 2);
  CHECK(response.coordinators[0].key == "b");
  CHECK(response.coordinators[1].key == "a");
}
