#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "cli/files.hpp"
#include "cli/value.hpp"
#include "kafka/tool.hpp"

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
  TRY_ASSIGN(const auto old_file, options.value(old));
  TRY_ASSIGN(auto file, options.value("command-config"));
  if (file && old_file) {
    return usage_exit(
        fmt::format("Options --{} and --command-config are mutually exclusive.", old));
  }
  if (!file) file = old_file;
  if (file && !cli::file_exists(*file)) return usage_exit(*file);
  return file;
}

}  // namespace kreel::kafka_tools
