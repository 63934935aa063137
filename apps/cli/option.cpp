#include "cli/option.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace kreel::cli {

Result<void> check_choice(std::string_view text, const std::vector<std::string>& choices) {
  if (std::ranges::find(choices, text) != choices.end()) return {};
  const auto near = nearest(text, choices);
  return fail(ErrorKind::kUsage,
              fmt::format("\"{}\" is not one of {}", text, fmt::join(choices, ", ")),
              near ? fmt::format("did you mean \"{}\"?", *near) : "");
}

Result<void> check_range(std::string_view text, const Option& option) {
  const auto number = parse_int64(text);
  if (!option.min || !number || (*number >= *option.min && *number <= *option.max)) return {};
  return fail(ErrorKind::kUsage,
              fmt::format("{} is outside {}..{}", *number, *option.min, *option.max));
}

}  // namespace kreel::cli
