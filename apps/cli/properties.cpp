#include "cli/properties.hpp"

#include <algorithm>

namespace kreel::cli {

std::vector<std::string> property_names() {
  std::vector<std::string> names = known_property_names();
  names.insert(names.end(), {"kreel.cluster.id", "kreel.protected"});
  return names;
}

bool Property::is_secret() const {
  const PropertyInfo* info = property_info(name);
  return info != nullptr && info->secret;
}

std::string Property::shown() const {
  const bool reference = value.starts_with("env:") || value.starts_with("file:");
  return is_secret() && !reference ? "***" : value;
}

void Properties::set(Property property) {
  if (const PropertyInfo* info = property_info(property.name)) property.name = info->canonical;
  const auto at = std::ranges::lower_bound(list_, property.name, {}, &Property::name);
  if (at == list_.end() || at->name != property.name) {
    list_.insert(at, std::move(property));
  } else if (property.source >= at->source) {
    *at = std::move(property);
  }
}

const Property* Properties::find(std::string_view name) const {
  const PropertyInfo* info = property_info(name);
  const std::string_view canonical = info == nullptr ? name : info->canonical;
  const auto at = std::ranges::lower_bound(list_, canonical, {}, &Property::name);
  return at != list_.end() && at->name == canonical ? &*at : nullptr;
}

std::string_view Properties::value(std::string_view name) const {
  const Property* property = find(name);
  return property == nullptr ? std::string_view() : std::string_view(property->value);
}

Result<std::vector<ClientProperty>> client_properties(const Properties& properties,
                                                      PropertyScope scope) {
  std::vector<ClientProperty> result;
  for (const Property& property : properties.all()) {
    const PropertyInfo* info = property_info(property.name);
    const bool applies =
        info != nullptr && (info->scope == PropertyScope::kGlobal || info->scope == scope);
    if (!applies) continue;
    TRY_ASSIGN(std::string value, read_reference(property));
    result.push_back({property.name, std::move(value)});
  }
  return result;
}

}  // namespace kreel::cli
