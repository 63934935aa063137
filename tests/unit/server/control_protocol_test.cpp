#include "server/control_protocol.hpp"

#include <doctest/doctest.h>

#include "base/random.hpp"

using namespace kreel;

namespace {

struct Rig {
  SeededRandom random{1};
  broker::Faults faults{random};
  std::string give(std::string_view line) { return server::answer_control(faults, "cid", line); }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("control: add answers with all faults that are set, and clear with what is left") {
  Rig rig;
  const std::string added = rig.give(
      R"({"op":"add","faults":["produce:NOT_LEADER_OR_FOLLOWER:3"],"latencies":["fetch=1s-2s"],)"
      R"("drop":"1%"})");
  CHECK(has(added, R"("ok":true)"));
  CHECK(has(added, R"("api":"produce")"));
  CHECK(has(added, R"("left":3)"));
  CHECK(has(added, R"("latency_max_ms":2000)"));
  CHECK(has(added, R"("percent":1.0)"));
  CHECK(rig.give(R"({"op":"list"})") == added);
  CHECK(has(rig.give(R"({"op":"clear","ids":[1,3]})"), R"("kind":"latency")"));
  CHECK(rig.faults.list().size() == 1);
  CHECK(rig.give(R"({"op":"clear"})") == R"({"cluster_id":"cid","faults":[],"ok":true})");
}

TEST_CASE("control: what cannot be done is refused whole, with the exit code of its kind") {
  Rig rig;
  const std::string refused = rig.give(R"({"op":"add","latencies":["fetch=1s"],"faults":["x:y"]})");
  CHECK(has(refused, R"("ok":false)"));
  CHECK(has(refused, R"("code":2)"));
  CHECK(rig.faults.list().empty());
  CHECK(has(rig.give(R"({"op":"clear","ids":[9]})"), R"("code":6)"));
}

TEST_CASE("control: lines that are no orders change nothing") {
  Rig rig;
  for (const char* line : {"", "{", "[]", "null", "\xff", R"({"op":7})", R"({"op":"stop"})",
                           R"({"op":"add","faults":"x"})", R"({"op":"add","faults":[1]})",
                           R"({"op":"add","drop":1})", R"({"op":"clear","ids":{}})",
                           R"({"op":"clear","ids":["1"]})"}) {
    CAPTURE(line);
    CHECK(has(rig.give(line), R"("ok":false)"));
  }
  CHECK(rig.faults.list().empty());
}
