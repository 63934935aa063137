#include <doctest/doctest.h>

#include <fmt/format.h>

#include "broker/limits.hpp"
#include "support/broker_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;
using kreel::test::BrokerFixture;

namespace {

const catalog::ConfigMap kWithAuthorizer = {
    {"authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"},
    {"super.users", "User:ANONYMOUS"}};

CreateAclsRequest::AclCreation creation(const std::string& name, const std::string& principal,
                                        AclOperation operation = AclOperation::kRead) {
  CreateAclsRequest::AclCreation wanted;
  wanted.resource_type = static_cast<std::int8_t>(AclResource::kTopic);
  wanted.resource_name = name;
  wanted.principal = principal;
  wanted.host = "*";
  wanted.operation = static_cast<std::int8_t>(operation);
  wanted.permission_type = static_cast<std::int8_t>(AclPermission::kAllow);
  return wanted;
}

/// "NONE INVALID_REQUEST"
std::string created(BrokerFixture& f, const std::vector<CreateAclsRequest::AclCreation>& creations,
                    Version version = 3) {
  CreateAclsRequest request;
  request.creations = creations;
  std::vector<std::string_view> codes;
  for (const auto& result : f.call<CreateAcls>(request, version).results) {
    codes.push_back(to_string(result.error_code));
    CHECK(result.error_message.has_value() == (result.error_code != ErrorCode::NONE));
  }
  return fmt::format("{}", fmt::join(codes, " "));
}

template <class Filter>
Filter everything() {
  Filter filter;
  filter.resource_type_filter = static_cast<std::int8_t>(AclResource::kAny);
  filter.resource_name_filter.reset();
  filter.pattern_type_filter = static_cast<std::int8_t>(AclPattern::kAny);
  filter.principal_filter.reset();
  filter.host_filter.reset();
  filter.operation = static_cast<std::int8_t>(AclOperation::kAny);
  filter.permission_type = static_cast<std::int8_t>(AclPermission::kAny);
  return filter;
}

/// "orders/3:User:a@*+Read,User:b@*+Read pay/4:…"
std::string described(BrokerFixture& f,
                      const DescribeAclsRequest& request = everything<DescribeAclsRequest>()) {
  const auto response = f.call<DescribeAcls>(request);
  if (response.error_code != ErrorCode::NONE) return std::string(to_string(response.error_code));
  std::string text;
  for (const auto& resource : response.resources) {
    text += fmt::format("{}{}/{}:", text.empty() ? "" : " ", resource.resource_name,
                        resource.pattern_type);
    for (const auto& acl : resource.acls) {
      text += fmt::format("{}{}@{}{}{}", text.ends_with(':') ? "" : ",", acl.principal, acl.host,
                          acl.permission_type == 3 ? '+' : '-',
                          to_string(static_cast<AclOperation>(acl.operation)));
    }
  }
  return text;
}

/// Per filter the number of ACLs that it has removed, or an error: "2 INVALID_REQUEST".
std::string removed(BrokerFixture& f,
                    const std::vector<DeleteAclsRequest::DeleteAclsFilter>& filters) {
  DeleteAclsRequest request;
  request.filters = filters;
  std::vector<std::string> results;
  for (const auto& result : f.call<DeleteAcls>(request).filter_results) {
    results.push_back(result.error_code == ErrorCode::NONE
                          ? std::to_string(result.matching_acls.size())
                          : std::string(to_string(result.error_code)));
  }
  return fmt::format("{}", fmt::join(results, " "));
}

}  // namespace

TEST_CASE("acls: they are made, told by resource, survive a crash, and go") {
  BrokerFixture f(kWithAuthorizer);
  CHECK(described(f).empty());
  auto prefix = creation("pay", "User:a", AclOperation::kWrite);
  prefix.resource_pattern_type = static_cast<std::int8_t>(AclPattern::kPrefixed);
  prefix.permission_type = static_cast<std::int8_t>(AclPermission::kDeny);
  prefix.host = "10.0.0.7";
  CHECK(created(f, {creation("orders", "User:a"), prefix, creation("orders", "User:b")}) ==
        "NONE NONE NONE");
  const std::string all = "orders/3:User:a@*+Read,User:b@*+Read pay/4:User:a@10.0.0.7-Write";
  CHECK(described(f) == all);
  // What is there already is no error, and is there once.
  CHECK(created(f, {creation("orders", "User:a"), creation("orders", "User:a")}, 1) == "NONE NONE");
  CHECK(described(f) == all);
  f.kill_and_restart();
  CHECK(described(f) == all);

  auto of_orders = everything<DescribeAclsRequest>();
  of_orders.resource_name_filter = "orders";
  of_orders.principal_filter = "User:b";
  CHECK(described(f, of_orders) == "orders/3:User:b@*+Read");

  auto filter = everything<DeleteAclsRequest::DeleteAclsFilter>();
  filter.resource_name_filter = "orders";
  auto again = filter;
  again.principal_filter = "User:a";
  CHECK(removed(f, {filter, again}) == "2 1");
  CHECK(described(f) == "pay/4:User:a@10.0.0.7-Write");
  CHECK(removed(f, {filter}) == "0");
  f.kill_and_restart();
  CHECK(described(f) == "pay/4:User:a@10.0.0.7-Write");
  f.restart();
  CHECK(removed(f, {everything<DeleteAclsRequest::DeleteAclsFilter>()}) == "1");
  CHECK(described(f).empty());
}

TEST_CASE("acls: what Kafka refuses is refused entry by entry, and the rest is made") {
  BrokerFixture f(kWithAuthorizer);
  const auto good = creation("orders", "User:a");
  const auto with = [&](auto change) {
    auto bad = good;
    change(bad);
    return bad;
  };
  const std::vector<CreateAclsRequest::AclCreation> bad = {
      with([](auto& acl) { acl.resource_type = 1; }),
      with([](auto& acl) { acl.resource_type = 0; }),
      with([](auto& acl) { acl.resource_type = 8; }),
      with([](auto& acl) { acl.resource_pattern_type = 1; }),
      with([](auto& acl) { acl.resource_pattern_type = 2; }),
      with([](auto& acl) { acl.resource_pattern_type = 5; }),
      with([](auto& acl) { acl.operation = 0; }),
      with([](auto& acl) { acl.operation = 1; }),
      with([](auto& acl) { acl.operation = 16; }),
      with([](auto& acl) { acl.permission_type = 1; }),
      with([](auto& acl) { acl.permission_type = -1; }),
      with([](auto& acl) { acl.resource_name.clear(); }),
      with([](auto& acl) { acl.resource_type = 4; }),
      with([](auto& acl) { acl.principal = "alice"; }),
      with([](auto& acl) { acl.host.clear(); }),
      with([](auto& acl) { acl.principal.append(broker::limits::kAclBytesMax, 'x'); })};
  for (const auto& acl : bad) {
    CAPTURE(described(f));
    CHECK(created(f, {acl, good}) == "INVALID_REQUEST NONE");
  }
  CHECK(described(f) == "orders/3:User:a@*+Read");
  CHECK(created(f, {with([](auto& acl) {
                  acl.resource_type = 4;
                  acl.resource_name = "kafka-cluster";
                })}) == "NONE");
}

TEST_CASE("acls: a filter of unknown types is refused, and means nothing") {
  BrokerFixture f(kWithAuthorizer);
  CHECK(created(f, {creation("orders", "User:a")}) == "NONE");
  auto request = everything<DescribeAclsRequest>();
  request.operation = 0;
  CHECK(described(f, request) == "INVALID_REQUEST");
  auto filter = everything<DeleteAclsRequest::DeleteAclsFilter>();
  filter.pattern_type_filter = 5;
  CHECK(removed(f, {filter}) == "INVALID_REQUEST");
  CHECK(described(f) == "orders/3:User:a@*+Read");
}

TEST_CASE("acls: filters that mean more than an answer can hold remove nothing") {
  BrokerFixture f(kWithAuthorizer);
  std::vector<CreateAclsRequest::AclCreation> many;
  constexpr int kMany = 200;
  for (int i = 0; i < kMany; ++i) many.push_back(creation(fmt::format("t{}", i), "User:a"));
  created(f, many);
  const auto filter = everything<DeleteAclsRequest::DeleteAclsFilter>();
  const std::string answer =
      removed(f, std::vector<DeleteAclsRequest::DeleteAclsFilter>(501, filter));
  CHECK(answer.starts_with("POLICY_VIOLATION POLICY_VIOLATION"));
  CHECK(f.catalog().snapshot()->acls()->all().size() == kMany);
}

TEST_CASE("acls: without an authorizer there are none") {
  BrokerFixture f;
  CHECK(created(f, {creation("orders", "User:a")}) == "SECURITY_DISABLED");
  CHECK(described(f) == "SECURITY_DISABLED");
  CHECK(removed(f, {everything<DeleteAclsRequest::DeleteAclsFilter>()}) == "SECURITY_DISABLED");
  CHECK(f.catalog().snapshot()->acls()->all().empty());
}
