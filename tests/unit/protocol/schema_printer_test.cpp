#include "protocol/schema_printer.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "unit/protocol/message_list.hpp"

namespace kreel::protocol {
namespace {

/// Message name -> its lines in tests/golden/protocol_schema.txt.
std::map<std::string, std::string> golden_schema() {
  std::ifstream file(KREEL_TEST_DATA "/golden/protocol_schema.txt");
  REQUIRE(file.is_open());
  std::map<std::string, std::string> messages;
  std::string* current = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    if (!line.starts_with(' ')) current = &messages[line.substr(0, line.find(' '))];
    REQUIRE(current != nullptr);
    *current += line + '\n';
  }
  return messages;
}

}  // namespace

TEST_CASE("schema: every field, version range, tag and default is Apache Kafka's") {
  const std::map<std::string, std::string> golden = golden_schema();
  std::size_t compared = 0;
  for_each_message([&]<class Message>(const std::string& name) {
    const auto expected = golden.find(name);
    REQUIRE_MESSAGE(expected != golden.end(), name);
    CHECK(schema_text<Message>(name) == expected->second);
    ++compared;
  });
  CHECK(compared == golden.size());
}

}  // namespace kreel::protocol
