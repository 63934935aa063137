#include "cli/record_template.hpp"

#include <doctest/doctest.h>
#include <kreel/text.hpp>

#include <set>

using namespace kreel;
using namespace kreel::cli;

namespace {

std::string made(std::string_view text, std::int64_t n = 7, std::uint64_t seed = 1) {
  const auto parsed = RecordTemplate::parse(text);
  if (!parsed) return parsed.error().message();
  std::mt19937_64 random(seed);
  std::string out;
  parsed->append(n, 1'763'712'000'000, random, out);
  return out;
}

}  // namespace

TEST_CASE("template: text stays, placeholders are filled in") {
  CHECK(made("plain {text}") == "plain {text}");
  CHECK(made(R"({"id":{{n}},"at":{{ now }}})") == R"({"id":7,"at":1763712000000})");
  CHECK(made("{{n}}{{n}}") == "77");
  CHECK(made("} } }} {") == "} } }} {");
  CHECK(made("").empty());
}

TEST_CASE("template: random numbers stay below their limit, and all are met") {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) seen.insert(made("{{random:3}}", 1, seed));
  CHECK(seen == std::set<std::string>{"0", "1", "2"});
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CHECK(parse_int64(made("{{random}}", 1, seed)).value_or(-1) < 1'000'000);
  }
}

TEST_CASE("template: a UUID has its version and variant, and differs each time") {
  const std::string uuid = made("{{uuid}}");
  REQUIRE(uuid.size() == 36);
  CHECK(uuid[14] == '4');
  CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
  CHECK(made("{{uuid}}", 1, 2) != uuid);
}

TEST_CASE("template: a placeholder that does not exist is named") {
  CHECK(made("{{number}}") == "column 1: \"{{number}}\" is no placeholder");
  CHECK(made("a {{random:0}}") == "column 3: \"{{random:0}}\" is no placeholder");
  CHECK(made("{{n}}{{random:x}}") == "column 6: \"{{random:x}}\" is no placeholder");
}

TEST_CASE("template: a placeholder without an end is told by its column") {
  CHECK(made("a{{n") == "column 2: \"{{\" is not closed");
  CHECK(made("{{n}} {{") == "column 7: \"{{\" is not closed");
  CHECK(made("{{n}") == "column 1: \"{{\" is not closed");
}
