#include "cli/profile.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/files.hpp"
#include "cli/java_properties.hpp"

namespace kreel::cli {
namespace {

struct BuiltIn {
  std::string_view name;
  std::string_view value;
};
// Where kreel's defaults differ from librdkafka's.
constexpr auto kBuiltIn = std::to_array<BuiltIn>({{"acks", "all"},
                                                  {"allow.auto.create.topics", "false"},
                                                  {"bootstrap.servers", "127.0.0.1:9092"},
                                                  {"check.crcs", "true"},
                                                  {"client.id", "kreel"},
                                                  {"enable.idempotence", "true"},
                                                  {"isolation.level", "read_committed"},
                                                  {"partitioner", "murmur2_random"}});

// Properties that the Kafka client is not told of.
constexpr std::string_view kProtected = "kreel.protected";
constexpr std::string_view kClusterId = "kreel.cluster.id";
constexpr std::string_view kEnvironmentPrefix = "KREEL_X_";

class Resolver {
 public:
  Resolver(const GlobalArgs& globals, const Environment& environment)
      : globals_(globals), environment_(environment) {}

  Result<Configuration> run() {
    for (const BuiltIn& entry : kBuiltIn) {
      TRY(set(std::string(entry.name), std::string(entry.value), Source::kBuiltIn, "built in"));
    }
    TRY(read_config_file());
    TRY(read_environment_variables());
    TRY(read_properties_file());
    TRY(read_flags());
    TRY(check_brokers());
    relax_idempotence();
    return std::move(result_);
  }

 private:
  Result<void> set(std::string name, std::string value, Source source, std::string origin);
  Result<void> set_all(const IniSection& section, Source source, const std::string& label,
                       const std::string& path);
  Result<void> read_config_file();
  Result<void> read_environment_variables();
  void warn_of_other_brokers(const std::string& brokers);
  Result<void> read_properties_file();
  Result<void> read_flags();
  void warn_of_argument(const std::string& name, std::string_view value);
  Result<void> check_brokers() const;
  void relax_idempotence();

  const GlobalArgs& globals_;
  const Environment& environment_;
  Configuration result_;
};

Result<void> Resolver::set(std::string name, std::string value, Source source, std::string origin) {
  if (name == kProtected) {
    if (value != "true" && value != "false") {
      return fail(ErrorKind::kUsage,
                  fmt::format("{}: \"{}\" is not true or false ({})", name, value, origin));
    }
    // Only the configuration file itself can lift a protection: not a flag, not the environment.
    const bool may_lift = source <= Source::kProfile;
    result_.is_protected = value == "true" || (result_.is_protected && !may_lift);
  } else if (name == kClusterId) {
    result_.cluster_id = value;
  } else if (property_info(name) != nullptr) {
    result_.properties.set({std::move(name), std::move(value), source, std::move(origin)});
  } else {
    const auto near = nearest(name, property_names());
    result_.warnings.push_back({fmt::format("unknown property \"{}\" ({})", name, origin),
                                near ? fmt::format("did you mean \"{}\"?", *near) : ""});
  }
  return {};
}

Result<void> Resolver::set_all(const IniSection& section, Source source, const std::string& label,
                               const std::string& path) {
  for (const IniEntry& entry : section.entries) {
    TRY(set(entry.name, entry.value, source, fmt::format("{}{}:{}", label, path, entry.line)));
  }
  return {};
}

Result<void> Resolver::read_config_file() {
  const auto from_environment = environment_.find("KREEL_PROFILE");
  if (globals_.profile) {
    result_.profile = globals_.profile;
    result_.profile_was_typed = true;
  } else if (from_environment != environment_.end() && !from_environment->second.empty()) {
    result_.profile = from_environment->second;
  }
  TRY_ASSIGN(const std::vector<IniSection> sections, load_config(environment_));
  const std::string path = config_path(environment_);
  const IniSection* profile = nullptr;
  std::vector<std::string> names;
  for (const IniSection& section : sections) {
    if (section.name.empty() || section.name == "defaults") {
      TRY(set_all(section, Source::kDefaults, "", path));
    } else if (const auto name = profile_name(section)) {
      names.push_back(*name);
      if (name == result_.profile) profile = &section;
    } else {
      return fail(ErrorKind::kUsage,
                  fmt::format("{}:{}: unknown section [{}]", path, section.line, section.name),
                  "sections are [defaults] and [profile NAME]");
    }
  }
  if (!result_.profile) return {};
  if (profile == nullptr) {
    const auto near = nearest(*result_.profile, names);
    return fail(
        ErrorKind::kUsage, fmt::format("no profile \"{}\" in {}", *result_.profile, path),
        near ? fmt::format("did you mean \"{}\"?", *near) : "kreel config profiles lists them");
  }
  return set_all(*profile, Source::kProfile, fmt::format("profile {}, ", *result_.profile), path);
}

Result<void> Resolver::read_environment_variables() {
  if (const auto brokers = environment_.find("KREEL_BROKERS");
      brokers != environment_.end() && !brokers->second.empty()) {
    warn_of_other_brokers(brokers->second);
    TRY(set("bootstrap.servers", brokers->second, Source::kEnvironment, "KREEL_BROKERS"));
  }
  for (const auto& [variable, value] : environment_) {
    if (!variable.starts_with(kEnvironmentPrefix)) continue;
    std::string name = to_lower(std::string_view(variable).substr(kEnvironmentPrefix.size()));
    std::ranges::replace(name, '_', '.');
    TRY(set(std::move(name), value, Source::kEnvironment, variable));
  }
  return {};
}

// Whoever types -P has forgotten, most likely, what the environment says.
void Resolver::warn_of_other_brokers(const std::string& brokers) {
  const Property* of_profile = result_.properties.find("bootstrap.servers");
  if (!result_.profile_was_typed || globals_.brokers || of_profile->source != Source::kProfile ||
      of_profile->value == brokers) {
    return;
  }
  result_.warnings.push_back({fmt::format("KREEL_BROKERS is set: the brokers are {}, not {} of "
                                          "profile \"{}\"",
                                          brokers, of_profile->value, *result_.profile),
                              "unset KREEL_BROKERS, or say which with -b"});
}

Result<void> Resolver::read_properties_file() {
  if (!globals_.properties_file) return {};
  const std::string& path = *globals_.properties_file;
  TRY_ASSIGN(const std::string text, read_file(path));
  IniSection section;
  section.entries = parse_java_properties(text);
  if (path.ends_with(".properties") || has_java_names(section.entries)) {
    TRY_ASSIGN(section.entries, translate_java(section.entries, path));
  } else {
    TRY_ASSIGN(const std::vector<IniSection> sections, parse_ini(text, path));
    if (sections.size() > 1) {
      return fail(ErrorKind::kUsage, fmt::format("{}: -F reads a file without sections", path),
                  fmt::format("profiles stand in {}", config_path(environment_)));
    }
    section = sections[0];
  }
  return set_all(section, Source::kFile, "", path);
}

Result<void> Resolver::read_flags() {
  for (const std::string& text : globals_.properties) {
    if (text == "--tls") {
      const bool sasl = result_.properties.value("security.protocol").starts_with("SASL");
      TRY(set("security.protocol", sasl ? "SASL_SSL" : "SSL", Source::kFlag, "--tls"));
      continue;
    }
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorKind::kUsage, fmt::format("-X: \"{}\" is not PROP=VALUE", text));
    }
    TRY(set(text.substr(0, equals), text.substr(equals + 1), Source::kProperty, "-X"));
    warn_of_argument(text.substr(0, equals), text.substr(equals + 1));
  }
  if (globals_.brokers) {
    TRY(set("bootstrap.servers", *globals_.brokers, Source::kFlag, "--brokers"));
  }
  if (globals_.debug) TRY(set("debug", *globals_.debug, Source::kFlag, "--debug"));
  return {};
}

// Arguments can be read by everybody on this machine while the process runs.
void Resolver::warn_of_argument(const std::string& name, std::string_view value) {
  const PropertyInfo* info = property_info(name);
  if (info == nullptr || !info->secret || value.empty()) return;
  for (const auto* place : {"env:", "file:", "cmd:"}) {
    if (value.starts_with(place)) return;
  }
  result_.warnings.push_back(
      {fmt::format("-X {}: a password on the command line can be seen by others", name),
       "env:VAR, file:PATH or cmd:COMMAND in its place says where it is"});
}

// What `-b "$BROKERS"` says when the variable is not set: no broker, and surely not the default.
Result<void> Resolver::check_brokers() const {
  const Property* brokers = result_.properties.find("bootstrap.servers");
  if (!trim(brokers->value).empty()) return {};
  return fail(ErrorKind::kUsage,
              fmt::format("no brokers: the value is empty ({})", brokers->origin));
}

// librdkafka refuses acks=1, retries=0 and deep pipelines beside an explicit idempotence. The one
// here is a default: it gives way to what the user chose, as in Java's producer.
void Resolver::relax_idempotence() {
  Properties& properties = result_.properties;
  const Property* idempotence = properties.find("enable.idempotence");
  if (idempotence->source != Source::kBuiltIn) return;
  const auto give_way = [&](std::string_view name) {
    properties.set({"enable.idempotence", "false", Source::kBuiltIn,
                    fmt::format("built in, because {}={}", name, properties.value(name))});
  };
  const std::string_view acks = properties.value("acks");
  constexpr std::string_view kInFlight = "max.in.flight.requests.per.connection";
  if (acks != "all" && acks != "-1") {
    give_way("acks");
  } else if (properties.value("retries") == "0") {
    give_way("retries");
  } else if (parse_int64(properties.value(kInFlight)).value_or(1) > 5) {
    give_way(kInFlight);
  }
}

}  // namespace

std::string config_path(const Environment& environment) {
  const auto value = [&](std::string_view name) {
    const auto at = environment.find(name);
    return at == environment.end() ? std::string() : at->second;
  };
  std::string base = value("XDG_CONFIG_HOME");
  if (!base.starts_with('/')) base = value("HOME") + "/.config";
  return base + "/kreel/config";
}

Result<std::vector<IniSection>> load_config(const Environment& environment) {
  const std::string path = config_path(environment);
  if (!file_exists(path)) return std::vector<IniSection>{};
  TRY_ASSIGN(const std::string text, read_file(path));
  return parse_ini(text, path);
}

std::optional<std::string> profile_name(const IniSection& section) {
  constexpr std::string_view kPrefix = "profile ";
  if (!section.name.starts_with(kPrefix)) return std::nullopt;
  return std::string(trim(std::string_view(section.name).substr(kPrefix.size())));
}

Result<Configuration> resolve_configuration(const GlobalArgs& globals,
                                            const Environment& environment) {
  return Resolver(globals, environment).run();
}

}  // namespace kreel::cli
