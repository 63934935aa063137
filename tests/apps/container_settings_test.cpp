#include "cli/container_settings.hpp"

#include <doctest/doctest.h>

#include <cctype>
#include <fstream>

#include <kreel/text.hpp>

using namespace kreel;
using namespace kreel::cli;

namespace {

using Config = std::map<std::string, std::string>;

ContainerSettings settings_of(const Environment& environment) {
  auto settings = container_settings(environment);
  REQUIRE(settings);
  return *settings;
}

std::string problem(const Environment& environment) {
  const auto settings = container_settings(environment);
  return settings ? "" : settings.error().message();
}

// Every broker setting of Apache Kafka, from the list that DescribeConfigs is checked with.
std::vector<std::string> broker_settings_of_kafka() {
  std::ifstream file(std::string(KREEL_TEST_DATA) + "/golden/configs_kafka43.txt");
  std::vector<std::string> names;
  for (std::string line; std::getline(file, line);) {
    const auto fields = split(line, '|');
    if (fields.size() > 1 && fields[0] == "broker") names.emplace_back(fields[1]);
  }
  REQUIRE(names.size() > 200);
  return names;
}

}  // namespace

TEST_CASE("container settings: a variable is the setting of its name") {
  const auto settings = settings_of({{"KAFKA_LISTENERS", "PLAINTEXT://:9092"},
                                     {"KAFKA_NUM_PARTITIONS", " 3 "},
                                     {"KAFKA_LISTENER_NAME_A__B_SSL___X", "1"},
                                     {"KAFKA_LOG_RETENTION_HOURS", ""},
                                     {"PATH", "/usr/bin"},
                                     {"KREEL_BROKERS", "h:1"}});
  CHECK(settings.config == Config{{"listeners", "PLAINTEXT://:9092"},
                                  {"num.partitions", "3"},
                                  {"listener.name.a_b.ssl-x", "1"}});
  CHECK(settings.without_meaning.empty());
}

TEST_CASE("container settings: every broker setting of Kafka has a variable, under either prefix") {
  for (const std::string& name : broker_settings_of_kafka()) {
    std::string variable = name;
    for (char& c : variable) c = c == '.' ? '_' : static_cast<char>(std::toupper(c));
    for (const char* prefix : {"KAFKA_", "KAFKA_CFG_"}) {
      // Alone, but for addresses: without any the settings of two are made up.
      Environment environment{{"KAFKA_LISTENERS", "L"}, {"KAFKA_CONTROLLER_LISTENER_NAMES", "C"}};
      environment[prefix + variable] = "x";
      const ContainerSettings settings = settings_of(environment);
      CAPTURE(prefix);
      CAPTURE(variable);
      CHECK(settings.without_meaning.empty());
      REQUIRE(settings.config.contains(name));
      CHECK(settings.config.at(name) == "x");
    }
  }
}

TEST_CASE("container settings: Bitnami's prefix wins over the plain one") {
  const auto settings = settings_of({{"KAFKA_CFG_LISTENERS", "PLAINTEXT://:9092"},
                                     {"KAFKA_CFG_NUM_PARTITIONS", "3"},
                                     {"KAFKA_NUM_PARTITIONS", "5"},
                                     {"ALLOW_PLAINTEXT_LISTENER", "yes"}});
  CHECK(settings.config == Config{{"listeners", "PLAINTEXT://:9092"}, {"num.partitions", "3"}});
}

TEST_CASE("container settings: what steers Java or an image's scripts is told") {
  const auto settings = settings_of({{"KAFKA_HEAP_OPTS", "-Xmx512M"},
                                     {"KAFKA_JMX_PORT", "9101"},
                                     {"KAFKA_LOG4J_LOGGERS", "kafka=INFO"},
                                     {"KAFKA_ENABLE_KRAFT", "yes"},
                                     {"KAFKA_VERSION", "3.9.0"},
                                     {"KAFKA_LISTENERS", "PLAINTEXT://:9092"}});
  CHECK(settings.config.size() == 1);
  CHECK(settings.without_meaning == std::vector<std::string>{"KAFKA_ENABLE_KRAFT",
                                                             "KAFKA_HEAP_OPTS", "KAFKA_JMX_PORT",
                                                             "KAFKA_LOG4J_LOGGERS"});
}

TEST_CASE("container settings: without listeners those of the advertised addresses are meant") {
  const auto settings =
      settings_of({{"KAFKA_ADVERTISED_LISTENERS",
                    "PLAINTEXT://broker:29092, PLAINTEXT_HOST://localhost:9092"}});
  CHECK(settings.config.at("listeners") ==
        "PLAINTEXT://0.0.0.0:29092,PLAINTEXT_HOST://0.0.0.0:9092");
}

TEST_CASE("container settings: without any address it is localhost:9092, on all interfaces") {
  const auto settings = settings_of({});
  CHECK(settings.config == Config{{"listeners", "PLAINTEXT://0.0.0.0:9092"},
                                  {"advertised.listeners", "PLAINTEXT://localhost:9092"}});
}

TEST_CASE("container settings: the names that addresses had before Kafka 3") {
  const auto settings = settings_of({{"KAFKA_PORT", "9093"},
                                     {"KAFKA_ADVERTISED_HOST_NAME", "192.168.99.100"},
                                     {"KAFKA_ADVERTISED_PORT", "19093"}});
  CHECK(settings.config == Config{{"listeners", "PLAINTEXT://0.0.0.0:9093"},
                                  {"advertised.listeners", "PLAINTEXT://192.168.99.100:19093"}});
}

TEST_CASE("container settings: a service that is called kafka sets nothing") {
  const auto settings = settings_of({{"KAFKA_PORT", "tcp://10.0.0.7:9092"},
                                     {"KAFKA_PORT_9092_TCP", "tcp://10.0.0.7:9092"},
                                     {"KAFKA_PORT_9092_TCP_ADDR", "10.0.0.7"},
                                     {"KAFKA_SERVICE_HOST", "10.0.0.7"},
                                     {"KAFKA_SERVICE_PORT_CLIENT", "9092"}});
  CHECK(settings.config.at("listeners") == "PLAINTEXT://0.0.0.0:9092");
  CHECK(settings.config.size() == 2);
}

TEST_CASE("container settings: topics to create stand between commas, blanks or a separator") {
  CHECK(settings_of({{"KAFKA_CREATE_TOPICS", "orders:6:1, audit:1:1:compact"}}).topics ==
        std::vector<std::string>{"orders:6:1", "audit:1:1:compact"});
  CHECK(settings_of({{"KAFKA_CREATE_TOPICS", "orders:6:1\naudit:1:1\n"}}).topics ==
        std::vector<std::string>{"orders:6:1", "audit:1:1"});
  CHECK(settings_of({{"KAFKA_CREATE_TOPICS", "orders:6:1;audit:1:1"},
                     {"KAFKA_CREATE_TOPICS_SEPARATOR", ";"}})
            .topics == std::vector<std::string>{"orders:6:1", "audit:1:1"});
}

TEST_CASE("container settings: the id of the cluster has three names") {
  CHECK(settings_of({{"CLUSTER_ID", "MkU3OEVBNTcwNTJENDM2Qk"}}).cluster_id ==
        "MkU3OEVBNTcwNTJENDM2Qk");
  CHECK(settings_of({{"KAFKA_KRAFT_CLUSTER_ID", "abcdefghijklmnopqrstuv"}}).cluster_id ==
        "abcdefghijklmnopqrstuv");
  CHECK(settings_of({{"KAFKA_CLUSTER_ID", "x"}}).config.count("cluster.id") == 0);
}

TEST_CASE("container settings: what an image would ask a command for is refused") {
  CHECK(problem({{"KAFKA_ADVERTISED_LISTENERS", "OUT://_{HOSTNAME_COMMAND}:9094"}}) ==
        "KAFKA_ADVERTISED_LISTENERS: kreel runs no commands, so nothing stands for "
        "_{HOSTNAME_COMMAND}");
}

TEST_CASE("container settings: a controller of its own is not what kreel can be") {
  CHECK(problem({{"KAFKA_PROCESS_ROLES", "controller"}}) ==
        "process.roles is controller alone, and kreel needs no controller");
  CHECK(settings_of({{"KAFKA_CFG_PROCESS_ROLES", "controller,broker"}})
            .config.at("controller.listener.names") == "CONTROLLER");
}
