#include <algorithm>
#include <map>

#include "kafka/cluster_tools.hpp"
#include "kafka/feature_levels.hpp"

namespace kreel::kafka_tools {
namespace {

using UpdateKind = FeatureUpdate::Kind;

tl::unexpected<JavaError> terse_error(std::string message, ErrorKind reason = ErrorKind::kUsage) {
  return tl::unexpected(JavaError{JavaError::Kind::kBare, "", std::move(message), reason});
}

std::string level_text(std::string_view feature, std::int16_t level) {
  if (feature != kMetadataVersion) return std::to_string(level);
  const MetadataLevel* known = find_metadata_level(level);
  return known == nullptr ? fmt::format("UNKNOWN {}", level) : std::string(known->name);
}

Outcome<BrokerVersions> versions_of_node(ToolCluster& tool, std::optional<std::int32_t> node) {
  TRY_ASSIGN(ClusterAdmin * cluster, tool.cluster("describeFeatures"));
  TRY_ASSIGN(const auto all, in_java(cluster->broker_versions(), "describeFeatures"));
  for (const BrokerVersions& one : all) {
    if (node && one.broker_id != *node) continue;
    if (one.error && all.size() > 1 && !node) continue;  // any other will do
    if (one.error) return tl::unexpected(java_error(*one.error));
    return one;
  }
  return tl::unexpected(java_error(Error(ErrorKind::kUnreachable, ""), "describeFeatures"));
}

Outcome<Ending> describe_features(const Options& options, ToolCluster& tool, ToolContext& context) {
  TRY_ASSIGN(const auto node, options.integer("node-id"));
  if (node && *node < 0) {
    return illegal_argument(fmt::format("Invalid node id {}: must be non-negative.", *node));
  }
  TRY_ASSIGN(const BrokerVersions versions, versions_of_node(tool, node));
  for (const FeatureRange& feature : versions.supported) {
    const auto finalized = std::ranges::find(versions.finalized, feature.name, &FeatureRange::name);
    const std::int16_t level = finalized == versions.finalized.end() ? 0 : finalized->max;
    context.out_line(
        fmt::format("Feature: {:<40}  SupportedMinVersion: {:<15}  SupportedMaxVersion: {:<15}  "
                    "FinalizedVersionLevel: {:<15}  Epoch: {}",
                    feature.name, level_text(feature.name, feature.min),
                    level_text(feature.name, feature.max), level_text(feature.name, level),
                    versions.features_epoch ? std::to_string(*versions.features_epoch) : "-"));
  }
  return Ending{};
}

Outcome<Ending> update_features(std::string_view op,
                                const std::map<std::string, std::int16_t>& levels, UpdateKind kind,
                                const Options& options, ToolCluster& tool, ToolContext& context) {
  if (levels.empty()) {
    return terse_error(fmt::format("You must specify at least one feature to {}", op));
  }
  const bool dry_run = options.has("dry-run");
  std::vector<FeatureUpdate> updates;
  for (const auto& [name, level] : levels) updates.push_back({name, level, kind});
  TRY_ASSIGN(ClusterAdmin * cluster, tool.cluster("updateFeatures"));
  const auto made =
      in_java_api(cluster->update_features(updates, dry_run), "updateFeatures", "UPDATE_FEATURES");
  std::optional<JavaError> error;
  if (!made) {
    error = made.error();
  } else if (*made) {
    error = java_error(**made);
  }
  const bool disables = op == "disable";
  for (const auto& [name, level] : levels) {
    if (error) {
      const std::string what =
          disables ? fmt::format("disable {}", name) : fmt::format("{} {} to {}", op, name, level);
      context.out_line(
          fmt::format("{} not {}. {}", dry_run ? "Can" : "Could", what, error->message));
    } else {
      const std::string what = disables ? "disabled." : fmt::format("{}d to {}.", op, level);
      context.out_line(fmt::format("{} {} {}", name, dry_run ? "can be" : "was", what));
    }
  }
  if (!error) return Ending{};
  return terse_error(fmt::format("{} out of {} operation(s) failed.", levels.size(), levels.size()),
                     error->reason);
}

Outcome<void> add_level(std::map<std::string, std::int16_t>& levels, const std::string& name,
                        std::int16_t level) {
  if (levels.emplace(name, level).second) return {};
  return thrown("java.lang.RuntimeException",
                fmt::format("Feature {} was specified more than once.", name), ErrorKind::kUsage);
}

Outcome<std::map<std::string, std::int16_t>> asked_levels(const Options& options, UpdateKind kind,
                                                          ToolContext& context) {
  TRY_ASSIGN(const auto metadata, options.value("metadata"));
  TRY_ASSIGN(const auto release, options.value("release-version"));
  std::map<std::string, std::int16_t> levels;
  if (release) {
    if (metadata || options.has("feature")) {
      return terse_error("Can not specify `release-version` with other feature flags.");
    }
    TRY_ASSIGN(const MetadataLevel wanted, metadata_level_of(*release));
    levels.emplace(kMetadataVersion, wanted.level);
    for (const FeatureFacts& feature : feature_facts()) {
      const std::int16_t level = feature.default_for(wanted);
      if (kind != UpdateKind::kUpgrade || level > 0) levels.emplace(feature.name, level);
    }
    return levels;
  }
  if (metadata) {
    context.out_line(" `metadata` flag is deprecated and may be removed in a future release.");
    TRY_ASSIGN(const MetadataLevel wanted, metadata_level_of(*metadata));
    levels.emplace(kMetadataVersion, wanted.level);
  }
  for (const std::string& text : options.values("feature")) {
    TRY_ASSIGN(const auto asked, parse_name_and_level(text));
    TRY(add_level(levels, asked.first, asked.second));
  }
  return levels;
}

Outcome<Ending> show_version_mapping(const Options& options, ToolContext& context) {
  TRY_ASSIGN(const std::string release, options.value_or("release-version", kStableRelease));
  TRY_ASSIGN(const MetadataLevel metadata, metadata_level_of(release));
  context.out_line(fmt::format("{}={} ({})", kMetadataVersion, metadata.level, release));
  for (const FeatureFacts& feature : feature_facts()) {
    context.out_line(fmt::format("{}={}", feature.name, feature.default_for(metadata)));
  }
  return Ending{};
}

Outcome<Ending> show_feature_dependencies(const Options& options, ToolContext& context) {
  for (const std::string& text : options.values("feature")) {
    TRY_ASSIGN(const auto asked, parse_name_and_level(text));
    const std::string& name = asked.first;
    const std::int16_t level = asked.second;
    if (name == kMetadataVersion) {
      const MetadataLevel* known = find_metadata_level(level);
      if (known == nullptr) return terse_error(fmt::format("Unknown metadata.version {}", level));
      context.out_line(fmt::format("{}={} ({}) has no dependencies.", name, level, known->name));
      continue;
    }
    const auto facts = feature_facts();
    const auto feature = std::ranges::find(facts, name, &FeatureFacts::name);
    if (feature == facts.end()) return terse_error(fmt::format("Unknown feature: {}", name));
    if (level < 0 || level > feature->newest) {
      return illegal_argument(fmt::format("No feature:{} with feature level {}", name, level));
    }
    if (level == 0 || !feature->needs_metadata) {
      context.out_line(fmt::format("{}={} has no dependencies.", name, level));
      continue;
    }
    context.out_line(fmt::format("{}={} requires:", name, level));
    context.out_line(fmt::format("    {}={} ({})", kMetadataVersion, *feature->needs_metadata,
                                 level_text(kMetadataVersion, *feature->needs_metadata)));
  }
  return Ending{};
}

Outcome<Ending> run_features(const Options& options, ToolContext& context) {
  TRY_ASSIGN(const std::string command, options.value_or("command", ""));
  if (command == "version-mapping") return show_version_mapping(options, context);
  if (command == "feature-dependencies") return show_feature_dependencies(options, context);
  if (!options.has("bootstrap-server") && !options.has("bootstrap-controller")) {
    return tl::unexpected(
        JavaError{JavaError::Kind::kParse, "net.sourceforge.argparse4j.inf.ArgumentParserException",
                  "You must specify either --bootstrap-controller or --bootstrap-server.",
                  ErrorKind::kUsage});
  }
  TRY_ASSIGN(ToolCluster tool, ToolCluster::make(options, context));
  if (command == "describe") return describe_features(options, tool, context);
  UpdateKind kind =
      options.has("unsafe") ? UpdateKind::kUnsafeDowngrade : UpdateKind::kSafeDowngrade;
  std::map<std::string, std::int16_t> levels;
  if (command == "disable") {
    for (const std::string& name : options.values("feature")) TRY(add_level(levels, name, 0));
  } else {
    if (command == "upgrade") kind = UpdateKind::kUpgrade;
    TRY_ASSIGN(levels, asked_levels(options, kind, context));
  }
  return update_features(command, levels, kind, options, tool, context);
}

Ending show_features_error(const JavaError& error, ToolContext& context) {
  if (error.type.starts_with("net.sourceforge.")) {
    context.err(fmt::format("Command line error: {}. Type --help for help.", error.message));
  } else {
    const bool is_from_broker = error.type.starts_with("org.apache.kafka.common.errors.");
    context.err_line(is_from_broker ? error.text() : error.message);
  }
  return failed(1, error);
}

ArgumentParser update_command(std::string op, std::string help, std::string_view example) {
  ArgumentParser parser{.program = op, .help = std::move(help)};
  parser.arguments = {
      {.name = "--metadata",
       .help =
           fmt::format("DEPRECATED -- The level to which we should {} the metadata. For example, "
                       "{}.",
                       op, example)},
      {.name = "--release-version",
       .help = fmt::format("The release version to {} all features to. For example, 3.9-IV0 will "
                           "set metadata.version=21 and kraft.version=1. Use the version-mapping "
                           "command to learn which features will be set for any given version.",
                           op == "upgrade" ? "update" : op)},
      {.name = "--feature",
       .help = fmt::format("A feature {} we should perform, in feature=level format. For example: "
                           "`metadata.version=5`.",
                           op),
       .repeats = true},
  };
  if (op == "downgrade") {
    parser.arguments.push_back(
        {.name = "--unsafe",
         .takes = Argument::Takes::kNothing,
         .help = "Perform this downgrade even if it may irreversibly destroy metadata."});
  }
  parser.arguments.push_back({.name = "--dry-run",
                              .takes = Argument::Takes::kNothing,
                              .help = fmt::format("Validate this {}, but do not perform it.", op)});
  return parser;
}

std::vector<ArgumentParser> feature_commands() {
  return {
      {.program = "describe",
       .help = "Describes the current active feature flags.",
       .arguments = {{.name = "--node-id",
                      .help = "The node id to which the requests should be sent. If not specified, "
                              "the requests will be sent to an arbitrary controller/broker.",
                      .type = JavaType::kInteger}}},
      update_command("upgrade", "Upgrade one or more feature flags.", "3.3-IV3"),
      update_command("downgrade", "Downgrade one or more feature flags.", "3.3-IV0"),
      {.program = "disable",
       .help = "Disable one or more feature flags. This is the same as downgrading the "
               "version to zero.",
       .arguments = {{.name = "--feature", .help = "A feature flag to disable.", .repeats = true},
                     {.name = "--unsafe",
                      .takes = Argument::Takes::kNothing,
                      .help = "Disable this feature flag even if it may irreversibly destroy "
                              "metadata."},
                     {.name = "--dry-run",
                      .takes = Argument::Takes::kNothing,
                      .help = "Perform a dry-run of this disable operation."}}},
      {.program = "version-mapping",
       .help = "Look up the corresponding features for a given metadata version. Using the "
               "command with no --release-version  argument will return the mapping for the "
               "latest stable metadata version",
       .arguments = {{.name = "--release-version",
                      .help = "The release version to use for the corresponding feature mapping. "
                              "The minimum is 3.3-IV3; the default is 4.3-IV0"}}},
      {.program = "feature-dependencies",
       .help = "Look up dependencies for a given feature version. If the feature is not "
               "known or the version not yet defined, an error is thrown. Multiple features "
               "can be specified.",
       .arguments = {{.name = "--feature",
                      .help = "The feature and version to look up dependencies for, in "
                              "feature=version format. For example: `metadata.version=5`.",
                      .required = true,
                      .repeats = true}}},
  };
}

}  // namespace

Tool features_tool() {
  ArgumentParser parser{.program = "kafka-features",
                        .description = "This tool manages feature flags in Kafka.",
                        .tool_shows_errors = true};
  parser.groups = {{}};
  parser.arguments = cluster_arguments(
      "KRaft quorum", "Property file containing configs to be passed to Admin Client.");
  parser.commands = feature_commands();
  return {.run = run_features, .on_error = show_features_error, .arguments = std::move(parser)};
}

}  // namespace kreel::kafka_tools
