#include <kreel/cluster_admin.hpp>

#include "kafka/tool.hpp"

namespace kreel::kafka_tools {
namespace {

Outcome<Ending> run_storage(const Options&, ToolContext& context) {
  context.out_line(random_uuid());
  return Ending{};
}

}  // namespace

// Of its commands the one that scripts need before a broker is there: kreel serve makes what
// `format` would.
Tool storage_tool() {
  return {
      .run = run_storage,
      .on_error = show_message_and_trace,
      .arguments =
          ArgumentParser{.program = "kafka-storage",
                         .description = "The Kafka storage tool.",
                         .commands = {{.program = "random-uuid", .help = "Print a random UUID."}}},
  };
}

}  // namespace kreel::kafka_tools
