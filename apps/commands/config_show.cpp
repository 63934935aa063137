#include "cli/context.hpp"

namespace kreel::commands {
namespace {

struct ConfigShowArgs {
  bool origin = false;
};

Result<ExitCode> run(const ConfigShowArgs& args, CommandContext& context) {
  TRY_ASSIGN(const Configuration* configuration, context.configuration());
  Output& output = context.output();
  const auto origin = args.origin ? Column::Show::kAlways : Column::Show::kWide;
  TRY(output.begin("config.show", {{"name"}, {"value"}, {"origin", origin}}));
  for (const Property& property : configuration->properties.all()) {
    output.row({property.name, property.shown(), property.origin});
  }
  output.end();
  return ExitCode::kDone;
}

}  // namespace

Command config_show() {
  return command<ConfigShowArgs>({
      .name = "config show",
      .summary = "Print the client properties in effect, and where each comes from",
      .since = "0.1",
      .run = run,
      .uses = kClient | kPrint,
      .options = {option("--origin", &ConfigShowArgs::origin)
                      .help("Add the flag, variable or file line that set each property")},
      .details =
          "Properties come from, strongest first: flags, -X, the file of -F, the environment "
          "(KREEL_BROKERS, KREEL_PROFILE, KREEL_X_SASL_USERNAME for sasl.username and so on), the "
          "profile, [defaults], and what is built in. Passwords and keys are not shown. Properties "
          "that none of these sets have librdkafka's defaults.\n\n"
          "The configuration file is $XDG_CONFIG_HOME/kreel/config, or ~/.config/kreel/config.",
      .examples = {{"kreel config show --origin", "What is in effect here, and why"},
                   {"kreel config show -P prod -o json", "The profile prod, for a script"},
                   {"kreel config show -F client.properties", "A Java client's file, translated"}},
      .exits = {ExitCode::kIo},
      .see_also = {"config profiles"},
  });
}

}  // namespace kreel::commands
