#pragma once

#include "kafka/client.hpp"

namespace kreel::kafka_tools {

// kafka-topics --describe.
Outcome<Ending> describe_topics(const Options& options, ToolAdmin& tool, ToolContext& context);

// Names that --topic and --exclude-internal leave, sorted. kThrown where --topic matches none and
// nothing says that this is right.
Outcome<std::vector<std::string>> wanted_topics(const Options& options, AdminClient& admin);
// "Topic 'x' does not exist as expected", unless --if-exists is given.
Outcome<void> ensure_found(const Options& options, const std::vector<std::string>& found);

}  // namespace kreel::kafka_tools
