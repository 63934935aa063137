#include "kafka/options.hpp"

#include <doctest/doctest.h>

using namespace kreel::kafka_tools;

namespace {

const std::vector<Flag>& tool_flags() {
  static const std::vector<Flag> flags = {
      {"topic", Takes::kValue, "String: topic", "The topic."},
      {"time", Takes::kValue, "String", "The time.", "latest"},
      {"partitions", Takes::kValue, "Integer: # of partitions", "How many."},
      {"state", Takes::kMaybeValue, "String", "The state."},
      {"list", Takes::kNothing, "", "Lists."}};
  return flags;
}

auto parsed_words(const std::vector<std::string>& words) {
  return parse_jopt(tool_flags(), words);
}

std::string message_of(const std::vector<std::string>& words) {
  const auto options = parsed_words(words);
  return options ? "" : options.error().message;
}

}  // namespace

TEST_CASE("joptsimple: a value follows, or stands behind the first =, after one dash or two") {
  const auto options = parsed_words({"--topic=a=b", "-time", "-1", "ignored", "--list"});
  REQUIRE(options);
  CHECK(options->value_or("topic", "-").value() == "a=b");
  CHECK(options->value_or("time", "-").value() == "-1");
  CHECK(options->has("list"));
  CHECK_FALSE(options->has("ignored"));
  CHECK(parsed_words({"--topic="})->value_or("topic", "-").value().empty());
}

TEST_CASE("joptsimple: an optional value is no option, and -- ends them all") {
  const auto options = parsed_words({"--state", "--list", "--", "--topic", "x"});
  REQUIRE(options);
  CHECK(options->has("state"));
  CHECK(options->values("state").empty());
  CHECK(options->has("list"));
  CHECK_FALSE(options->has("topic"));
  CHECK(parsed_words({"--state", "Stable"})->values("state").front() == "Stable");
}

TEST_CASE("joptsimple: names are not abbreviated, and one dash is read letter by letter") {
  CHECK(message_of({"--top", "x"}) == "top is not a recognized option");
  CHECK(message_of({"-foo"}) == "f is not a recognized option");
  CHECK(message_of({"--topic"}) == "Option topic requires an argument");
  CHECK(parsed_words({"--foo"}).error().type == "joptsimple.UnrecognizedOptionException");
}

TEST_CASE("joptsimple: what is wrong with a value is told when it is looked at") {
  const auto options = parsed_words({"--partitions", "x", "--topic", "a", "--topic", "b"});
  REQUIRE(options);
  CHECK(options->integer("partitions").error().message ==
        "Cannot parse argument 'x' of option partitions");
  CHECK(options->value("topic").error().message ==
        "Found multiple arguments for option topic, but you asked for only one");
  CHECK(options->values("topic") == std::vector<std::string>{"a", "b"});
}

TEST_CASE("the option table has two columns in 80, sorted by name") {
  const std::string table = jopt_table(tool_flags());
  CHECK(table.starts_with("Option"));
  CHECK(table.find("--partitions <Integer: # of") != std::string::npos);
  CHECK(table.find("The time. (default: latest)") != std::string::npos);
  CHECK(table.find("--list") < table.find("--topic"));
}

TEST_CASE("numbers are printed as Java prints them") {
  CHECK(java_double(1024) == "1024.0");
  CHECK(java_double(1e7) == "1.0E7");
  CHECK(java_double(0.0001) == "1.0E-4");
  CHECK(java_float(1.1F) == "1.1");
  CHECK(java_double(0.5) == "0.5");
}

TEST_CASE("a HashMap has its keys in the order of their hashes") {
  CHECK(java_hash("orders") == -1008770331);
  const std::vector<std::string> names = {"__consumer_offsets", "__transaction_state", "a.b",
                                          "orders"};
  std::vector<std::string> ordered;
  for (const std::size_t i : copied_hash_map_order(names)) ordered.push_back(names[i]);
  CHECK(ordered == std::vector<std::string>{"orders", "a.b", "__consumer_offsets",
                                            "__transaction_state"});
}
