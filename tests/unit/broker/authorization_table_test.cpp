#include <doctest/doctest.h>

#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "broker/authorization/access_rules.hpp"

// What is documented is what is enforced (CVE-2026-41115): both come from access_rules.def.

using namespace kreel;
using broker::AccessRule;
using broker::Denial;

namespace {

std::string_view words_of(AclResource resource) {
  switch (resource) {
    case AclResource::kTopic:
      return "topic";
    case AclResource::kGroup:
      return "group";
    case AclResource::kCluster:
      return "cluster";
    default:
      return "transactional id";
  }
}

std::string words_of(const AccessRule& rule) {
  switch (rule.denial) {
    case Denial::kRefused:
      return fmt::format("{} for the request", to_string(rule.error));
    case Denial::kItem:
      return std::string(to_string(rule.error));
    case Denial::kHidden:
      return "left out";
    default:
      return "not told";
  }
}

/// The lines of the table in libcli/README.md.
std::string table() {
  std::string text;
  std::optional<protocol::ApiKey> last;
  std::string needs;
  for (const AccessRule& rule : broker::access_rules()) {
    needs += fmt::format("{}{} on the {}", needs.empty() ? "" : " or ", to_string(rule.operation),
                         words_of(rule.resource));
    if (rule.denial == Denial::kNext) continue;
    const bool is_new = rule.api != last;
    last = rule.api;
    text += fmt::format("| {} | {}{}{} | {} |\n", is_new ? protocol::api_info(rule.api).name : "",
                        needs, rule.when.empty() ? "" : ": ", rule.when, words_of(rule));
    needs.clear();
  }
  return text;
}

}  // namespace

TEST_CASE("authorization: libcli/README.md has the table that is enforced (CVE-2026-41115)") {
  std::ifstream file(std::string(KREEL_TEST_DATA) + "/../libcli/README.md");
  std::stringstream content;
  content << file.rdbuf();
  const std::string readme = content.str();
  const std::string head = "| request | needs | without it |\n|---|---|---|\n";
  const auto at = readme.find(head);
  REQUIRE(at != std::string::npos);
  const auto end = readme.find("\n\n", at);
  const std::string written = readme.substr(at + head.size(), end + 1 - at - head.size());
  const bool is_same = written == table();
  CHECK_MESSAGE(is_same, "it should be\n" << table());
}

TEST_CASE("authorization: each rule of the table says one thing") {
  for (const AccessRule& rule : broker::access_rules()) {
    CAPTURE(rule.name);
    const bool has_error = rule.denial == Denial::kRefused || rule.denial == Denial::kItem;
    const bool is_settings = rule.name == "create_topics_configs";
    CHECK((rule.error != protocol::ErrorCode::NONE) == (has_error || is_settings));
    // Kafka asks for it, though its tools do not offer it.
    if (rule.name == "delete_topics_any") continue;
    const auto& known = acl_operations(rule.resource);
    CHECK(std::ranges::find(known, rule.operation) != known.end());
  }
}
