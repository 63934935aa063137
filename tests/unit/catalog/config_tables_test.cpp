#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "catalog/broker_configs.hpp"
#include "catalog/topic_configs.hpp"

using namespace kreel;
using catalog::ConfigDefinition;
using catalog::ConfigRule;
using catalog::ConfigType;

namespace {

// A golden line without its kind: name|type|default|validator|more.
struct Golden {
  std::string line;
  std::vector<std::string> fields;
};

std::vector<Golden> read_golden(const std::string& kind) {
  std::ifstream file(std::string(KREEL_TEST_DATA) + "/golden/configs_kafka43.txt");
  REQUIRE(file.is_open());
  std::vector<Golden> all;
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with(kind + "|")) continue;
    Golden golden;
    golden.line = line.substr(kind.size() + 1);
    for (const auto field : split(golden.line, '|')) golden.fields.emplace_back(field);
    REQUIRE(golden.fields.size() == 5);
    all.push_back(std::move(golden));
  }
  return all;
}

std::string type_text(ConfigType type) {
  static const std::map<ConfigType, std::string> kNames = {
      {ConfigType::kBoolean, "BOOLEAN"},  {ConfigType::kString, "STRING"},
      {ConfigType::kInt, "INT"},          {ConfigType::kShort, "SHORT"},
      {ConfigType::kLong, "LONG"},        {ConfigType::kDouble, "DOUBLE"},
      {ConfigType::kList, "LIST"},        {ConfigType::kClass, "CLASS"},
      {ConfigType::kPassword, "PASSWORD"}};
  return kNames.at(type);
}

std::string rule_text(const ConfigRule& rule) {
  switch (rule.kind) {
    case ConfigRule::Kind::kAny:
      return "";
    case ConfigRule::Kind::kRange:
      if (rule.max == std::numeric_limits<std::int64_t>::max()) {
        return fmt::format("[{},...]", rule.min);
      }
      return fmt::format("[{},...,{}]", rule.min, rule.max);
    case ConfigRule::Kind::kLevelOrMinusOne:
      return fmt::format("[{},...,{}] or -1", rule.min, rule.max);
    case ConfigRule::Kind::kOneOfAnyCase:
      return fmt::format("(case insensitive) [{}]", rule.words);
    case ConfigRule::Kind::kThrottledReplicas:
      return "[partitionId]:[brokerId],[partitionId]:[brokerId],...";
    default:
      return fmt::format("[{}]", rule.words);
  }
}

std::string definition_text(const ConfigDefinition& definition) {
  return fmt::format("{}|{}|{}|{}", definition.name, type_text(definition.type),
                     definition.has_default() ? definition.default_value : "<null>",
                     rule_text(definition.rule));
}

// Kafka says these where any text is taken.
std::string without_text_rules(std::string line) {
  for (const std::string rule : {"non-null string", "non-empty string", "non-empty list"}) {
    const auto at = line.find("|" + rule + "|");
    if (at != std::string::npos) line.erase(at + 1, rule.size());
  }
  return line;
}

}  // namespace

TEST_CASE("topic settings: names, types, defaults, ranges and synonyms are those of Kafka 4.3") {
  std::vector<std::string> ours;
  for (const catalog::TopicConfig& config : catalog::topic_configs()) {
    const auto name = config.definition.name;
    if (name == catalog::kInternalSegmentBytes || name.starts_with("kreel.")) continue;
    std::string synonyms;
    for (const auto& synonym : config.broker_synonyms()) {
      synonyms += fmt::format("{}{}*{}", synonyms.empty() ? "" : ",", synonym.name, synonym.factor);
    }
    ours.push_back(definition_text(config.definition) + "|" + synonyms);
  }
  std::vector<std::string> kafkas;
  for (const Golden& golden : read_golden("topic")) kafkas.push_back(golden.line);
  REQUIRE(kafkas.size() == 33);
  CHECK(ours == kafkas);
}

TEST_CASE("broker settings: the table is Kafka 4.3's but for the defaults of a single broker") {
  const std::map<std::string, std::string> own_defaults = {
      {"controller.listener.names", ""},
      {"group.initial.rebalance.delay.ms", "0"},
      {"listeners", "PLAINTEXT://127.0.0.1:9092"},
      {"max.connections", "20000"},
      {"node.id", "1"},
      {"offsets.topic.replication.factor", "1"},
      {"process.roles", "broker,controller"},
      {"sasl.server.max.receive.size", "65536"},
      {"share.coordinator.state.topic.min.isr", "1"},
      {"share.coordinator.state.topic.replication.factor", "1"},
      {"transaction.state.log.min.isr", "1"},
      {"transaction.state.log.replication.factor", "1"}};
  std::vector<std::string> kafkas;
  std::set<std::string> replaced;
  for (Golden& golden : read_golden("broker")) {
    if (const auto own = own_defaults.find(golden.fields[0]); own != own_defaults.end()) {
      CHECK(golden.fields[2] != own->second);
      golden.fields[2] = own->second;
      replaced.insert(own->first);
    }
    kafkas.push_back(without_text_rules(fmt::format("{}", fmt::join(golden.fields, "|"))));
  }
  CHECK(replaced.size() == own_defaults.size());
  std::vector<std::string> ours;
  // Kafka has them in its authorizer, not among its settings.
  const std::set<std::string_view> of_authorizer = {"allow.everyone.if.no.acl.found",
                                                    "super.users"};
  for (const catalog::BrokerConfigEntry& entry : catalog::broker_configs()) {
    if (of_authorizer.contains(entry.definition.name)) continue;
    const char* mode = entry.dynamic == catalog::DynamicMode::kReadOnly    ? "read-only"
                       : entry.dynamic == catalog::DynamicMode::kPerBroker ? "per-broker"
                                                                           : "cluster-wide";
    ours.push_back(definition_text(entry.definition) + "|" + mode);
  }
  REQUIRE(kafkas.size() == 340);
  REQUIRE(ours.size() == kafkas.size());
  for (std::size_t i = 0; i < ours.size(); ++i) CHECK(ours[i] == kafkas[i]);
}

TEST_CASE(
    "broker settings: each synonym of a topic setting is one, and a default passes its rule") {
  for (const catalog::TopicConfig& config : catalog::topic_configs()) {
    for (const auto& synonym : config.broker_synonyms()) {
      const auto* entry = catalog::find_broker_config(synonym.name);
      REQUIRE_MESSAGE(entry != nullptr, std::string(synonym.name));
      if (config.is_obeyed) CHECK(entry->use == catalog::BrokerConfigUse::kTopicDefault);
    }
    if (!config.definition.has_default()) continue;
    CHECK(catalog::check_config(config.definition, config.definition.default_value).has_value());
  }
  CHECK(catalog::find_broker_config("no.such.setting") == nullptr);
  CHECK(catalog::find_topic_config("retention") == nullptr);
}
