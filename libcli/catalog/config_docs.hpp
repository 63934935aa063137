#pragma once

#include <string_view>

#include "catalog/broker_configs.hpp"
#include "catalog/topic_configs.hpp"

namespace kreel::catalog {

// What a setting is for, in a sentence: DescribeConfigs tells it to clients that ask. Never empty.
std::string_view documentation_of(const TopicConfig& config);
std::string_view documentation_of(const BrokerConfigEntry& config);
std::string_view documentation_of_group_config();

}  // namespace kreel::catalog
