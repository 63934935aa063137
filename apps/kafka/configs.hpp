#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kafka/client.hpp"

namespace kreel::kafka_tools {

// What kafka-configs is about.
struct ConfigEntity {
  std::string type;                 // "topics", "users", …
  std::optional<std::string> name;  // nullopt: all of them, "": the default
};

// "topic" of "topics".
std::string_view singular(std::string_view entity_type);
// nullopt for users, clients and ips, which are no resources.
std::optional<ConfigResourceType> resource_type_of(std::string_view entity_type);

Outcome<Ending> describe_entities(const std::vector<ConfigEntity>& entities, const Options& options,
                                  AdminClient& admin, ToolContext& context);

}  // namespace kreel::kafka_tools
