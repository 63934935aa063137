#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "kafka/options.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::size_t kTableWidth = 80;
constexpr std::size_t kTableGap = 2;

std::string option_text(const Flag& flag) {
  if (flag.takes == Takes::kNothing) return "--" + flag.name;
  const std::string_view star = flag.required ? "* " : "";
  const bool maybe = flag.takes == Takes::kMaybeValue;
  return fmt::format("{}--{} {}{}{}", star, flag.name, maybe ? '[' : '<', flag.value,
                     maybe ? ']' : '>');
}

std::string description_text(const Flag& flag) {
  if (flag.fallback.empty()) return flag.help;
  return fmt::format("{} (default: {})", flag.help, flag.fallback);
}

// Words in lines of `width`; those after the first are indented by two columns.
std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines{""};
  for (std::string_view word : split(text, ' ')) {
    const bool is_first = lines.back().empty() || lines.back() == "  ";
    if (!is_first && lines.back().size() + 1 + word.size() > width) lines.emplace_back("  ");
    if (!lines.back().empty() && lines.back() != "  ") lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

}  // namespace

std::string jopt_table(std::span<const Flag> flags) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Flag& flag : flags) rows.emplace_back(option_text(flag), description_text(flag));
  std::ranges::sort(rows);
  const bool has_required = std::ranges::any_of(flags, &Flag::required);
  const std::string title = has_required ? "Option (* = required)" : "Option";
  rows.insert(rows.begin(),
              {{title, "Description"}, {std::string(title.size(), '-'), "-----------"}});
  std::size_t left = 0;
  for (const auto& [option, description] : rows) left = std::max(left, option.size());
  left = std::min(left, (kTableWidth - kTableGap) / 2);
  const std::size_t right = kTableWidth - kTableGap - left;
  std::string table;
  for (const auto& [option, description] : rows) {
    const auto options = wrapped(option, left);
    const auto texts = wrapped(description, right);
    for (std::size_t i = 0; i < std::max(options.size(), texts.size()); ++i) {
      table += fmt::format("{:<{}}  {:<{}}\n", i < options.size() ? options[i] : "", left,
                           i < texts.size() ? texts[i] : "", right);
    }
  }
  return table;
}

}  // namespace kreel::kafka_tools
