#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/client_config.hpp>
#include <kreel/result.hpp>

namespace kreel::cli {

// Where a property came from, weakest first: a stronger source replaces a weaker one.
enum class Source { kBuiltIn, kDefaults, kProfile, kEnvironment, kFile, kProperty, kFlag };

// A client property with its origin.
struct Property {
  std::string name;   // canonical: "bootstrap.servers", never "metadata.broker.list"
  std::string value;  // as written; a secret may be env:VAR, file:PATH or cmd:COMMAND
  Source source = Source::kBuiltIn;
  std::string origin;  // for people: "-X", "KREEL_BROKERS", "profile prod (/home/u/...:7)"

  bool is_secret() const;
  // For output: a secret is "***" unless it only names where the secret is kept (env:, file:).
  std::string shown() const;
};

class Properties {
 public:
  // `name` may be any name that librdkafka knows. A stronger or equal source replaces.
  void set(Property property);
  const Property* find(std::string_view name) const;
  std::string_view value(std::string_view name) const;        // "" when it is not set
  const std::vector<Property>& all() const { return list_; }  // sorted by name

 private:
  std::vector<Property> list_;
};

// Names that can be set, kreel's own included, for "did you mean".
std::vector<std::string> property_names();

// A property ready for a client: the value itself, no reference to it.
struct ClientProperty {
  std::string name;
  std::string value;
};

// What env:, file: or cmd: refers to. `name` and `origin` are for messages; a command may come from
// the user's own configuration alone.
Result<std::string> resolve_reference(const std::string& name, const std::string& reference,
                                      const std::string& origin, bool runs_commands);

// Reads env:, file: and cmd: references of secrets; other values stay as they are. A command runs
// once, in /bin/sh, with the terminal as its own. kUsage when there is nothing to read.
Result<std::string> read_reference(const Property& property);
// The global properties and those of this scope, references read.
Result<std::vector<ClientProperty>> client_properties(const Properties& properties,
                                                      PropertyScope scope);

}  // namespace kreel::cli
