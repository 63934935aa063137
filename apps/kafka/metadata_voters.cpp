#include "kafka/metadata_voters.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/files.hpp"
#include "cli/java_properties.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::size_t kIdLength = 22;
constexpr std::size_t kIdLengthMax = 24;
constexpr std::string_view kNoControllerFile = "Is this a valid controller configuration file?";

using Properties = std::map<std::string, std::string>;

tl::unexpected<JavaError> not_a_voter(std::string message,
                                      ErrorKind reason = ErrorKind::kBadInput) {
  return tl::unexpected(JavaError{JavaError::Kind::kBare, "", std::move(message), reason});
}

std::optional<Properties> read_properties(const std::string& path) {
  const auto text = cli::read_file(path);
  if (!text) return std::nullopt;
  Properties properties;
  for (const auto& entry : cli::parse_java_properties(*text)) properties[entry.name] = entry.value;
  return properties;
}

std::string value_of(const Properties& properties, const std::string& name) {
  const auto at = properties.find(name);
  return at == properties.end() ? "" : at->second;
}

Outcome<std::int32_t> voter_id(const Properties& properties) {
  if (!properties.contains("node.id")) {
    return not_a_voter(
        fmt::format("node.id not found in configuration file. {}", kNoControllerFile));
  }
  const std::string text = value_of(properties, "node.id");
  const auto id = parse_int32(text);
  if (!id) {
    return thrown("java.lang.NumberFormatException", fmt::format("For input string: \"{}\"", text),
                  ErrorKind::kBadInput);
  }
  if (*id < 0) {
    return not_a_voter(
        fmt::format("node.id was negative in configuration file. {}", kNoControllerFile));
  }
  if (value_of(properties, "process.roles").find("controller") == std::string::npos) {
    return not_a_voter(fmt::format(
        "process.roles did not contain 'controller' in configuration file. {}", kNoControllerFile));
  }
  return *id;
}

Outcome<std::string> voter_directory_id(const Properties& properties) {
  std::string directory = value_of(properties, "metadata.log.dir");
  if (directory.empty()) {
    const std::string dirs = value_of(properties, "log.dirs");
    directory = std::string(trim(std::string_view(dirs).substr(0, dirs.find(','))));
  }
  if (directory.empty()) {
    return not_a_voter(
        fmt::format("Neither metadata.log.dir nor log.dirs were found. {}", kNoControllerFile));
  }
  const auto meta = read_properties(directory + "/meta.properties");
  if (!meta) return not_a_voter("Unable to read meta.properties from " + directory, ErrorKind::kIo);
  const std::string id = value_of(*meta, "directory.id");
  if (id.empty()) return not_a_voter("No directory id found in " + directory);
  return id;
}

// Names of listeners are the same in any case.
std::string listener_name(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

// "CONTROLLER://host:9093"
std::optional<QuorumListener> parse_listener(std::string_view text) {
  const auto slashes = text.find("://");
  const auto colon = text.rfind(':');
  if (slashes == std::string_view::npos || colon < slashes + 3) return std::nullopt;
  const auto port = parse_int32(text.substr(colon + 1));
  if (!port) return std::nullopt;
  std::string_view host = text.substr(slashes + 3, colon - slashes - 3);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return QuorumListener{listener_name(text.substr(0, slashes)),
                        host.empty() ? "localhost" : std::string(host), *port};
}

Outcome<std::vector<QuorumListener>> voter_listeners(const Properties& properties) {
  std::map<std::string, QuorumListener> known;
  for (const char* name : {"listeners", "advertised.listeners"}) {
    const std::string list = value_of(properties, name);
    for (const std::string_view part : split(list, ',')) {
      if (const auto listener = parse_listener(trim(part))) known[listener->name] = *listener;
    }
  }
  if (!properties.contains("controller.listener.names")) {
    return not_a_voter(
        fmt::format("controller.listener.names was not found. {}", kNoControllerFile));
  }
  std::vector<QuorumListener> listeners;
  const std::string names = value_of(properties, "controller.listener.names");
  for (const std::string_view part : split(names, ',')) {
    const std::string name = listener_name(trim(part));
    const auto at = known.find(name);
    if (at == known.end()) {
      return not_a_voter("Cannot find information about controller listener name: " + name);
    }
    listeners.push_back(at->second);
  }
  return listeners;
}

}  // namespace

Outcome<NewVoter> voter_of_file(const std::string& path) {
  const auto properties = read_properties(path);
  if (!properties) {
    return not_a_voter(fmt::format("Properties file {} does not exists!", path), ErrorKind::kIo);
  }
  NewVoter voter;
  TRY_ASSIGN(voter.id, voter_id(*properties));
  TRY_ASSIGN(voter.directory_id, voter_directory_id(*properties));
  TRY_ASSIGN(voter.listeners, voter_listeners(*properties));
  return voter;
}

Outcome<void> check_directory_id(const std::string& text) {
  constexpr std::string_view kFailure = "Failed to parse --controller-directory-id: ";
  if (text.size() > kIdLengthMax) {
    return not_a_voter(fmt::format("{}Input string with prefix `{}` is too long to be decoded as a "
                                   "base64 UUID",
                                   kFailure, text.substr(0, kIdLengthMax)),
                       ErrorKind::kUsage);
  }
  const std::string_view digits = std::string_view(text).substr(0, text.find('='));
  for (const char c : digits) {
    const bool is_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (is_digit) continue;
    return not_a_voter(
        fmt::format("{}Illegal base64 character {:x}", kFailure, static_cast<unsigned char>(c)),
        ErrorKind::kUsage);
  }
  if (digits.size() == kIdLength) return {};
  if (digits.size() % 4 == 1) {
    return not_a_voter(fmt::format("{}Last unit does not have enough valid bits", kFailure),
                       ErrorKind::kUsage);
  }
  return not_a_voter(fmt::format("{}Input string `{}` decoded as {} bytes, which is not equal to "
                                 "the expected 16 bytes of a base64-encoded UUID",
                                 kFailure, text, digits.size() * 3 / 4),
                     ErrorKind::kUsage);
}

}  // namespace kreel::kafka_tools
