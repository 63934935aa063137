#include <doctest/doctest.h>

#include "catalog/topic_configs.hpp"

using namespace kreel;
using catalog::ConfigMap;

namespace {

// What Apache Kafka 4.3.1's LogConfig.validate says; "" where it takes the value.
std::string problem(const ConfigMap& overrides) {
  ConfigMap copy = overrides;
  return catalog::check_topic_configs(copy).value_or("");
}

std::string kept(const std::string& name, const std::string& value) {
  ConfigMap overrides = {{name, value}};
  REQUIRE(!catalog::check_topic_configs(overrides));
  return overrides[name];
}

}  // namespace

TEST_CASE("topic settings: numbers are refused in Kafka's words") {
  CHECK(problem({{"retention.ms", "abc"}}) ==
        "Invalid value abc for configuration retention.ms: Not a number of type LONG");
  CHECK(problem({{"retention.ms", ""}}) ==
        "Invalid value  for configuration retention.ms: Not a number of type LONG");
  CHECK(problem({{"retention.ms", "-2"}}) ==
        "Invalid value -2 for configuration retention.ms: Value must be at least -1");
  CHECK(problem({{"retention.ms", "9223372036854775808"}}) ==
        "Invalid value 9223372036854775808 for configuration retention.ms: Not a number of type "
        "LONG");
  CHECK(problem({{"segment.bytes", "99999999999"}}) ==
        "Invalid value 99999999999 for configuration segment.bytes: Not a number of type INT");
  CHECK(problem({{"segment.bytes", "1.5"}}) ==
        "Invalid value 1.5 for configuration segment.bytes: Not a number of type INT");
  CHECK(problem({{"segment.bytes", "100"}}) ==
        "Invalid value 100 for configuration segment.bytes: Value must be at least 1048576");
  CHECK(problem({{"compression.zstd.level", "23"}}) ==
        "Invalid value 23 for configuration compression.zstd.level: Value must be no more than 22");
  CHECK(problem({{"compression.gzip.level", "0"}}) ==
        "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 "
        "or equal to -1");
  CHECK(problem({{"min.cleanable.dirty.ratio", "2"}}) ==
        "Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than "
        "1");
  CHECK(problem({{"min.cleanable.dirty.ratio", "-0.5"}}) ==
        "Invalid value -0.5 for configuration min.cleanable.dirty.ratio: Value must be at least 0");
  CHECK(problem({{"min.cleanable.dirty.ratio", "x"}}) ==
        "Invalid value x for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE");
  CHECK(problem({{"min.cleanable.dirty.ratio", "nan"}}) != "");
}

TEST_CASE("topic settings: words and lists are refused in Kafka's words") {
  CHECK(problem({{"preallocate", "yes"}}) ==
        "Invalid value yes for configuration preallocate: Expected value to be either true or "
        "false");
  CHECK(problem({{"compression.type", "foo"}}) ==
        "Invalid value foo for configuration compression.type: String must be one of: "
        "uncompressed, zstd, lz4, snappy, gzip, producer");
  CHECK(problem({{"message.timestamp.type", "createtime"}}) ==
        "Invalid value createtime for configuration message.timestamp.type: String must be one of: "
        "CreateTime, LogAppendTime");
  CHECK(problem({{"cleanup.policy", "Delete"}}) ==
        "Invalid value Delete for configuration cleanup.policy: String must be one of: compact, "
        "delete");
  CHECK(problem({{"cleanup.policy", "delete,,compact"}}) ==
        "Configuration 'cleanup.policy' values must not be empty.");
  CHECK(problem({{"leader.replication.throttled.replicas", "x"}}) ==
        "Invalid value [x] for configuration leader.replication.throttled.replicas: "
        "leader.replication.throttled.replicas must be the literal '*' or a list of replicas in "
        "the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...");
  CHECK(problem({{"foo", "1"}}) == "Unknown topic config name: foo");
  CHECK(problem({{"message.format.version", "3.0"}}) ==
        "Unknown topic config name: message.format.version");
}

TEST_CASE("topic settings: what Kafka takes is taken, and kept in one form") {
  CHECK(kept("retention.ms", " 5 ") == "5");
  CHECK(kept("retention.ms", "+5") == "5");
  CHECK(kept("retention.bytes", "-7") == "-7");
  CHECK(kept("preallocate", "TRUE") == "true");
  CHECK(kept("cleanup.policy", "delete , compact") == "delete,compact");
  CHECK(kept("cleanup.policy", "") == "");
  CHECK(kept("min.cleanable.dirty.ratio", "0.5f") == "0.5");
  CHECK(kept("min.cleanable.dirty.ratio", "1e-1") == "1e-1");
  CHECK(kept("leader.replication.throttled.replicas", "*") == "*");
  CHECK(kept("leader.replication.throttled.replicas", "0:1,1:2") == "0:1,1:2");
  CHECK(kept("compression.gzip.level", "-1") == "-1");
  CHECK(kept("kreel.validate.records", "false") == "false");
  CHECK(kept("internal.segment.bytes", "1000") == "1000");
}

TEST_CASE("topic settings: settings that contradict each other are refused") {
  CHECK(problem({{"max.compaction.lag.ms", "50"}, {"min.compaction.lag.ms", "100"}}) ==
        "conflict topic config setting min.compaction.lag.ms (100) > max.compaction.lag.ms (50)");
  CHECK(problem({{"max.compaction.lag.ms", "50"}, {"min.compaction.lag.ms", "50"}}) == "");
  CHECK(problem({{"remote.storage.enable", "true"}}) ==
        "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with "
        "remote log storage.");
  CHECK(problem({{"remote.storage.enable", "false"}}) == "");
}

TEST_CASE("topic settings: more in-sync replicas than there are brokers are refused") {
  CHECK(problem({{"min.insync.replicas", "1"}}) == "");
  CHECK(problem({{"min.insync.replicas", "2"}})
            .starts_with("Invalid value 2 for configuration min.insync.replicas: "));
}

TEST_CASE("topic settings: a huge value is refused, and is not told back whole") {
  const std::string text = problem({{"compression.type", std::string(1'000'000, 'x')}});
  CHECK(text.size() < 500);
  CHECK(text.find("longer than 32767 bytes") != std::string::npos);
  CHECK(problem({{std::string(100'000, 'n'), "1"}}).size() < 500);
}
