// DescribeClientQuotas, versions 0-1: who has which quotas (KIP-546).
//   1: flexible

#include <map>
#include <set>

#include <fmt/core.h>

#include "base/text.hpp"
#include "broker/handlers/admin_common.hpp"

namespace kreel::broker {
namespace {

using protocol::DescribeClientQuotasRequest;
using protocol::DescribeClientQuotasResponse;
using protocol::ErrorCode;
using protocol::QuotaMatch;

/// What an entity must have to be told: names by type, and types with any name.
struct QuotaFilter {
  catalog::QuotaEntity exact;
  std::set<std::string, std::less<>> any;
  bool strict = false;

  bool names(std::string_view type) const { return exact.contains(type) || any.contains(type); }

  catalog::ChangeResult add(const DescribeClientQuotasRequest::ComponentData& component) {
    const std::string& type = component.entity_type;
    const auto invalid = [](std::string why) {
      return catalog::ChangeResult{ErrorCode::INVALID_REQUEST, std::move(why)};
    };
    if (type.empty()) return invalid("Invalid empty entity type.");
    if (names(type)) {
      return invalid(fmt::format("Entity type {} cannot appear more than once in the filter.",
                                 escape_control(type)));
    }
    if (type != catalog::kQuotaUser && type != catalog::kQuotaClientId &&
        type != catalog::kQuotaIp) {
      return {ErrorCode::UNSUPPORTED_VERSION,
              fmt::format("Unsupported entity type {}", escape_control(type))};
    }
    switch (static_cast<QuotaMatch>(component.match_type)) {
      case QuotaMatch::kExact:
        if (!component.match) return invalid("An exact match without a name.");
        exact[type] = component.match;
        return {};
      case QuotaMatch::kDefault:
        if (component.match) return invalid("A match of the default with a name.");
        exact[type] = std::nullopt;
        return {};
      case QuotaMatch::kAny:
        if (component.match) return invalid("A match of any name with a name.");
        any.insert(type);
        return {};
    }
    return invalid(fmt::format("Unknown match type {}", component.match_type));
  }

  bool takes(const catalog::QuotaEntity& entity) const {
    if (strict && entity.size() != exact.size() + any.size()) return false;
    for (const auto& [type, name] : exact) {
      const auto found = entity.find(type);
      if (found == entity.end() || found->second != name) return false;
    }
    for (const std::string& type : any) {
      if (!entity.contains(type)) return false;
    }
    return true;
  }
};

catalog::ChangeResult read_filter(const DescribeClientQuotasRequest& request, QuotaFilter& filter) {
  filter.strict = request.strict;
  for (const auto& component : request.components) {
    if (auto result = filter.add(component); !result.ok()) return result;
  }
  if (filter.names(catalog::kQuotaIp) &&
      (filter.names(catalog::kQuotaUser) || filter.names(catalog::kQuotaClientId))) {
    return {ErrorCode::INVALID_REQUEST,
            "Invalid entity filter component combination. IP filter component should not be used "
            "with user or clientId filter component."};
  }
  return {};
}

}  // namespace

void handle(Call<protocol::DescribeClientQuotas> call, RequestContext& context) {
  DescribeClientQuotasResponse response;
  response.error_message.reset();
  QuotaFilter filter;
  if (const auto result = read_filter(call.request, filter); !result.ok()) {
    response.error_code = result.error;
    response.error_message = reply_message(result.message);
    response.entries.reset();
    return call.reply(response);
  }
  const auto quotas = context.broker.catalog().snapshot()->quotas();
  for (const auto& [entity, values] : *quotas) {
    if (!filter.takes(entity)) continue;
    auto& entry = response.entries->emplace_back();
    for (const auto& [type, name] : entity) entry.entity.push_back({type, name});
    for (const auto& [key, value] : values) entry.values.push_back({key, value});
  }
  call.reply(response);
}

}  // namespace kreel::broker
