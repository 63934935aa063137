#include <doctest/doctest.h>

#include <array>

#include <fmt/format.h>

#include "client/api_names.hpp"
#include "unit/client/fake_cluster.hpp"

using namespace kreel;
using kreel::test::FakeBroker;
using protocol::ErrorCode;

namespace {

Acl topic_acl(std::string name, std::string principal) {
  Acl acl;
  acl.name = std::move(name);
  acl.principal = std::move(principal);
  return acl;
}

}  // namespace

TEST_CASE("admin ACLs: what a filter means is asked for and comes sorted") {
  FakeBroker broker;
  test::serve_metadata(broker, {&broker}, {});
  broker.on<protocol::DescribeAcls>([](const protocol::DescribeAclsRequest& request,
                                       protocol::Version) {
    CHECK(request.resource_type_filter == static_cast<std::int8_t>(AclResource::kTopic));
    CHECK(request.resource_name_filter == "orders");
    CHECK(request.pattern_type_filter == static_cast<std::int8_t>(AclPattern::kMatch));
    CHECK_FALSE(request.principal_filter);
    protocol::DescribeAclsResponse response;
    response.resources.push_back({2, "orders", 3, {{"User:b", "*", 3, 3}, {"User:a", "*", 4, 2}}});
    // A kind of resource, a pattern and an operation that Kafka gets one day.
    response.resources.push_back({9, "mirror", 7, {{"User:a", "*", 99, 0}}});
    return response;
  });
  broker.start();
  const auto admin = test::connect_to(broker);
  AclFilter filter;
  filter.resource = AclResource::kTopic;
  filter.name = "orders";
  filter.pattern = AclPattern::kMatch;
  const auto found = admin->list_acls(filter);
  REQUIRE(found);
  REQUIRE(found->acls.size() == 3);
  CHECK_FALSE(found->error);
  CHECK(to_string(found->acls[0]) == "Deny User:a Write on topic \"orders\"");
  CHECK(to_string(found->acls[1]) == "Allow User:b Read on topic \"orders\"");
  CHECK(to_string(found->acls[2]) == "Unknown User:a Unknown on resource \"mirror\"");
  CHECK(to_string(found->acls[2].pattern) == "Unknown");
}

TEST_CASE("admin ACLs: a broker without an authorizer is an error that is known by its number") {
  FakeBroker broker;
  test::serve_metadata(broker, {&broker}, {});
  broker.on<protocol::DescribeAcls>([](const protocol::DescribeAclsRequest&, protocol::Version) {
    protocol::DescribeAclsResponse response;
    response.error_code = ErrorCode::SECURITY_DISABLED;
    response.error_message = "No Authorizer is configured.";
    return response;
  });
  broker.start();
  const auto found = test::connect_to(broker)->list_acls({});
  REQUIRE(found);
  REQUIRE(found->error);
  CHECK(found->error->code == static_cast<std::int16_t>(ErrorCode::SECURITY_DISABLED));
  CHECK(found->error->error.message() == "the broker has no authorizer, so there are no ACLs");
}

TEST_CASE("admin ACLs: the controller makes them, a thousand at a time, and each has its result") {
  FakeBroker one;
  FakeBroker two;
  for (FakeBroker* broker : {&one, &two}) test::serve_metadata(*broker, {&one, &two}, {});
  std::vector<std::size_t> sizes;
  one.on<protocol::CreateAcls>(
      [&sizes](const protocol::CreateAclsRequest& request, protocol::Version) {
        sizes.push_back(request.creations.size());
        protocol::CreateAclsResponse response;
        for (const auto& creation : request.creations) {
          auto& result = response.results.emplace_back();
          if (creation.resource_name != "t1001") continue;
          result.error_code = ErrorCode::INVALID_REQUEST;
          result.error_message = "no";
        }
        return response;
      });
  one.start();
  two.start();
  std::vector<Acl> acls;
  for (int i = 0; i < 1'500; ++i) acls.push_back(topic_acl(fmt::format("t{}", i), "User:a"));
  const auto results = test::connect_to(two)->create_acls(acls);
  REQUIRE(results);
  REQUIRE(results->size() == 1'500);
  CHECK(sizes == std::vector<std::size_t>{1'000, 500});
  CHECK_FALSE((*results)[1'000].error);
  REQUIRE((*results)[1'001].error);
  CHECK((*results)[1'001].acl.name == "t1001");
  CHECK((*results)[1'001].error->error.message() ==
        "Allow User:a Read on topic \"t1001\": no (INVALID_REQUEST)");
}

TEST_CASE("admin ACLs: each filter has what it deleted, and a reply that is short is an error") {
  FakeBroker broker;
  test::serve_metadata(broker, {&broker}, {});
  broker.on<protocol::DeleteAcls>(
      [](const protocol::DeleteAclsRequest& request, protocol::Version) {
        CHECK(request.filters.size() == 3);
        protocol::DeleteAclsResponse response;
        auto& first = response.filter_results.emplace_back();
        first.matching_acls.push_back(
            {ErrorCode::NONE, std::nullopt, 2, "orders", 3, "User:a", "*", 3, 3});
        first.matching_acls.push_back({ErrorCode::UNKNOWN_SERVER_ERROR, "broken", 2, "orders", 3,
                                       "User:b", "10.0.0.1", 3, 3});
        auto& second = response.filter_results.emplace_back();
        second.error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
        return response;
      });
  broker.start();
  const std::array<AclFilter, 3> filters{};
  const auto deleted = test::connect_to(broker)->delete_acls(filters);
  REQUIRE(deleted);
  REQUIRE(deleted->size() == 3);
  const auto& first = (*deleted)[0];
  REQUIRE(first.acls.size() == 2);
  CHECK(first.acls[0].acl == topic_acl("orders", "User:a"));
  CHECK_FALSE(first.acls[0].error);
  REQUIRE(first.acls[1].error);
  CHECK(first.acls[1].error->error.message() ==
        "Allow User:b Read on topic \"orders\" from 10.0.0.1: broken (UNKNOWN_SERVER_ERROR)");
  REQUIRE((*deleted)[1].error);
  CHECK((*deleted)[1].error->error.message() ==
        "not authorized: ALTER on the cluster (User:ANONYMOUS)");
  REQUIRE((*deleted)[2].error);
  CHECK((*deleted)[2].error->error.message() == "left out of the DeleteAcls reply");
}

TEST_CASE("admin ACLs: a rule is told in a line, with words for its kind of resource") {
  Acl acl = topic_acl("orders", "User:alice");
  acl.operation = AclOperation::kDescribeConfigs;
  CHECK(to_string(acl) == "Allow User:alice DescribeConfigs on topic \"orders\"");
  acl.pattern = AclPattern::kPrefixed;
  acl.permission = AclPermission::kDeny;
  CHECK(to_string(acl) == "Deny User:alice DescribeConfigs on topics that begin with \"orders\"");
  acl = topic_acl("*", "User:*");
  acl.resource = AclResource::kTransactionalId;
  acl.host = "::1";
  CHECK(to_string(acl) == "Allow User:* Read on all transactional ids from ::1");
  acl.resource = AclResource::kCluster;
  CHECK(to_string(acl) == "Allow User:* Read on the cluster from ::1");
}
