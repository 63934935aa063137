#include <doctest/doctest.h>

#include "protocol/messages/list_config_resources.hpp"
#include "unit/client/fake_cluster.hpp"

using namespace kreel;
using kreel::test::FakeBroker;

namespace {

void serve_resources(FakeBroker& broker, protocol::Version newest,
                     std::vector<std::int8_t>& asked) {
  test::serve_metadata(broker, {&broker}, {});
  broker.on<protocol::ListConfigResources>(
      [&asked](const protocol::ListConfigResourcesRequest& request, protocol::Version) {
        asked = request.resource_types;
        protocol::ListConfigResourcesResponse response;
        response.config_resources.push_back({"b", 16});
        response.config_resources.push_back({"a", 16});
        return response;
      },
      newest);
  broker.start();
}

}  // namespace

TEST_CASE("admin configs: the names of one type of resources come sorted") {
  FakeBroker broker;
  std::vector<std::int8_t> asked;
  serve_resources(broker, 1, asked);
  const auto names = test::connect_to(broker)->list_config_resources(ConfigResourceType::kGroup);
  broker.leave();
  REQUIRE(names);
  CHECK(*names == std::vector<std::string>{"a", "b"});
  CHECK(asked == std::vector<std::int8_t>{32});
}

TEST_CASE("admin configs: a broker before Kafka 4.1 lists client metrics alone") {
  FakeBroker broker;
  std::vector<std::int8_t> asked;
  serve_resources(broker, 0, asked);
  const auto admin = test::connect_to(broker);
  const auto metrics = admin->list_config_resources(ConfigResourceType::kClientMetrics);
  REQUIRE(metrics);
  CHECK(*metrics == std::vector<std::string>{"a", "b"});
  const auto groups = admin->list_config_resources(ConfigResourceType::kGroup);
  REQUIRE_FALSE(groups);
  CHECK(groups.error().message().starts_with("the broker does not support ListConfigResources"));
}
