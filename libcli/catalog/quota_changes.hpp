#pragma once

#include <vector>

#include "catalog/quotas.hpp"
#include "catalog/records.hpp"

namespace kreel::catalog {

/// The records of what changes for one entity, and the quotas after it.
void change_quotas_of_one(const QuotaChange& change, ClientQuotas& quotas,
                          std::vector<Record>& records);

}  // namespace kreel::catalog
