#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include <kreel/acls.hpp>
#include <kreel/broker.hpp>
#include <kreel/text.hpp>

#include "cli/client_log.hpp"
#include "cli/container_settings.hpp"
#include "cli/context.hpp"
#include "cli/files.hpp"
#include "cli/java_properties.hpp"
#include "cli/passwords.hpp"
#include "cli/report.hpp"
#include "cli/seed.hpp"
#include "cli/serve_tls.hpp"
#include "cli/served_command.hpp"
#include "cli/service_manager.hpp"
#include "cli/start_pages.hpp"
#include "cli/state_directory.hpp"
#include "cli/stop_signals.hpp"

namespace kreel::commands {
namespace {

struct ServeArgs {
  std::vector<std::string> listen;
  std::optional<std::string> data_dir;
  bool ephemeral = false;
  std::vector<std::string> topics;
  std::string flush = "commit";
  std::vector<KeyValue> config;
  std::optional<std::string> config_file;
  bool config_from_env = false;
  std::optional<std::string> metrics;
  std::optional<std::string> ready_file;
  std::optional<std::string> tls;
  std::vector<std::string> sasl;
  bool unsecured_tokens = false;
  bool acl = false;
  std::vector<std::string> super_users;
  bool strict = false;
  bool insecure = false;
  std::vector<std::string> seeds;
  std::vector<std::string> faults;
  std::vector<std::string> latencies;
  std::optional<std::string> drop;
  std::vector<std::string> command;
};

// Brings the failure of the disk from the broker's thread to the one that waits.
class FailureNotice {
 public:
  FailureNotice() : descriptor_(::eventfd(0, EFD_CLOEXEC)) {}
  ~FailureNotice() { ::close(descriptor_); }
  FailureNotice(const FailureNotice&) = delete;
  FailureNotice& operator=(const FailureNotice&) = delete;

  void set(const Error& error) {
    {
      const std::lock_guard lock(mutex_);
      error_ = error;
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof(one));
  }
  std::optional<Error> get() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  mutable std::mutex mutex_;
  std::optional<Error> error_;
};

// The image's way in: what nobody knows is a warning there, as it is in Kafka.
Result<void> read_environment_settings(const Environment& environment, BrokerOptions& options) {
  TRY_ASSIGN(ContainerSettings settings, container_settings(environment));
  for (const auto& [name, value] : settings.config) {
    options.config[name] = value;
    options.config_origins.erase(name);
  }
  options.topics = std::move(settings.topics);
  options.cluster_id = std::move(settings.cluster_id);
  options.without_meaning = std::move(settings.without_meaning);
  options.skip_unknown_settings = true;
  return {};
}

constexpr std::string_view kAutoTls = "auto";

// Where the certificates of --tls are.
Result<std::string> tls_directory(const std::string& wanted, const CommandContext& context) {
  if (wanted != kAutoTls) return wanted;
  return state_directory(context.environment(), "certs");
}

// MECHANISM:USER:PASSWORD, where the password may say where it is.
Result<SaslUser> sasl_user(const std::string& text, CommandContext& context) {
  const auto parts = split(text, ':');
  if (parts.size() < 3 || parts[0].empty() || parts[1].empty()) {
    return fail(ErrorKind::kUsage, "--sasl is not MECHANISM:USER:PASSWORD",
                "SCRAM-SHA-512:app:file:password.txt, say");
  }
  SaslUser user{std::string(parts[0]), std::string(parts[1]),
                text.substr(parts[0].size() + parts[1].size() + 2)};
  const auto names_place = [&](std::string_view kind) { return user.password.starts_with(kind); };
  if (names_place("env:") || names_place("file:") || names_place("cmd:")) {
    TRY_ASSIGN(user.password, read_password(user.password, "--sasl"));
  } else {
    context.warn("--sasl: a password on the command line can be seen by others",
                 "env:VAR or file:PATH in its place says where it is");
  }
  return user;
}

bool first_listener_is_plaintext(const ServeArgs& args) {
  if (args.listen.empty() || args.listen.front().find("://") == std::string::npos) {
    return !args.tls && args.sasl.empty() && !args.unsecured_tokens;
  }
  const std::string& listener = args.listen.front();
  return listener.starts_with("PLAINTEXT://") ||
         listener.find("=PLAINTEXT://") != std::string::npos;
}

Result<void> check_serve(const ServeArgs& args) {
  // Records are loaded by a client of kreel's own, through the first listener.
  if (args.seeds.empty() || first_listener_is_plaintext(args)) return {};
  return fail(ErrorKind::kUsage, "--seed needs a listener without TLS and without SASL",
              "--listen PLAINTEXT://127.0.0.1:0, before the others");
}

// Short for Kafka's settings; super users come to those of the settings.
void ask_acls(const ServeArgs& args, BrokerOptions& options) {
  if (args.acl) options.config["authorizer.class.name"] = kStandardAuthorizer;
  for (const std::string& user : args.super_users) {
    std::string& users = options.config["super.users"];
    const bool has_kind = user.starts_with("User:");
    users += fmt::format("{}{}{}", users.empty() ? "" : ";", has_kind ? "" : "User:", user);
  }
}

Result<BrokerOptions> broker_options(const ServeArgs& args, CommandContext& context) {
  BrokerOptions options;
  if (args.config_file) {
    TRY_ASSIGN(const std::string text, read_file(*args.config_file));
    for (const IniEntry& entry : parse_java_properties(text)) {
      options.config[entry.name] = entry.value;
      options.config_origins[entry.name] = fmt::format("{}:{}", *args.config_file, entry.line);
    }
  }
  if (args.config_from_env) TRY(read_environment_settings(context.environment(), options));
  for (const KeyValue& setting : args.config) {
    options.config[setting.key] = setting.value;
    options.config_origins.erase(setting.key);
  }
  options.listen = args.listen;
  // A command is told where its broker is, so any number of them run side by side.
  const bool is_free_to_choose = args.listen.empty() && !options.config.contains("listeners");
  if (!args.command.empty() && is_free_to_choose) options.listen = {"127.0.0.1:0"};
  if (args.tls) {
    TRY_ASSIGN(options.tls_directory, tls_directory(*args.tls, context));
  }
  if (args.tls == kAutoTls) {
    options.prepare_tls = [&context, directory = options.tls_directory](const auto& listeners) {
      return prepare_certificates(directory, listeners, context);
    };
  }
  for (const std::string& text : args.sasl) {
    TRY_ASSIGN(options.sasl_users.emplace_back(), sasl_user(text, context));
  }
  options.unsecured_tokens = args.unsecured_tokens;
  ask_acls(args, options);
  options.ephemeral = args.ephemeral;
  for (const auto* name : {"log.dir", "log.dirs"}) {
    const auto directory = options.config.find(name);
    if (directory == options.config.end() || directory->second.empty()) continue;
    if (directory->second.find(',') != std::string::npos && !args.data_dir) {
      return fail(ErrorKind::kUsage,
                  fmt::format("{}: kreel keeps its data in one directory", name));
    }
    options.data_directory = directory->second;
  }
  if (args.data_dir) options.data_directory = *args.data_dir;
  if (options.data_directory.empty() && !args.ephemeral) {
    TRY_ASSIGN(options.data_directory, state_directory(context.environment(), "data"));
  }
  options.flush = args.flush;
  for (const std::string& list : args.topics) {
    for (const auto topic : split(list, ',')) options.topics.emplace_back(topic);
  }
  options.metrics_listen = args.metrics.value_or("");
  options.strict = args.strict;
  options.insecure = args.insecure;
  options.faults = {.errors = args.faults, .latencies = args.latencies, .drop = args.drop};
  return options;
}

Result<void> write_ready_file(const std::string& path, const std::vector<std::string>& addresses) {
  const std::string temporary = path + ".tmp";
  std::ofstream file(temporary, std::ios::trunc);
  for (const std::string& address : addresses) file << address << '\n';
  file.close();
  if (file && std::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const std::string why = system_text(errno);
  ::unlink(temporary.c_str());
  return fail(ErrorKind::kIo, fmt::format("cannot write the ready file {}: {}", path, why));
}

Environment environment_of_command(const CommandContext& context, const BrokerServer& server) {
  Environment environment = context.environment();
  const std::string address = server.addresses().front();
  environment["KAFKA_BOOTSTRAP_SERVERS"] = address;
  environment["KREEL_BROKERS"] = address;
  environment["KREEL_CONTROL"] = server.control_socket();
  return environment;
}

// The failure is told without another sync: what is in doubt stays unacknowledged.
[[noreturn]] void end_after_failure(CommandContext& context, const Error& error) {
  report_error(context.streams(), error, false);
  context.streams().err.flush_now();
  ::_exit(static_cast<int>(ExitCode::kIo));
}

// Until a signal, or until the command has ended: then its exit code.
ExitCode attend(CommandContext& context, StopSignals& signals, const FailureNotice& failure,
                ServedCommand* command) {
  std::array<pollfd, 2> waiting{pollfd{signals.descriptor(), POLLIN, 0},
                                pollfd{failure.descriptor(), POLLIN, 0}};
  while (true) {
    const int wait_ms = command == nullptr ? -1 : command->wait_ms(steady_ms());
    ::poll(waiting.data(), waiting.size(), wait_ms);
    if (const auto error = failure.get()) end_after_failure(context, *error);
    while (const auto signal = signals.take()) {
      if (command != nullptr) {
        command->take(*signal, steady_ms());
      } else if (signal->ssi_signo != SIGCHLD) {
        return ExitCode::kDone;
      }
    }
    if (command == nullptr) continue;
    if (const auto code = command->exit()) return *code;
  }
}

Result<ExitCode> run_beside(const ServeArgs& args, CommandContext& context, BrokerServer& server,
                            StopSignals& signals, const FailureNotice& failure) {
  if (args.command.empty()) return attend(context, signals, failure, nullptr);
  ServedCommand command;
  if (const auto not_run = command.start(args.command, environment_of_command(context, server),
                                         signals.mask_before())) {
    report_error(context.streams(), not_run->error, false);
    return not_run->code;
  }
  return attend(context, signals, failure, &command);
}

// The file goes with the broker, however run() ends: who waits for it must not find an old one.
class ReadyFile {
 public:
  ~ReadyFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Result<void> write(const std::string& path, const std::vector<std::string>& addresses) {
    TRY(write_ready_file(path, addresses));
    path_ = path;
    return {};
  }

 private:
  std::string path_;
};

Result<ExitCode> run(const ServeArgs& args, CommandContext& context) {
  TRY_ASSIGN(const BrokerOptions options, broker_options(args, context));
  TRY_ASSIGN(const Seed seed, Seed::check(args.seeds));
  StopSignals signals;
  FailureNotice failure;
  TRY_ASSIGN(const auto server, BrokerServer::start(options));
  server->on_storage_failure([&failure](const Error& error) { failure.set(error); });
  const std::vector<std::string> addresses = server->addresses();
  if (args.tls == kAutoTls) TRY(tell_address(options.tls_directory, server->listeners()));
  if (!seed.empty()) {
    TRY_ASSIGN(const ExitCode loaded, seed.load(context, addresses.front()));
    if (loaded != ExitCode::kDone) return loaded;
  }
  ReadyFile ready_file;
  if (args.ready_file) TRY(ready_file.write(*args.ready_file, addresses));
  tell_service_manager("READY=1");
  context.note(fmt::format("serving on {}, data in {}", fmt::join(addresses, ", "),
                           args.ephemeral ? "a temporary directory" : server->data_directory()));
  if (args.metrics) context.note("metrics on http://" + server->metrics_address() + "/metrics");
  for (const ListenerAddress& listener : server->listeners()) {
    const std::string line = way_in(options, listener);
    if (!line.empty()) context.note("connect with: " + line);
  }
  context.streams().err.flush_now();
  unmap_start_pages();
  TRY_ASSIGN(const ExitCode code, run_beside(args, context, *server, signals, failure));
  tell_service_manager("STOPPING=1");
  if (args.command.empty()) context.note("stopping");
  server->stop();
  return code;
}

}  // namespace

Command serve() {
  return command<ServeArgs>({
      .name = "serve",
      .summary = "Run a Kafka broker in this process",
      .since = "0.1",
      .run = run,
      .options =
          {option("--listen", &ServeArgs::listen)
               .value("HOST:PORT")
               .help("Listen here; port 0 picks a free one. NAME=SSL://HOST:PORT names it and its "
                     "protocol")
               .fallback("127.0.0.1:9092"),
           option("--tls", &ServeArgs::tls)
               .value("auto|DIR")
               .kind(ValueKind::kDirectory)
               .help(
                   "Speak TLS where --listen names no protocol, with the certificates in DIR; auto "
                   "makes some at the first start"),
           option("--sasl", &ServeArgs::sasl)
               .value("MECH:USER:PASS")
               .help(
                   "Let this user in by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, and nobody without "
                   "a password where --listen names no protocol; PASS may be env:VAR or "
                   "file:PATH"),
           option("--unsecured-tokens", &ServeArgs::unsecured_tokens)
               .help("Let in by OAUTHBEARER whoever brings a token, signed or not: for tests"),
           option("--acl", &ServeArgs::acl)
               .help("Let nobody do what no ACL allows, but super users"),
           option("--super-user", &ServeArgs::super_users)
               .value("USER")
               .help("Let this user do everything; with certificates USER is the subject's name"),
           option("--data-dir", &ServeArgs::data_dir)
               .kind(ValueKind::kDirectory)
               .value("DIR")
               .help("Keep data here")
               .fallback("$XDG_STATE_HOME/kreel/data"),
           option("--ephemeral", &ServeArgs::ephemeral).help("Keep nothing after the stop"),
           option("--topics", &ServeArgs::topics)
               .value("NAME:PARTITIONS,...")
               .help("Create these topics unless they exist; as in KAFKA_CREATE_TOPICS, replicas "
                     "and cleanup policy may follow: NAME:6:1:compact"),
           option("--flush", &ServeArgs::flush)
               .value("MODE")
               .help("When an acknowledged record is on disk: commit (before), interval:MS, or os"),
           option("-c,--config", &ServeArgs::config)
               .help("A broker setting by Kafka's name; wins over the file"),
           option("--config-file", &ServeArgs::config_file)
               .kind(ValueKind::kFile)
               .value("FILE")
               .help("Broker settings as in Apache Kafka's server.properties"),
           option("--config-from-env", &ServeArgs::config_from_env)
               .help("Take settings and topics from the KAFKA_* variables that container images "
                     "for Kafka read; they win over the file"),
           option("--metrics", &ServeArgs::metrics)
               .kind(ValueKind::kBroker)
               .value("HOST:PORT")
               .help("Serve Prometheus metrics here, under /metrics"),
           option("--ready-file", &ServeArgs::ready_file)
               .kind(ValueKind::kFile)
               .value("FILE")
               .help("Write the addresses here, one per line, once clients can connect"),
           option("--strict", &ServeArgs::strict)
               .help("Refuse to start on corrupt data instead of serving the rest"),
           option("--insecure", &ServeArgs::insecure)
               .help("Listen where others can reach, although nobody has to authenticate"),
           option("--seed", &ServeArgs::seeds)
               .kind(ValueKind::kFile)
               .value("FILE")
               .help("Write these records first, as consume -o jsonl prints them"),
           option("--fault", &ServeArgs::faults)
               .value("API:ERROR[:N]")
               .help("Answer requests of this API with this error, the first N or all"),
           option("--latency", &ServeArgs::latencies)
               .value("API=DURATION[-DURATION]")
               .help("Hold back answers of this API for so long"),
           option("--drop", &ServeArgs::drop)
               .value("PERCENT")
               .help("Close the connection instead of answering so many of all requests"),
           trailing("CMD", &ServeArgs::command)
               .help("Run this beside the broker, and end with its exit code")},
      .details =
          "The broker speaks the protocol of Apache Kafka 4 and stores its log format. An "
          "acknowledged record is on disk unless --flush says otherwise. SIGTERM and SIGINT "
          "finish what is under way and stop cleanly with exit code 0. What serve has to say goes "
          "to stderr.\n\n"
          "With CMD the broker takes a free port unless --listen names one, CMD finds it in "
          "KAFKA_BOOTSTRAP_SERVERS and KREEL_BROKERS, and serve ends with CMD's exit code: 128+n "
          "when signal n ended it, 127 when there is no such command, 126 when it cannot be run. "
          "SIGTERM and SIGINT are passed on, and CMD has 10 seconds. What it has left running "
          "when it ends is killed, detached or not.\n\n"
          "Topics that --seed needs are made with as many partitions as its records name, and "
          "keep records of any age. Faults are for rehearsing an outage: API is Kafka's name of a "
          "request, as produce or list_offsets, or all; kreel errors lists the errors. kreel "
          "fault changes them while the broker runs.\n\n"
          "--tls DIR reads broker.crt, broker.key and ca.crt, as kreel certs gen makes them, and "
          "Kafka's ssl.* settings do the same for PEM and PKCS12 files elsewhere. With --config "
          "ssl.client.auth=required clients need a certificate of the authority. New files are "
          "taken within a second, without a restart. auto keeps its certificates in "
          "$XDG_STATE_HOME/kreel/certs.\n\n"
          "--sasl with SCRAM makes the user, or gives him this password, and he stays (kreel "
          "users); with PLAIN he is known while the broker runs. Kafka's sasl.enabled.mechanisms "
          "and sasl.jaas.config do the same. OAUTHBEARER checks tokens with the JWK set of "
          "sasl.oauthbearer.jwks.endpoint.url=file://PATH.\n\n"
          "--acl sets Kafka's authorizer.class.name, and --super-user adds to super.users: "
          "somebody has to make the first ACLs.",
      .exclusive = {{"--data-dir", "--ephemeral"}},
      .check = check_serve,
      .examples = {{"kreel serve", "On 127.0.0.1:9092, data below ~/.local/state"},
                   {"kreel serve --ephemeral --topics orders:6", "A broker for an afternoon"},
                   {"kreel serve --ephemeral --topics orders:6 --seed orders.jsonl -- make test",
                    "A broker for one test run, gone with it"},
                   {"kreel serve --ephemeral --fault produce:NOT_LEADER_OR_FOLLOWER:3 --drop 1%",
                    "Watch clients in an outage"},
                   {"kreel serve --tls auto --listen 127.0.0.1:9093",
                    "By TLS, with certificates of its own"},
                   {"kreel serve --tls auto --sasl SCRAM-SHA-512:app:env:APP_PASSWORD",
                    "For those alone who have the password"},
                   {"kreel serve --sasl PLAIN:admin:file:pw --acl --super-user admin",
                    "Where nobody but admin may do what no ACL allows"},
                   {"kreel serve --data-dir /srv/kreel --flush interval:100",
                    "Faster, at most 100 ms of records lost when the power goes"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kRefused, ExitCode::kBadInput, ExitCode::kIo},
      .see_also = {"certs gen", "fault add", "users add", "demo"},
  });
}

}  // namespace kreel::commands
