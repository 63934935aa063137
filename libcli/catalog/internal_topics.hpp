#pragma once

#include <vector>

#include "catalog/broker_config.hpp"
#include "catalog/catalog.hpp"

namespace kreel::catalog {

/// The coordinators' topics with Kafka's own settings, which a broker makes at its first start.
std::vector<NewTopic> internal_topics(const BrokerConfig& config);

}  // namespace kreel::catalog
