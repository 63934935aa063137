#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/admin.hpp>
#include <kreel/client_config.hpp>

#include "kafka/java_configs.hpp"
#include "kafka/tool.hpp"

namespace kreel::kafka_tools {

// What a tool's client is made of, in Java's names. Nothing of kreel's own configuration counts.
struct ClientSettings {
  std::string bootstrap;                     // wins over bootstrap.servers of the file
  std::optional<std::string> file;           // --command-config
  std::vector<std::string> properties = {};  // k=v
  // What holds where neither file nor properties say something.
  std::vector<std::pair<std::string, std::string>> defaults = {};
  // What nothing can change.
  std::vector<std::pair<std::string, std::string>> forced = {};
};

// A client's properties with Java's names: file, then `properties`, then defaults; a JAAS file that
// KAFKA_OPTS names gives the login where sasl.jaas.config does not.
class JavaProperties {
 public:
  static Outcome<JavaProperties> read(const ClientSettings& settings, const Host& host);
  std::optional<std::string> find(std::string_view name) const;
  // What the file says, though k=v may say otherwise.
  std::optional<std::string> find_in_file(std::string_view name) const;
  std::int64_t number_or(std::string_view name, std::int64_t fallback) const;
  // ConfigException for a value that Java's client refuses; names that it does not know are warned
  // of.
  Outcome<void> check(JavaClients client, ToolContext& context) const;
  // In librdkafka's names; what only Java's client knows is left out. `failure` is what Java says
  // where a client cannot be made: "Failed to create new KafkaAdminClient".
  Outcome<ClientConfig> client_config(std::string_view failure) const;

 private:
  // Settings of a producer that exclude each other.
  Outcome<void> check_idempotence() const;
  // SASL with a password, and nobody says which.
  bool lacks_login() const;

  using Values = std::map<std::string, std::string, std::less<>>;

  Values values_;
  Values file_values_;
  std::string path_;
};

// An admin client that is connected with its first call; it is tried as long as Java tries it.
class ToolAdmin {
 public:
  // The settings are checked as those of `client`; kEveryClient says that they have been.
  static Outcome<ToolAdmin> make(const ClientSettings& settings, ToolContext& context,
                                 JavaClients client = kAdmin);
  // `call` is Java's name of the call that needs it.
  Outcome<AdminClient*> connect(std::string_view call);
  // For the connection and for each call; default.api.timeout.ms where nobody says so.
  void set_timeout_ms(std::int64_t timeout_ms) {
    timeout_ms_ = timeout_ms;
    config_.timeout_ms = timeout_ms;
  }
  // For the connection alone.
  void set_connect_timeout_ms(std::int64_t timeout_ms) { timeout_ms_ = timeout_ms; }
  const ClientConfig& config() const { return config_; }
  std::int64_t timeout_ms() const { return timeout_ms_; }

 private:
  ToolAdmin(ClientConfig config, std::int64_t timeout_ms, ToolContext& context)
      : config_(std::move(config)), timeout_ms_(timeout_ms), context_(&context) {}

  ClientConfig config_;
  std::int64_t timeout_ms_;
  ToolContext* context_;
  std::unique_ptr<AdminClient> admin_;
};

// What Java's clients log while no broker answers; `who` is "Producer clientId=console-producer".
void warn_of_no_broker(ToolContext& context, std::string_view who,
                       const std::vector<Endpoint>& servers);

// The client's file of properties: --command-config, or the option that the tool had before it. No
// tool takes both, nor --command-property beside its older name.
Outcome<std::optional<std::string>> command_config(const Options& options,
                                                   std::string_view old_name);
std::vector<std::string> command_properties(const Options& options, std::string_view old_name);

// --bootstrap-server and --command-config.
Outcome<ToolAdmin> admin_of(const Options& options, ToolContext& context);

}  // namespace kreel::kafka_tools
