#include "kafka/configs.hpp"

#include <netdb.h>

#include <algorithm>
#include <array>

#include <kreel/text.hpp>

#include "kafka/java_files.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr auto kEntityTypes = std::to_array<std::string_view>(
    {"topics", "clients", "users", "brokers", "ips", "client-metrics", "groups", "broker-loggers"});

// A type's own options: --topic NAME and, where there is a default, --user-defaults.
struct EntityFlags {
  std::string_view type;
  std::string_view name;
  std::string_view defaults;
};
constexpr auto kEntityFlags = std::to_array<EntityFlags>({
    {"topics", "topic", ""},
    {"clients", "client", "client-defaults"},
    {"users", "user", "user-defaults"},
    {"brokers", "broker", "broker-defaults"},
    {"broker-loggers", "broker-logger", ""},
    {"ips", "ip", "ip-defaults"},
    {"groups", "group", ""},
    {"client-metrics", "client-metrics", ""},
});

// Names stand in the order of --entity-name and --entity-default, then those of the types' own
// options.
Outcome<ConfigTarget> config_target(const Options& options) {
  ConfigTarget target{options.values("entity-type"), {}};
  const auto typed = options.values("entity-name");
  std::size_t at = 0;
  for (const std::string& option : options.typed_order()) {
    if (option == "entity-name") target.names.push_back(typed[at++]);
    if (option == "entity-default") target.names.emplace_back();
  }
  for (const EntityFlags& flags : kEntityFlags) {
    TRY_ASSIGN(const auto own, options.value(flags.name));
    if (!own) continue;
    target.types.emplace_back(flags.type);
    target.names.push_back(*own);
  }
  for (const EntityFlags& flags : kEntityFlags) {
    if (flags.defaults.empty() || !options.has(flags.defaults)) continue;
    target.types.emplace_back(flags.type);
    target.names.emplace_back();
  }
  return target;
}

bool has_own_flags(const Options& options) {
  return std::ranges::any_of(kEntityFlags, [&](const EntityFlags& flags) {
    return options.has(flags.name) || (!flags.defaults.empty() && options.has(flags.defaults));
  });
}

bool resolves(const std::string& host) {
  ::addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, nullptr, &found) != 0) return false;
  ::freeaddrinfo(found);
  return true;
}

Outcome<void> check_types(const ConfigTarget& target) {
  std::vector<std::string> repeated;
  for (std::size_t i = 0; i < target.types.size(); ++i) {
    const auto before = target.types.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(target.types.begin(), before, *before) != before) repeated.push_back(*before);
  }
  if (!repeated.empty()) {
    return illegal_argument(
        fmt::format("Duplicate entity type(s) specified: {}", join(repeated, ",")));
  }
  for (const std::string& type : target.types) {
    if (std::ranges::find(kEntityTypes, type) == kEntityTypes.end()) {
      return illegal_argument(fmt::format(
          "Invalid entity type {}, the entity type must be one of {} with a --bootstrap-server or "
          "--bootstrap-controller argument",
          type, fmt::join(kEntityTypes, ", ")));
    }
  }
  if (target.types.empty()) return illegal_argument("At least one entity type must be specified");
  const bool is_pair =
      target.types.size() == 2 && target.has_type("users") && target.has_type("clients");
  if (target.types.size() > 1 && !is_pair) {
    return illegal_argument("Only 'users' and 'clients' entity types may be specified together");
  }
  return {};
}

Outcome<void> check_names(const Options& options, const ConfigTarget& target) {
  const std::string& type = target.type();
  const bool has_name = std::ranges::any_of(target.names, [](auto& name) { return !name.empty(); });
  const bool is_broker = type == "brokers" || type == "broker-loggers";
  for (const std::string& name : target.names) {
    if (name.empty()) continue;
    if (is_broker && !parse_int32(name)) {
      return illegal_argument(fmt::format(
          "The entity name for {} must be a valid integer broker id, but it is: {}", type, name));
    }
    if (type == "ips" && !resolves(name)) {
      return illegal_argument(fmt::format(
          "The entity name for ips must be a valid IP or resolvable host, but it is: {}", name));
    }
  }
  const bool has_defaults =
      type == "users" || type == "clients" || type == "brokers" || type == "ips";
  if (options.has("describe")) {
    if (!has_defaults && options.has("entity-default")) {
      return illegal_argument(
          fmt::format("--entity-default must not be specified with --describe of {}", type));
    }
    if (type == "broker-loggers" && !has_name) {
      return illegal_argument("An entity name must be specified with --describe of broker-loggers");
    }
    return {};
  }
  if (has_defaults && target.names.empty()) {
    return illegal_argument(
        "An entity-name or default entity must be specified with --alter of users, clients, "
        "brokers or ips");
  }
  if (!has_defaults && !has_name) {
    return illegal_argument(
        fmt::format("An entity name must be specified with --alter of {}", type));
  }
  return {};
}

Outcome<void> check_settings_options(const Options& options) {
  if (options.has("describe")) return {};
  const bool added = options.has("add-config");
  const bool added_file = options.has("add-config-file");
  if (added && added_file) {
    return illegal_argument("Only one of --add-config or --add-config-file must be specified");
  }
  if (!added && !added_file && !options.has("delete-config")) {
    return illegal_argument(
        "At least one of --add-config, --add-config-file, or --delete-config must be specified "
        "with --alter");
  }
  return {};
}

Outcome<ConfigTarget> checked_target(const Options& options) {
  if (options.has("alter") == options.has("describe")) {
    return usage_exit("Command must include exactly one action: --describe, --alter");
  }
  TRY(exclude(options, "describe", std::array<std::string_view, 2>{"add-config", "delete-config"}));
  const bool has_server = options.has("bootstrap-server");
  const bool has_controller = options.has("bootstrap-controller");
  TRY_ASSIGN(ConfigTarget target, config_target(options));
  if (!has_server && !has_controller) {
    return illegal_argument(
        "Either --bootstrap-server or --bootstrap-controller must be specified.");
  }
  TRY(check_types(target));
  const bool has_general =
      options.has("entity-type") || options.has("entity-name") || options.has("entity-default");
  if (has_general && has_own_flags(options)) {
    return illegal_argument(
        "--entity-{type,name,default} should not be used in conjunction with specific entity "
        "flags");
  }
  if (has_server && has_controller) {
    return illegal_argument(
        "Only one of --bootstrap-server or --bootstrap-controller can be specified");
  }
  TRY(check_names(options, target));
  TRY(check_settings_options(options));
  return target;
}

bool is_config_key(std::string_view key) {
  return std::ranges::all_of(key, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("$._-").find(c) != std::string_view::npos;
  });
}

Outcome<ConfigAlteration> config_alteration(const Options& options) {
  ConfigAlteration alteration;
  TRY_ASSIGN(const auto file, options.value("add-config-file"));
  if (file) {
    TRY_ASSIGN(const auto entries, read_java_properties(*file));
    for (const auto& entry : entries) {
      alteration.added.emplace_back(entry.name, entry.value);
    }
  }
  TRY_ASSIGN(const auto text, options.value("add-config"));
  if (text) {
    TRY_ASSIGN(alteration.added, parse_settings(*text));
  }
  for (const auto& [name, value] : alteration.added) {
    if (!is_config_key(name)) {
      return illegal_argument(fmt::format("Invalid character found for config key: {}", name));
    }
  }
  for (const std::string& names : options.values("delete-config")) {
    for (const std::string_view name : split(names, ',')) {
      alteration.deleted.emplace_back(trim(name));
    }
  }
  return alteration;
}

// As Java's Properties have them.
ConfigSettings in_map_order(const ConfigSettings& settings) {
  std::vector<std::string> names;
  for (const auto& [name, value] : settings) names.push_back(name);
  ConfigSettings ordered;
  for (const std::size_t i : hash_map_order(names)) ordered.push_back(settings[i]);
  return ordered;
}

Outcome<void> alter_resource(const ConfigTarget& target, const ConfigAlteration& alteration,
                             AdminClient& admin) {
  const std::string& name = target.names.front();
  if (target.type() == "broker-loggers") {
    TRY_ASSIGN(const auto loggers, own_entries(target, name, true, admin));
    std::vector<std::string> unknown = alteration.deleted;
    for (const auto& [logger, level] : alteration.added) unknown.push_back(logger);
    std::erase_if(unknown, [&](const std::string& logger) {
      return std::ranges::find(loggers, logger, &ConfigEntry::name) != loggers.end();
    });
    if (!unknown.empty()) {
      return invalid_configuration(fmt::format("Invalid broker logger(s): {}", join(unknown, ",")));
    }
  }
  ResourceChanges changes;
  changes.resource = {*resource_type_of(target.type()), name};
  for (const std::string& deleted : alteration.deleted) {
    changes.changes.push_back({deleted, ConfigOperation::kDelete, std::nullopt});
  }
  for (const auto& [added, value] : alteration.added) {
    changes.changes.push_back({added, ConfigOperation::kSet, value});
  }
  TRY_ASSIGN(const auto results,
             in_java(admin.alter_configs(std::span(&changes, 1), {}), "incrementalAlterConfigs"));
  if (results.front().error) return tl::unexpected(java_error(*results.front().error));
  return {};
}

Outcome<Ending> alter_target(const ConfigTarget& target, const Options& options, ToolAdmin& tool,
                             ToolContext& context) {
  if (target.types.size() != target.names.size()) {
    return illegal_argument("An entity name must be specified for every entity type");
  }
  TRY_ASSIGN(const ConfigAlteration alteration, config_alteration(options));
  const bool is_resource = resource_type_of(target.type()).has_value();
  if (!is_resource) TRY(check_quota_names(target, alteration));
  TRY_ASSIGN(AdminClient * admin,
             tool.connect(is_resource ? "incrementalAlterConfigs" : "describeClientQuotas"));
  if (is_resource) {
    TRY(alter_resource(target, alteration, *admin));
  } else {
    TRY(alter_quota_target(target, alteration, *admin));
  }
  const std::string& name = target.names.front();
  if (name.empty()) {
    context.out_line(
        fmt::format("Completed updating default config for {} in the cluster.", target.type()));
  } else {
    context.out_line(
        fmt::format("Completed updating config for {} {}.", singular(target.type()), name));
  }
  return Ending{};
}

Outcome<Ending> run_configs(const Options& options, ToolContext& context) {
  TRY_ASSIGN(const ConfigTarget target, checked_target(options));
  ClientSettings settings;
  TRY_ASSIGN(const auto controller, options.value_or("bootstrap-controller", ""));
  TRY_ASSIGN(settings.bootstrap, options.value_or("bootstrap-server", controller));
  TRY_ASSIGN(settings.file, options.value("command-config"));
  TRY_ASSIGN(ToolAdmin tool, ToolAdmin::make(settings, context));
  if (options.has("alter")) return alter_target(target, options, tool, context);
  const bool is_resource = resource_type_of(target.type()).has_value();
  if (!is_resource && target.names.size() > target.types.size()) {
    return illegal_argument("More entity names specified than entity types");
  }
  TRY_ASSIGN(AdminClient * admin,
             tool.connect(is_resource ? "describeConfigs" : "describeClientQuotas"));
  if (is_resource) {
    TRY(describe_target(target, options.has("all"), *admin, context));
  } else {
    TRY(describe_quota_target(target, *admin, context));
  }
  return Ending{};
}

Ending show_configs_error(const JavaError& error, ToolContext& context) {
  const bool is_argument =
      error.type == "java.lang.IllegalArgumentException" || error.type.starts_with("joptsimple.");
  if (is_argument) {
    context.err_line(error.message);
    return failed(1, error);
  }
  context.err_line(fmt::format("Error while executing config command with args '{}'",
                               join(context.options().words(), " ")));
  context.err_line(error.is_answer()
                       ? fmt::format("java.util.concurrent.ExecutionException: {}", error.text())
                       : error.text());
  return failed(1, error);
}

}  // namespace

bool ConfigTarget::has_type(std::string_view type) const {
  return std::ranges::find(types, type) != types.end();
}

tl::unexpected<JavaError> invalid_configuration(std::string message) {
  return tl::unexpected(JavaError{JavaError::Kind::kBare,
                                  "org.apache.kafka.common.errors.InvalidConfigurationException",
                                  std::move(message), ErrorKind::kUsage});
}

Outcome<ConfigSettings> parse_settings(std::string_view text) {
  // A comma or = parts what is around it unless a bracket closes behind it before one opens.
  const auto parts_at = [&](std::size_t at) {
    const auto close = text.find(']', at);
    return close == std::string_view::npos || text.find('[', at) < close;
  };
  std::vector<std::vector<std::string>> pairs{{""}};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',' && parts_at(i)) {
      pairs.push_back({""});
    } else if (text[i] == '=' && parts_at(i)) {
      pairs.back().emplace_back();
    } else {
      pairs.back().back() += text[i];
    }
  }
  // As String.split() does.
  while (pairs.size() > 1 && pairs.back() == std::vector<std::string>{""}) pairs.pop_back();
  ConfigSettings settings;
  for (const auto& pair : pairs) {
    if (pair.size() != 2) {
      return illegal_argument(
          "requirement failed: Invalid entity config: all configs to be added must be in the "
          "format \"key=val\" or  \"key=[val1,val2]\" to group values which contain commas.");
    }
    const std::string name(trim(pair[0]));
    std::string value = pair[1];
    std::erase_if(value, [](char c) { return c == '[' || c == ']'; });
    std::erase_if(settings, [&](const auto& setting) { return setting.first == name; });
    settings.emplace_back(name, trim(value));
  }
  return in_map_order(settings);
}

Tool configs_tool() {
  return {
      .about =
          "This tool helps to manipulate and describe entity config for a topic, client, user, "
          "broker, ip, client-metrics or group",
      .flags = {{"bootstrap-server", Takes::kValue, "String: server to connect to",
                 "The servers to connect to."},
                {"bootstrap-controller", Takes::kValue, "String: controller to connect to",
                 "The controllers to connect to."},
                {"command-config", Takes::kValue, "String: command config property file",
                 "Property file with the settings of the admin client."},
                {"alter", Takes::kNothing, "", "Change settings."},
                {"describe", Takes::kNothing, "", "Show settings."},
                {"all", Takes::kNothing, "", "Show those that are not the entity's own, too."},
                {"entity-type", Takes::kValue, "String",
                 "topics, clients, users, brokers, broker-loggers, ips, client-metrics or groups."},
                {"entity-name", Takes::kValue, "String", "The entity; without it, all of them."},
                {"entity-default", Takes::kNothing, "", "What holds where an entity says nothing."},
                {"add-config", Takes::kValue, "String",
                 "k1=v1,k2=[v2,v3]; for users SCRAM-SHA-256=[iterations=8192,password=x]."},
                {"add-config-file", Takes::kValue, "String",
                 "A property file with settings to add."},
                {"delete-config", Takes::kValue, "String", "k1,k2"},
                {"topic", Takes::kValue, "String", "The topic."},
                {"client", Takes::kValue, "String", "The client's id."},
                {"client-defaults", Takes::kNothing, "", "The defaults of clients."},
                {"user", Takes::kValue, "String", "The user."},
                {"user-defaults", Takes::kNothing, "", "The defaults of users."},
                {"broker", Takes::kValue, "String", "The broker's id."},
                {"broker-defaults", Takes::kNothing, "", "The defaults of brokers."},
                {"broker-logger", Takes::kValue, "String", "The broker whose loggers are meant."},
                {"ip", Takes::kValue, "String", "The address."},
                {"ip-defaults", Takes::kNothing, "", "The defaults of addresses."},
                {"group", Takes::kValue, "String", "The group."},
                {"client-metrics", Takes::kValue, "String", "The subscription of client metrics."},
                {"force", Takes::kNothing, "", "Ignored since Kafka 4.1."},
                {"help", Takes::kNothing, "", "Print usage information."},
                {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_configs,
      .on_error = show_configs_error,
  };
}

}  // namespace kreel::kafka_tools
