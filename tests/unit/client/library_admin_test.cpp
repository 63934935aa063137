#include "client/library_admin.hpp"

#include <doctest/doctest.h>

#include "unit/client/mock_broker.hpp"

using namespace kreel;
using client::LibraryAdmin;
using client::only_library_logs_in;

namespace {

ClientConfig config_of(std::map<std::string, std::string> properties) {
  auto config = ClientConfig::from_properties(std::move(properties));
  REQUIRE(config);
  return *config;
}

}  // namespace

TEST_CASE("library admin: it is for logins that kreel's own client has not") {
  const auto only = [](const char* protocol, const char* mechanism, const char* method = "") {
    return only_library_logs_in(config_of({{"security.protocol", protocol},
                                           {"sasl.mechanisms", mechanism},
                                           {"sasl.oauthbearer.method", method}}));
  };
  CHECK_FALSE(only("SASL_SSL", "GSSAPI"));
  CHECK(only("SASL_PLAINTEXT", "OAUTHBEARER", "oidc"));
  CHECK_FALSE(only("SASL_PLAINTEXT", "OAUTHBEARER"));
  CHECK_FALSE(only("SASL_SSL", "SCRAM-SHA-512"));
  CHECK_FALSE(only("SSL", "OAUTHBEARER", "oidc"));
}

TEST_CASE("library admin: topics and offsets are found through librdkafka") {
  test::MockBroker broker;
  broker.create("orders");
  broker.produce("orders", {"a", "b", "c"});
  LibraryAdmin admin(broker.config());

  const std::vector<std::string> names{"orders", "order"};
  const auto topics = admin.describe_topics(names);
  REQUIRE_MESSAGE(topics, (topics ? std::string() : topics.error().message()));
  REQUIRE(topics->size() == 2);
  CHECK(topics->front().partitions.size() == 1);
  CHECK(topics->front().partitions.front().leader == 1);
  REQUIRE(topics->back().error);
  CHECK(topics->back().error->error.kind() == ErrorKind::kNotFound);
  CHECK(topics->back().error->error.hint() == "did you mean \"orders\"?");

  const std::vector<OffsetQuery> queries{{.at = {"orders", 0}, .spec = OffsetSpec::earliest()},
                                         {.at = {"orders", 0}, .spec = OffsetSpec::latest()}};
  for (const Isolation isolation : {Isolation::kReadCommitted, Isolation::kReadUncommitted}) {
    const auto offsets = admin.list_offsets(queries, isolation);
    REQUIRE(offsets);
    CHECK(offsets->front().offset == 0);
    CHECK(offsets->back().offset == 3);
  }
  const auto cluster = admin.describe_cluster();
  REQUIRE(cluster);
  CHECK(cluster->brokers.size() == 1);
}

TEST_CASE("library admin: what it has not is refused with the reason, before anything is asked") {
  const ClientConfig config = config_of({{"bootstrap.servers", "127.0.0.1:1"},
                                         {"security.protocol", "SASL_PLAINTEXT"},
                                         {"sasl.mechanisms", "OAUTHBEARER"},
                                         {"sasl.oauthbearer.method", "oidc"}});
  const auto admin = AdminClient::connect(config);
  REQUIRE(admin);
  const auto groups = (*admin)->list_groups({});
  REQUIRE_FALSE(groups);
  CHECK(groups.error().kind() == ErrorKind::kUsage);
  CHECK(groups.error().message() ==
        "sasl.mechanism=OAUTHBEARER: kreel's own client does not log in this way "
        "(sasl.oauthbearer.method)");
  CHECK(groups.error().hint().starts_with("produce and consume do, by librdkafka"));
}
