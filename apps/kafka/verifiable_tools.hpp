#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/files.hpp"
#include "cli/value.hpp"
#include "kafka/client.hpp"

namespace kreel::kafka_tools {

using cli::Value;

// One event of the verifiable tools, a line of JSON that is seen at once:
// {"timestamp":…,"name":NAME, and `fields`}.
inline void print_event(std::string_view name, Value::Object fields, ToolContext& context) {
  Value::Object event{{"timestamp", context.now_ms()}, {"name", name}};
  for (auto& field : fields) event.push_back(std::move(field));
  context.out_line(Value(std::move(event)).json());
  context.host().streams.out.flush_now();
}

// Which file of properties was named, by the old option or by --command-config.
inline Outcome<std::optional<std::string>> property_file(const Options& options,
                                                         std::string_view old) {
  if (options.has(old) && options.has("command-config")) {
    return usage_exit(
        fmt::format("Options --{} and --command-config are mutually exclusive.", old));
  }
  TRY_ASSIGN(auto file, command_config(options, old));
  if (file && !cli::file_exists(*file)) return usage_exit(*file);
  return file;
}

// The arguments of both tools, which each of them has in places of its own.
struct VerifiableArguments {
  Argument servers;
  Argument topic;
  Argument messages_max;
  Argument old_config;
  Argument config;
};
// `client` is "producer" or "consumer", `precedence` what wins over what.
inline VerifiableArguments verifiable_arguments(std::string_view client,
                                                std::string_view precedence) {
  return {.servers = {.name = "--bootstrap-server",
                      .metavar = "HOST1:PORT1[,HOST2:PORT2[...]]",
                      .help = "The servers to connect to.",
                      .old_name = "--broker-list",
                      .group = 0},
          .topic = {.name = "--topic",
                    .metavar = "TOPIC",
                    .help = fmt::format("The topic of the {}.", client),
                    .required = true},
          .messages_max = {.name = "--max-messages",
                           .metavar = "MAX-MESSAGES",
                           .help = "How many; -1 goes on until a signal.",
                           .type = JavaType::kInteger,
                           .fallback = "-1"},
          .old_config = {.name = fmt::format("--{}.config", client),
                         .metavar = "CONFIG-FILE",
                         .help = "The older name of --command-config."},
          .config = {.name = "--command-config",
                     .metavar = "CONFIG-FILE",
                     .help = fmt::format("A file of the {}'s properties{}.", client, precedence)}};
}

inline ArgumentParser verifiable_parser(std::string_view client, std::string description,
                                        std::vector<Argument> arguments) {
  return {.program = fmt::format("verifiable-{}", client),
          .description = std::move(description),
          .arguments = std::move(arguments),
          .groups = {{.title = "Connection Group",
                      .description = "Group of arguments for connection to brokers",
                      .required = true}},
          .help_code = 1,
          .help_without_words = true};
}

}  // namespace kreel::kafka_tools
