#include <doctest/doctest.h>

#include "catalog/broker_config.hpp"
#include "catalog/broker_configs.hpp"

using namespace kreel;
using catalog::ConfigMap;
using catalog::resolve_broker_config;

namespace {

catalog::BrokerConfig resolved(const ConfigMap& settings) {
  auto result = resolve_broker_config(settings);
  REQUIRE_MESSAGE(result.has_value(), result.error().message());
  return result->config;
}

std::string broker_problem(const ConfigMap& settings) {
  const auto result = resolve_broker_config(settings);
  if (result.has_value()) return "";
  CHECK(result.error().kind() == ErrorKind::kUsage);
  return result.error().message() +
         (result.error().hint().empty() ? "" : " / " + result.error().hint());
}

}  // namespace

TEST_CASE("broker config: nothing set is the struct's own defaults and no warning") {
  const auto result = resolve_broker_config({});
  REQUIRE(result.has_value());
  CHECK(result->warnings.empty());
  CHECK(result->config.listeners.empty());
  const catalog::BrokerConfig defaults;
  CHECK(result->config.num_partitions == defaults.num_partitions);
  CHECK(result->config.group_initial_rebalance_delay_ms == 0);
}

TEST_CASE("broker config: numbers are read under Kafka's names") {
  const auto config = resolved({{"num.partitions", "6"},
                                {"auto.create.topics.enable", "False"},
                                {"fetch.max.bytes", " 2000000 "},
                                {"group.max.session.timeout.ms", "9000"},
                                {"offsets.topic.num.partitions", "5"},
                                {"log.retention.hours", "1"}});
  CHECK(config.num_partitions == 6);
  CHECK(!config.auto_create_topics_enable);
  CHECK(config.fetch_max_bytes == 2'000'000);
  CHECK(config.group_max_session_timeout_ms == 9'000);
  CHECK(config.offsets_topic_num_partitions == 5);
  CHECK(config.set_by_user.at("fetch.max.bytes") == "2000000");
  CHECK(config.set_by_user.at("log.retention.hours") == "1");
}

TEST_CASE("broker config: a misspelt setting is refused with the nearest one") {
  CHECK(broker_problem({{"num.partition", "6"}}) ==
        "there is no setting \"num.partition\" / did you mean num.partitions?");
  CHECK(broker_problem({{"max.message.bytes", "5"}}) ==
        "max.message.bytes is a setting of topics, not of the broker / message.max.bytes is the "
        "default of all topics");
  CHECK(broker_problem({{"totally.unheard.of.thing.here", "6"}}) ==
        "there is no setting \"totally.unheard.of.thing.here\"");
}

TEST_CASE("broker config: what is wrong is said with the place where it stands") {
  const catalog::ConfigMap origins{{"num.partitions", "server.properties:3"},
                                   {"num.partition", "server.properties:4"}};
  const auto problem = [&](const char* name, const char* value) {
    const auto result =
        resolve_broker_config({{name, value}}, catalog::UnknownSettings::kRefuse, origins);
    return result ? "" : result.error().message();
  };
  CHECK(problem("num.partition", "1") ==
        "server.properties:4: there is no setting \"num.partition\"");
  CHECK(problem("num.partitions", "0").starts_with("server.properties:3: Invalid value 0"));
  CHECK(problem("num.io.threads", "0").starts_with("Invalid value 0"));
}

TEST_CASE("broker config: a value that Kafka refuses is refused in its words") {
  CHECK(broker_problem({{"num.partitions", "0"}}) ==
        "Invalid value 0 for configuration num.partitions: Value must be at least 1");
  CHECK(broker_problem({{"num.partitions", "many"}}) ==
        "Invalid value many for configuration num.partitions: Not a number of type INT");
  CHECK(broker_problem(
            {{"group.min.session.timeout.ms", "9"}, {"group.max.session.timeout.ms", "8"}}) != "");
}

TEST_CASE("broker config: what has no meaning here is listed, settings of older Kafkas as well") {
  const auto result = resolve_broker_config({{"num.io.threads", "8"},
                                             {"num.partitions", "2"},
                                             {"process.roles", "broker"},
                                             {"confluent.license.topic.replication.factor", "1"},
                                             {"inter.broker.protocol.version", "2.8"},
                                             {"zookeeper.connect", "zookeeper:2181"}});
  REQUIRE(result.has_value());
  CHECK(result->without_meaning ==
        std::vector<std::string>{"confluent.license.topic.replication.factor",
                                 "inter.broker.protocol.version", "num.io.threads", "process.roles",
                                 "zookeeper.connect"});
  CHECK(result->warnings.empty());
  CHECK(result->config.set_by_user.count("zookeeper.connect") == 0);
}

TEST_CASE("broker config: what Apache Kafka reads without documenting it is taken, too") {
  const auto result = resolve_broker_config({{"log.initial.task.delay.ms", "500"},
                                             {"producer.id.expiration.check.interval.ms", "500"},
                                             {"unstable.api.versions.enable", "true"},
                                             {"unstable.feature.versions.enable", "true"}});
  REQUIRE(result.has_value());
  CHECK(result->without_meaning == std::vector<std::string>{"log.initial.task.delay.ms",
                                                            "unstable.api.versions.enable",
                                                            "unstable.feature.versions.enable"});
  CHECK(result->warnings.empty());
}

TEST_CASE("broker config: where unknown settings are skipped each costs a line with the nearest") {
  const auto result = resolve_broker_config({{"num.partitons", "6"}, {"rest.host", "x"}},
                                            catalog::UnknownSettings::kSkip);
  REQUIRE(result.has_value());
  CHECK(result->warnings ==
        std::vector<std::string>{"there is no setting \"num.partitons\"; did you mean "
                                 "num.partitions?",
                                 "there is no setting \"rest.host\""});
  CHECK(result->config.num_partitions == 1);
}

TEST_CASE("broker config: what would keep people out is refused, not skipped (CVE-2026-33557)") {
  CHECK(broker_problem({{"authorizer.class.name", "com.example.MyAuthorizer"}}) != "");
  CHECK(broker_problem({{"create.topic.policy.class.name", "x.Y"}}) != "");
  CHECK(broker_problem({{"authorizer.class.name", ""}}) == "");
  CHECK(broker_problem({{"listeners", "IN://:9093"},
                        {"listener.security.protocol.map", "IN:SASL_TLS"}}) != "");
}

TEST_CASE("broker config: super users that are separated by commas are told of") {
  const auto warnings = [](const std::string& users) {
    const auto result = resolve_broker_config(
        {{"authorizer.class.name", std::string(kStandardAuthorizer)}, {"super.users", users}});
    REQUIRE(result.has_value());
    return result->warnings;
  };
  CHECK(warnings("User:alice;User:CN=ops,O=example,C=DE").empty());
  const std::string told =
      "super.users: \"User:alice,User:bob\" is one user: they are separated by "
      "semicolons";
  CHECK(warnings("User:alice,User:bob") == std::vector<std::string>{told});
  CHECK(warnings("User:alice,bob").size() == 1);
  CHECK(warnings("User:CN=a,O=b,User:CN=c").size() == 1);
}

TEST_CASE("broker config: the authorizer is Kafka's own, and its settings need it") {
  const std::string standard = "org.apache.kafka.metadata.authorizer.StandardAuthorizer";
  CHECK_FALSE(resolved({}).authorizer);
  CHECK_FALSE(resolved({{"allow.everyone.if.no.acl.found", "false"}}).authorizer);
  const auto plain = resolved({{"authorizer.class.name", standard}}).authorizer;
  REQUIRE(plain);
  CHECK(plain->super_users.empty());
  CHECK_FALSE(plain->allow_everyone_if_no_acl_found);
  const auto full = resolved({{"authorizer.class.name", standard},
                              {"super.users", " User:alice; User:CN=ops,O=x ;"},
                              {"allow.everyone.if.no.acl.found", "true"}})
                        .authorizer;
  REQUIRE(full);
  CHECK(full->super_users == std::vector<std::string>{"User:alice", "User:CN=ops,O=x"});
  CHECK(full->allow_everyone_if_no_acl_found);
  CHECK(broker_problem({{"super.users", "User:alice"}}).find("there is no authorizer") !=
        std::string::npos);
  CHECK(broker_problem({{"allow.everyone.if.no.acl.found", "true"}}) != "");
  CHECK(broker_problem({{"authorizer.class.name", standard}, {"super.users", "alice"}}) != "");
  CHECK(broker_problem({{"authorizer.class.name", standard}, {"super.users", "User:"}}) != "");
  CHECK(broker_problem({{"authorizer.class.name", "kafka.security.authorizer.AclAuthorizer"}}) !=
        "");
}

TEST_CASE("broker config: node.id and broker.id are one") {
  CHECK(resolved({}).node_id == 1);
  CHECK(resolved({{"node.id", "7"}}).node_id == 7);
  CHECK(resolved({{"broker.id", "3"}}).node_id == 3);
  CHECK(resolved({{"broker.id", "-1"}}).node_id == 1);
  CHECK(broker_problem({{"broker.id", "3"}, {"node.id", "4"}}) != "");
}

TEST_CASE("broker config: listeners have a name, an address and what they advertise") {
  const auto config = resolved(
      {{"listeners", "INTERNAL://127.0.0.1:19092, outside://[::1]:9092,CONTROLLER://:9093"},
       {"advertised.listeners", "OUTSIDE://example.org:29092"},
       {"controller.listener.names", "CONTROLLER"},
       {"listener.security.protocol.map",
        "INTERNAL:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT"}});
  REQUIRE(config.listeners.size() == 2);
  CHECK(config.listeners[0].name == "INTERNAL");
  CHECK(config.listeners[0].host == "127.0.0.1");
  CHECK(config.listeners[0].port == 19092);
  CHECK(config.listeners[0].advertised_host.empty());
  CHECK(config.listeners[1].name == "OUTSIDE");
  CHECK(config.listeners[1].host == "::1");
  CHECK(config.listeners[1].advertised_host == "example.org");
  CHECK(config.listeners[1].advertised_port == 29092);
  CHECK(resolved({{"listeners", "PLAINTEXT://:9092"}}).listeners[0].host.empty());
}

TEST_CASE("broker config: one broker has one replica in sync, whatever is asked for") {
  const auto asked = catalog::resolve_broker_config({{"min.insync.replicas", "2"}});
  REQUIRE(asked.has_value());
  CHECK(asked->config.set_by_user.at("min.insync.replicas") == "1");
  CHECK(asked->warnings ==
        std::vector<std::string>{"min.insync.replicas is 1, not 2: kreel is one broker"});
  CHECK(asked->without_meaning.empty());
  const auto enough = catalog::resolve_broker_config({{"min.insync.replicas", "1"}});
  REQUIRE(enough.has_value());
  CHECK(enough->warnings.empty());
}

TEST_CASE("broker config: strangers get 64 KiB at most, whatever is asked for") {
  const auto asked = catalog::resolve_broker_config({{"sasl.server.max.receive.size", "524288"}});
  REQUIRE(asked.has_value());
  CHECK(asked->config.sasl_server_max_receive_size == 65'536);
  CHECK(asked->config.set_by_user.at("sasl.server.max.receive.size") == "65536");
  REQUIRE(asked->warnings.size() == 1);
  CHECK(
      asked->warnings[0] ==
      "sasl.server.max.receive.size is 65536, not 524288: the most that kreel takes of strangers");
}

TEST_CASE("broker config: a controller's listener is left out where it is advertised, too") {
  const auto config =
      resolved({{"listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"},
                {"advertised.listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093"},
                {"controller.listener.names", "CONTROLLER"},
                {"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:SASL_SSL"}});
  REQUIRE(config.listeners.size() == 1);
  CHECK(config.listeners[0].advertised_host == "localhost");
}

TEST_CASE("broker config: listeners that mean nothing are refused") {
  CHECK(broker_problem({{"listeners", "127.0.0.1:9092"}}) != "");
  CHECK(broker_problem({{"listeners", "PLAINTEXT://127.0.0.1:99999"}}) != "");
  CHECK(broker_problem({{"listeners", "PLAINTEXT://a:1,PLAINTEXT://b:2"}}) != "");
  CHECK(broker_problem({{"listeners", "INSIDE://a:1"}}) != "");
  CHECK(broker_problem(
            {{"listeners", "PLAINTEXT://a:1"}, {"advertised.listeners", "OTHER://a:1"}}) != "");
  CHECK(broker_problem({{"listeners", "PLAINTEXT://a:1"},
                        {"advertised.listeners", "PLAINTEXT://0.0.0.0:1"}}) != "");
  CHECK(broker_problem({{"listener.security.protocol.map", "A"}, {"listeners", "A://a:1"}}) != "");
}

TEST_CASE("broker config: what changes while the broker runs is what takes effect then") {
  const auto refused = [](bool default_broker, ConfigMap overrides) {
    return catalog::check_dynamic_broker_configs(default_broker, overrides).value_or("");
  };
  CHECK(refused(true, {{"log.retention.ms", "5"}, {"num.io.threads", "9"}}) == "");
  CHECK(refused(true, {{"log.retention.hours", "5"}}) ==
        "Cannot update these configs dynamically: [log.retention.hours]");
  CHECK(refused(false, {{"max.connections", "5"}, {"nonsense", "1"}}) ==
        "Cannot update these configs dynamically: [max.connections, nonsense]");
  CHECK(refused(true, {{"ssl.protocol", "TLSv1.3"}}) ==
        "Cannot update these configs at default cluster level, broker id must be specified: "
        "[ssl.protocol]");
  CHECK(refused(false, {{"ssl.protocol", "TLSv1.3"}}) == "");
  CHECK(refused(false, {{"log.segment.bytes", "1"}}) ==
        "Invalid value 1 for configuration log.segment.bytes: Value must be at least 1048576");
}
