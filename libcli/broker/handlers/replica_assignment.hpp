#pragma once

#include <cstdint>
#include <vector>

#include "catalog/catalog.hpp"

namespace kreel::broker {

/// Checks one partition's manual assignment, where there is one broker that can be named.
catalog::ChangeResult check_replicas(const std::vector<std::int32_t>& broker_ids, BrokerId own_id);

}  // namespace kreel::broker
