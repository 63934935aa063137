#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/admin.hpp>

#include "kafka/tool.hpp"

namespace kreel::kafka_tools {

// One line on stderr.
tl::unexpected<JavaError> bare(std::string message, ErrorKind reason);
// "FAILURE: MESSAGE. Enable debug logging for additional detail."
tl::unexpected<JavaError> failed_call(std::string_view failure, const JavaError& error);
tl::unexpected<JavaError> failed_call(std::string_view failure, std::string_view message,
                                      ErrorKind reason);

// As leaders know them; the first error is all that is told.
Outcome<std::vector<PartitionProducers>> producers_of(const std::vector<TopicPartition>& partitions,
                                                      AdminClient& admin);

Outcome<void> check_hanging_scope(const Options& options);
Outcome<Ending> find_hanging(const Options& options, AdminClient& admin, ToolContext& context);

}  // namespace kreel::kafka_tools
