#pragma once

#include <map>
#include <string>
#include <vector>

#include <kreel/result.hpp>

#include "cli/streams.hpp"

namespace kreel::cli {

// What the KAFKA_* variables of the usual container images for Kafka ask for.
struct ContainerSettings {
  std::map<std::string, std::string> config;  // by Kafka's names
  std::vector<std::string> topics;            // of KAFKA_CREATE_TOPICS, as BrokerOptions takes them
  std::string cluster_id;
  // Variables that steer Java or an image's scripts.
  std::vector<std::string> without_meaning;
};

// KAFKA_FOO_BAR, or KAFKA_CFG_FOO_BAR, which wins, is the setting foo.bar; "__" is an underscore,
// "___" a dash. An empty variable counts as none. Where `listeners` is missing it is derived as the
// images do. Pure.
Result<ContainerSettings> container_settings(const Environment& environment);

}  // namespace kreel::cli
