#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/parse.hpp"

namespace kreel::cli {
namespace {

// The hint for a kcat offset given as -o; empty when it is none.
std::string offset_hint(std::string_view text) {
  const auto use = [](std::string_view option, std::string_view position) {
    return fmt::format("use {} {}", option, position);
  };
  if (text == "end") return use("--from", "end");
  if (text == "beginning" || text == "start") return use("--from", "start");
  if (text == "stored") return use("--from", "committed");
  if (text.starts_with('@') || text.starts_with("s@")) {
    return use("--from", text.substr(text.find('@')));
  }
  if (text.starts_with("e@")) return use("--until", text.substr(1));
  const auto number = parse_int64(text);
  if (!number) return {};
  return use("--from", *number < 0 ? fmt::format("end{}", text) : std::string(text));
}

}  // namespace

Result<void> check_format(const Command& command, const std::string& text, std::string_view flag) {
  if (const std::string hint = offset_hint(text); !hint.empty()) {
    return fail(ErrorKind::kUsage, fmt::format("-o {}: the output format is no offset here", text),
                hint);
  }
  const auto checked = check_choice(text, formats_of(command));
  if (!checked) return fail(Error(checked.error()).with_context(flag));
  return {};
}

bool asks_for_json(const std::vector<std::string>& words) {
  bool json = false;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    std::string_view value;
    if ((words[i] == "-o" || words[i] == "--output") && i + 1 < words.size()) {
      value = words[i + 1];
    } else if (words[i].starts_with("--output=")) {
      value = std::string_view(words[i]).substr(9);
    } else if (words[i].starts_with("-o")) {
      value = std::string_view(words[i]).substr(2);
    } else {
      continue;
    }
    json = value == "json" || value == "jsonl";
  }
  return json;
}

}  // namespace kreel::cli
