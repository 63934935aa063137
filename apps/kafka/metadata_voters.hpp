#pragma once

#include <string>

#include <kreel/cluster_admin.hpp>

#include "kafka/java.hpp"

namespace kreel::kafka_tools {

// The controller that a server's configuration file and its meta.properties describe.
Outcome<NewVoter> voter_of_file(const std::string& path);
// As Uuid.fromString() reads it.
Outcome<void> check_directory_id(const std::string& text);

}  // namespace kreel::kafka_tools
