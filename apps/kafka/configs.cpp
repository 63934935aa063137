#include "kafka/configs.hpp"

#include <algorithm>
#include <array>

#include <kreel/text.hpp>

#include "cli/files.hpp"
#include "cli/java_properties.hpp"

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

using Settings = std::vector<std::pair<std::string, std::string>>;

Outcome<std::vector<ConfigEntity>> config_entities(const Options& options) {
  std::vector<ConfigEntity> entities;
  for (const std::string& type : options.values("entity-type")) {
    if (std::ranges::find(kEntityTypes, type) == kEntityTypes.end()) {
      return illegal_argument(fmt::format(
          "Invalid entity type {}, the entity type must be one of {} with a --bootstrap-server or "
          "--bootstrap-controller argument",
          type, fmt::join(kEntityTypes, ", ")));
    }
    entities.push_back({type, std::nullopt});
  }
  const auto names = options.values("entity-name");
  for (std::size_t i = 0; i < std::min(names.size(), entities.size()); ++i) {
    entities[i].name = names[i];
  }
  if (options.has("entity-default") && names.size() < entities.size()) {
    entities[names.size()].name = "";
  }
  for (const EntityFlags& flags : kEntityFlags) {
    for (const std::string& name : options.values(flags.name)) {
      entities.push_back({std::string(flags.type), name});
    }
    if (!flags.defaults.empty() && options.has(flags.defaults)) {
      entities.push_back({std::string(flags.type), ""});
    }
  }
  return entities;
}

Outcome<void> check_entity_forms(const Options& options) {
  const bool general = options.has("entity-type") || options.has("entity-name") ||
                       options.has("entity-default");
  const bool special = std::ranges::any_of(kEntityFlags, [&](const EntityFlags& flags) {
    return options.has(flags.name) || (!flags.defaults.empty() && options.has(flags.defaults));
  });
  if (general && special) {
    return illegal_argument(
        "--entity-{type,name,default} should not be used in conjunction with specific entity "
        "flags");
  }
  return {};
}

Outcome<void> check_entities(const Options& options, const std::vector<ConfigEntity>& entities) {
  if (entities.empty()) return illegal_argument("At least one entity type must be specified");
  for (std::size_t i = 0; i < entities.size(); ++i) {
    const std::string& type = entities[i].type;
    for (std::size_t j = 0; j < i; ++j) {
      if (entities[j].type == type) {
        return illegal_argument(fmt::format("Duplicate entity type(s) specified: {}", type));
      }
    }
    if (entities.size() > 1 && type != "users" && type != "clients") {
      return illegal_argument(
          "Only 'users' and 'clients' entity types may be specified together");
    }
    const bool is_broker = type == "brokers" || type == "broker-loggers";
    const auto& name = entities[i].name;
    if (is_broker && name && !name->empty() && !parse_int32(*name)) {
      return illegal_argument(fmt::format(
          "The entity name for {} must be a valid integer broker id, but it is: {}", type, *name));
    }
    if (options.has("alter") && !name) {
      return illegal_argument(
          fmt::format("An entity name must be specified with --alter of {}", type));
    }
  }
  return {};
}

// "k1=v1,k2=[a,b]": commas within brackets belong to the value.
Outcome<Settings> parse_settings(std::string_view text) {
  std::vector<std::string> parts{""};
  int depth = 0;
  for (const char c : text) {
    if (c == '[') ++depth;
    if (c == ']') --depth;
    if (c == ',' && depth <= 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  Settings settings;
  for (const std::string& part : parts) {
    if (trim(part).empty()) continue;
    const auto equals = part.find('=');
    if (equals == std::string::npos) {
      return illegal_argument(
          "requirement failed: Invalid entity config: all configs to be added must be in the "
          "format \"key=val\" or  \"key=[val1,val2]\" to group values which contain commas.");
    }
    std::string_view value = trim(std::string_view(part).substr(equals + 1));
    if (value.starts_with('[') && value.ends_with(']')) value = value.substr(1, value.size() - 2);
    settings.emplace_back(trim(std::string_view(part).substr(0, equals)), value);
  }
  return settings;
}

Outcome<Settings> settings_to_add(const Options& options) {
  Settings settings;
  TRY_ASSIGN(const auto file, options.value("add-config-file"));
  if (file) {
    const auto text = cli::read_file(*file);
    if (!text) return thrown("java.nio.file.NoSuchFileException", *file, ErrorKind::kIo);
    for (const auto& entry : cli::parse_java_properties(*text)) {
      settings.emplace_back(entry.name, entry.value);
    }
  }
  TRY_ASSIGN(const std::string text, options.value_or("add-config", ""));
  TRY_ASSIGN(const Settings typed, parse_settings(text));
  settings.insert(settings.end(), typed.begin(), typed.end());
  return settings;
}

Outcome<std::vector<std::string>> settings_to_delete(const Options& options) {
  TRY_ASSIGN(const std::string text, options.value_or("delete-config", ""));
  std::vector<std::string> names;
  for (const std::string_view name : split(text, ',')) {
    if (!trim(name).empty()) names.emplace_back(trim(name));
  }
  return names;
}

Outcome<void> alter_resource(const ConfigEntity& entity, const Settings& added,
                             const std::vector<std::string>& deleted, AdminClient& admin) {
  ResourceChanges changes;
  changes.resource = {*resource_type_of(entity.type), entity.name.value_or("")};
  for (const auto& [name, value] : added) {
    changes.changes.push_back({name, ConfigOperation::kSet, value});
  }
  for (const std::string& name : deleted) {
    changes.changes.push_back({name, ConfigOperation::kDelete, std::nullopt});
  }
  TRY_ASSIGN(const auto results, in_java(admin.alter_configs(std::span(&changes, 1), {}),
                                         "incrementalAlterConfigs"));
  if (results.front().error) return tl::unexpected(java_error(*results.front().error));
  return {};
}

// "iterations=8192,password=x"
Outcome<NewPassword> scram_password(const std::string& user, const std::string& mechanism,
                                    const std::string& value) {
  TRY_ASSIGN(const Settings parts, parse_settings(value));
  NewPassword password{user, mechanism, "", 4096};
  for (const auto& [name, text] : parts) {
    if (name == "password") password.password = text;
    if (name == "iterations") password.iterations = parse_int32(text).value_or(0);
  }
  if (password.password.empty()) {
    return illegal_argument("Illegal user SCRAM credential: no password was given");
  }
  return password;
}

Outcome<void> alter_users(const ConfigEntity& entity, const Settings& added,
                          const std::vector<std::string>& deleted, AdminClient& admin) {
  const std::string& user = *entity.name;
  std::vector<NewPassword> passwords;
  std::vector<RemovedPassword> removed;
  const auto refuse_quota = [] {
    return thrown("org.apache.kafka.common.errors.UnsupportedVersionException",
                  "this client changes SCRAM credentials of users, not quotas");
  };
  for (const auto& [name, value] : added) {
    if (!name.starts_with("SCRAM-")) return refuse_quota();
    TRY_ASSIGN(passwords.emplace_back(), scram_password(user, name, value));
  }
  for (const std::string& name : deleted) {
    if (!name.starts_with("SCRAM-")) return refuse_quota();
    removed.push_back({user, name});
  }
  std::vector<NamedResult> results;
  if (!passwords.empty()) {
    TRY_ASSIGN(results, in_java(admin.set_passwords(passwords), "alterUserScramCredentials"));
  }
  if (!removed.empty()) {
    TRY_ASSIGN(const auto gone,
               in_java(admin.remove_passwords(removed), "alterUserScramCredentials"));
    results.insert(results.end(), gone.begin(), gone.end());
  }
  for (const NamedResult& result : results) {
    if (result.error) return tl::unexpected(java_error(*result.error));
  }
  return {};
}

Outcome<Ending> alter_entities(const std::vector<ConfigEntity>& entities, const Options& options,
                               ToolAdmin& tool, ToolContext& context) {
  TRY_ASSIGN(const Settings added, settings_to_add(options));
  TRY_ASSIGN(const auto deleted, settings_to_delete(options));
  const ConfigEntity& entity = entities.front();
  TRY_ASSIGN(AdminClient * admin, tool.connect("incrementalAlterConfigs"));
  if (resource_type_of(entity.type)) {
    TRY(alter_resource(entity, added, deleted, *admin));
  } else if (entity.type == "users" && entities.size() == 1) {
    TRY(alter_users(entity, added, deleted, *admin));
  } else {
    return thrown("org.apache.kafka.common.errors.UnsupportedVersionException",
                  "this client changes SCRAM credentials of users, not quotas");
  }
  if (entity.name->empty()) {
    context.out_line(
        fmt::format("Completed updating default config for {} in the cluster.", entity.type));
  } else {
    context.out_line(fmt::format("Completed updating config for {} {}.", singular(entity.type),
                                 *entity.name));
  }
  return Ending{};
}

Outcome<Ending> run_configs(const Options& options, ToolContext& context) {
  if (options.has("alter") == options.has("describe")) {
    return usage_exit("Command must include exactly one action: --describe, --alter");
  }
  if (!options.has("bootstrap-server") && !options.has("bootstrap-controller")) {
    return illegal_argument(
        "Either --bootstrap-server or --bootstrap-controller must be specified.");
  }
  TRY(check_entity_forms(options));
  TRY_ASSIGN(const auto entities, config_entities(options));
  TRY(check_entities(options, entities));
  const bool changes = options.has("add-config") || options.has("add-config-file") ||
                       options.has("delete-config");
  if (options.has("alter") && !changes) {
    return illegal_argument(
        "At least one of --add-config, --add-config-file, or --delete-config must be specified "
        "with --alter");
  }
  ClientSettings settings;
  TRY_ASSIGN(const auto controller, options.value_or("bootstrap-controller", ""));
  TRY_ASSIGN(settings.bootstrap, options.value_or("bootstrap-server", controller));
  TRY_ASSIGN(settings.file, options.value("command-config"));
  TRY_ASSIGN(ToolAdmin tool, ToolAdmin::make(settings, context));
  if (options.has("alter")) return alter_entities(entities, options, tool, context);
  TRY_ASSIGN(AdminClient * admin, tool.connect("describeConfigs"));
  return describe_entities(entities, options, *admin, context);
}

Ending show_configs_error(const JavaError& error, ToolContext& context) {
  const bool is_argument = error.kind == JavaError::Kind::kParse ||
                           error.type == "java.lang.IllegalArgumentException" ||
                           error.type.starts_with("joptsimple.");
  if (is_argument) {
    context.err_line(error.message);
    return failed(1, error);
  }
  context.err_line(fmt::format("Error while executing config command with args '{}'",
                               join(context.options().words(), " ")));
  context.err_line(fmt::format("java.util.concurrent.ExecutionException: {}", error.text()));
  return failed(1, error);
}

}  // namespace

Tool configs_tool() {
  return {
      .about =
          "This tool helps to manipulate and describe entity config for a topic, client, user, "
          "broker, ip, client-metrics or group",
      .flags =
          {{"bootstrap-server", Takes::kValue, "String: server to connect to",
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
           {"add-config-file", Takes::kValue, "String", "A property file with settings to add."},
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
