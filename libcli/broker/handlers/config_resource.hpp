#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/broker.hpp"
#include "broker/handlers/admin_common.hpp"
#include "catalog/catalog.hpp"

namespace kreel::broker {

/// What settings belong to, in the numbers of DescribeConfigs and AlterConfigs.
enum class ConfigResourceType : std::int8_t {
  kTopic = 2,
  kBroker = 4,
  kBrokerLogger = 8,
  kClientMetrics = 16,
  kGroup = 32,
};

enum class ConfigOperation : std::int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

/// One setting that a client changes.
struct ConfigChange {
  std::string name;
  std::int8_t operation = 0;
  std::optional<std::string> value;
};

struct ConfigResourceChange {
  std::int8_t type = 0;
  std::string name;
  std::vector<ConfigChange> changes;
  /// What is not named goes back to its default (the older AlterConfigs).
  bool replaces_all = false;
};

/// Checks the changes and, unless `validate_only`, makes them; in order, each resource by itself.
/// Blocks on the disk: where the disk may be waited for.
std::vector<catalog::ChangeResult> change_configs(
    Broker& broker, const std::vector<ConfigResourceChange>& resources, bool validate_only);

/// The same, with `answers` of AlterConfigs or IncrementalAlterConfigs, one for each resource.
template <class Answers>
void change_and_answer(Broker& broker, const std::vector<ConfigResourceChange>& resources,
                       bool validate_only, Answers& answers) {
  const auto results = change_configs(broker, resources, validate_only);
  for (std::size_t i = 0; i < results.size(); ++i) {
    answers.push_back({.error_code = results[i].error,
                       .error_message = reply_message(results[i].message),
                       .resource_type = resources[i].type,
                       .resource_name = resources[i].name});
  }
}

}  // namespace kreel::broker
