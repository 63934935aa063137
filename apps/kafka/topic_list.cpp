#include "kafka/topic_list.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::kafka_tools {

Outcome<IncludeList> IncludeList::parse(std::string_view text) {
  std::string expression(trim(text));
  std::ranges::replace(expression, ',', '|');
  std::erase(expression, ' ');
  const auto is_quote = [](char c) { return c == '"' || c == '\''; };
  while (!expression.empty() && is_quote(expression.front())) expression.erase(0, 1);
  while (!expression.empty() && is_quote(expression.back())) expression.pop_back();
  auto pattern = JavaPattern::compile(expression);
  if (!pattern) {
    return thrown("java.lang.RuntimeException", expression + " is an invalid regex.",
                  ErrorKind::kUsage);
  }
  return IncludeList(std::move(*pattern));
}

std::string id_list(const std::vector<std::int32_t>& ids, std::string_view separator) {
  return fmt::format("{}", fmt::join(ids, separator));
}

}  // namespace kreel::kafka_tools
