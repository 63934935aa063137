#include <algorithm>

#include <fmt/format.h>

#include "cli/context.hpp"

namespace kreel::commands {
namespace {

struct ConfigProfilesArgs {};

std::string value_of(const IniSection& section, std::string_view name) {
  const PropertyInfo* wanted = property_info(name);
  std::string value;
  for (const IniEntry& entry : section.entries) {
    const PropertyInfo* info = property_info(entry.name);
    const bool same = wanted != nullptr && info != nullptr ? wanted->canonical == info->canonical
                                                           : entry.name == name;
    if (same) value = entry.value;
  }
  return value;
}

Result<ExitCode> run(const ConfigProfilesArgs&, CommandContext& context) {
  TRY_ASSIGN(const std::vector<IniSection> sections, load_config(context.environment()));
  const std::string path = config_path(context.environment());
  Output& output = context.output();
  TRY(output.begin("config.profiles", {{"name"},
                                       {"brokers"},
                                       {"protected"},
                                       {"cluster_id", Column::Show::kWide},
                                       {"origin", Column::Show::kWide}}));
  std::size_t count = 0;
  for (const IniSection& section : sections) {
    const auto name = profile_name(section);
    if (!name) continue;
    ++count;
    output.row({*name, text_or_null(value_of(section, "bootstrap.servers")),
                value_of(section, "kreel.protected") == "true",
                text_or_null(value_of(section, "kreel.cluster.id")),
                fmt::format("{}:{}", path, section.line)});
  }
  output.end();
  if (count == 0) context.note(fmt::format("no profiles in {}", path));
  return ExitCode::kDone;
}

}  // namespace

Command config_profiles() {
  return command<ConfigProfilesArgs>({
      .name = "config profiles",
      .summary = "List the profiles of the configuration file",
      .since = "0.1",
      .run = run,
      .uses = kPrint,
      .details =
          "A profile is a section of $XDG_CONFIG_HOME/kreel/config (~/.config/kreel/config) with "
          "client properties by librdkafka's names. kreel.protected = true makes every change ask "
          "for --yes and the profile's name; kreel.cluster.id = ID refuses any other cluster. "
          "Secrets may be env:VARIABLE, file:PATH or cmd:COMMAND.\n\n"
          "[defaults]\nclient.id = billing\n\n"
          "[profile prod]\nbootstrap.servers = k1:9093,k2:9093\nsecurity.protocol = SASL_SSL\n"
          "sasl.mechanism = SCRAM-SHA-512\nsasl.username = ops\n"
          "sasl.password = cmd:pass show kafka/ops\nkreel.protected = true",
      .examples = {{"kreel config profiles", "What -P takes"},
                   {"kreel config profiles -o wide", "With the cluster ids and lines of the file"}},
      .exits = {ExitCode::kIo},
      .see_also = {"config show"},
  });
}

}  // namespace kreel::commands
