#include "catalog/quota_changes.hpp"

namespace kreel::catalog {

void change_quotas_of_one(const QuotaChange& change, ClientQuotas& quotas,
                          std::vector<Record>& records) {
  QuotaValues& values = quotas[change.entity];
  for (const auto& [key, value] : change.values) {
    const auto had = values.find(key);
    if (value && (had == values.end() || had->second != *value)) {
      values[key] = *value;
      records.emplace_back(ClientQuotaSet{change.entity, key, *value});
    } else if (!value && had != values.end()) {
      values.erase(had);
      records.emplace_back(ClientQuotaRemoved{change.entity, key});
    }
  }
  if (values.empty()) quotas.erase(change.entity);
}

}  // namespace kreel::catalog
