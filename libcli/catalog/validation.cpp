#include "catalog/validation.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace kreel::catalog {
namespace {

bool is_legal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

bool can_collide(std::string_view name) {
  return name.find_first_of("._") != std::string_view::npos;
}

std::string unify(std::string_view name) {
  std::string unified(name);
  std::ranges::replace(unified, '.', '_');
  return unified;
}

}  // namespace

bool is_internal_topic(std::string_view name) {
  return name == kConsumerOffsetsTopic || name == kTransactionStateTopic ||
         name == "__share_group_state";
}

std::optional<std::string> problem_with_topic_name(std::string_view name) {
  if (name.empty()) return "Topic name is invalid: the empty string is not allowed";
  if (name == "." || name == "..") {
    return fmt::format("Topic name is invalid: '{}' is not allowed", name);
  }
  const std::string_view start = name.substr(0, 2 * kTopicNameBytesMax);
  if (name.size() > kTopicNameBytesMax) {
    return fmt::format(
        "Topic name is invalid: the length of '{}' is longer than the max allowed length {}", start,
        kTopicNameBytesMax);
  }
  if (!std::ranges::all_of(name, is_legal)) {
    return fmt::format(
        "Topic name is invalid: '{}' contains one or more characters other than "
        "ASCII alphanumerics, '.', '_' and '-'",
        start);
  }
  return std::nullopt;
}

NameCollisions::NameCollisions(const Snapshot& snapshot) {
  for (const auto& [name, topic] : snapshot.topics()) add(name);
}

std::optional<std::string> NameCollisions::find(std::string_view name) const {
  if (!can_collide(name)) return std::nullopt;
  const auto found = by_unified_name_.find(unify(name));
  return found == by_unified_name_.end() ? std::nullopt : std::optional(found->second);
}

void NameCollisions::add(const std::string& name) {
  if (can_collide(name)) by_unified_name_.emplace(unify(name), name);
}

}  // namespace kreel::catalog
