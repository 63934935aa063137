#include <doctest/doctest.h>

#include "catalog/effective_config.hpp"
#include "catalog/snapshot_builder.hpp"
#include "catalog/validation.hpp"

using namespace kreel;
using catalog::ConfigMap;
using catalog::ConfigSource;
using catalog::problem_with_topic_name;

TEST_CASE("topic names: Kafka's rules, in Kafka's words") {
  CHECK(!problem_with_topic_name("a"));
  CHECK(!problem_with_topic_name("Orders_2.of-May"));
  CHECK(!problem_with_topic_name(std::string(249, 'a')));
  CHECK(!problem_with_topic_name("..."));
  CHECK(problem_with_topic_name("") == "Topic name is invalid: the empty string is not allowed");
  CHECK(problem_with_topic_name(".") == "Topic name is invalid: '.' is not allowed");
  CHECK(problem_with_topic_name("..") == "Topic name is invalid: '..' is not allowed");
  CHECK(problem_with_topic_name("a b") ==
        "Topic name is invalid: 'a b' contains one or more characters other than ASCII "
        "alphanumerics, '.', '_' and '-'");
  for (const std::string& bad :
       std::vector<std::string>{"a/b", "a\n", "caf\xc3\xa9", std::string("a\0b", 3)}) {
    CHECK(problem_with_topic_name(bad));
  }
  CHECK(problem_with_topic_name(std::string(250, 'a')) ==
        "Topic name is invalid: the length of '" + std::string(250, 'a') +
            "' is longer than the max allowed length 249");
  CHECK(problem_with_topic_name(std::string(1'000'000, 'a'))->size() < 1'000);
}

TEST_CASE("topic names: dots and underscores collide") {
  catalog::SnapshotBuilder builder;
  auto topic = std::make_shared<catalog::Topic>();
  topic->name = "a.b_c";
  builder.put(topic);
  catalog::NameCollisions collisions(*builder.finish());
  CHECK(collisions.find("a_b.c") == "a.b_c");
  CHECK(collisions.find("a.b_c") == "a.b_c");
  CHECK(!collisions.find("a.b-c"));
  CHECK(!collisions.find("abc"));
  collisions.add("x_y");
  CHECK(collisions.find("x.y") == "x_y");
}

TEST_CASE("effective config: each layer lies over the next, with its source") {
  const auto& retention = *catalog::find_topic_config("retention.ms");
  ConfigMap nothing;
  const ConfigMap hours = {{"log.retention.hours", "2"}};
  const ConfigMap millis = {{"log.retention.ms", "9"}};
  const auto untouched =
      catalog::effective_topic_config(retention, {}, {nothing, nothing, nothing});
  CHECK(untouched.value == "604800000");
  CHECK(untouched.source == ConfigSource::kDefault);
  CHECK(untouched.synonyms.empty());
  const auto at_start = catalog::effective_topic_config(retention, {}, {nothing, nothing, hours});
  CHECK(at_start.value == "7200000");
  CHECK(at_start.source == ConfigSource::kStaticBroker);
  const auto dynamic = catalog::effective_topic_config(retention, {}, {nothing, millis, hours});
  CHECK(dynamic.value == "9");
  CHECK(dynamic.source == ConfigSource::kDynamicDefaultBroker);
  const auto own =
      catalog::effective_topic_config(retention, {{"retention.ms", "1"}}, {millis, nothing, hours});
  CHECK(own.value == "1");
  CHECK(own.source == ConfigSource::kTopic);
  REQUIRE(own.synonyms.size() >= 3);
  CHECK(own.synonyms[0].name == "retention.ms");
  CHECK(own.synonyms[1].name == "log.retention.ms");
  CHECK(own.synonyms[1].source == ConfigSource::kDynamicBroker);
  CHECK(own.synonyms[2].name == "log.retention.hours");
  CHECK(own.synonyms[2].value == "2");
}

TEST_CASE("effective config: an untouched setting has Kafka's default as its only synonym") {
  ConfigMap nothing;
  const auto policy = catalog::effective_topic_config(*catalog::find_topic_config("cleanup.policy"),
                                                      {}, {nothing, nothing, nothing});
  CHECK(policy.value == "delete");
  REQUIRE(policy.synonyms.size() == 1);
  CHECK(policy.synonyms[0].name == "log.cleanup.policy");
  CHECK(policy.synonyms[0].source == ConfigSource::kDefault);
}

TEST_CASE("effective config: a secret is never told") {
  const ConfigMap set = {{"ssl.key.password", "hunter2"}};
  ConfigMap nothing;
  const auto secret = catalog::effective_broker_config(
      *catalog::find_broker_config("ssl.key.password"), {nothing, nothing, set});
  CHECK(!secret.value);
  REQUIRE(secret.synonyms.size() == 1);
  CHECK(!secret.synonyms[0].value);
  CHECK(secret.source == ConfigSource::kStaticBroker);
}
