#include <algorithm>
#include <array>

#include "kreel/client_config.hpp"

namespace kreel {
namespace {

constexpr PropertyScope kGlobal = PropertyScope::kGlobal;
constexpr PropertyScope kProducer = PropertyScope::kProducer;
constexpr PropertyScope kConsumer = PropertyScope::kConsumer;

constexpr auto kTable = std::to_array<PropertyInfo>({
#define KREEL_PROPERTY(name, canonical, scope, secret) {name, canonical, scope, secret},
#include "client/property_table.def"
#undef KREEL_PROPERTY
});
static_assert(std::ranges::is_sorted(kTable, {}, &PropertyInfo::name));

const PropertyInfo* exact(std::string_view name) {
  const auto at = std::ranges::lower_bound(kTable, name, {}, &PropertyInfo::name);
  return at != kTable.end() && at->name == name ? at : nullptr;
}

}  // namespace

const PropertyInfo* property_info(std::string_view name) {
  if (const PropertyInfo* info = exact(name)) return info;
  constexpr std::string_view kTopicPrefix = "topic.";
  return name.starts_with(kTopicPrefix) ? exact(name.substr(kTopicPrefix.size())) : nullptr;
}

std::vector<std::string> known_property_names() {
  std::vector<std::string> names;
  for (const PropertyInfo& info : kTable) names.emplace_back(info.name);
  return names;
}

}  // namespace kreel
