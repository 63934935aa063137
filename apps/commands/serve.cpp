#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include <kreel/broker.hpp>

#include "cli/container_settings.hpp"
#include "cli/context.hpp"
#include "cli/files.hpp"
#include "cli/java_properties.hpp"
#include "cli/report.hpp"
#include "cli/service_manager.hpp"

namespace kreel::commands {
namespace {

struct Args {
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
  bool strict = false;
  bool insecure = false;
};

// SIGINT and SIGTERM as something to poll. Made before the broker's threads, which inherit the
// mask.
class StopSignals {
 public:
  StopSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    descriptor_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
  }
  ~StopSignals() { ::close(descriptor_); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
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

std::string default_data_directory(const CommandContext& context) {
  const auto find = [&](const char* name) -> std::string {
    const auto at = context.environment().find(name);
    return at == context.environment().end() ? std::string() : at->second;
  };
  const std::string state = find("XDG_STATE_HOME");
  if (!state.empty()) return state + "/kreel/data";
  const std::string home = find("HOME");
  return home.empty() ? std::string() : home + "/.local/state/kreel/data";
}

// The image's way in: what nobody knows is a warning there, as it is in Kafka.
Result<void> read_environment_settings(const Environment& environment, BrokerOptions& options) {
  TRY_ASSIGN(ContainerSettings settings, container_settings(environment));
  for (const auto& [name, value] : settings.config) options.config[name] = value;
  options.topics = std::move(settings.topics);
  options.cluster_id = std::move(settings.cluster_id);
  options.without_meaning = std::move(settings.without_meaning);
  options.skip_unknown_settings = true;
  return {};
}

Result<BrokerOptions> broker_options(const Args& args, const CommandContext& context) {
  BrokerOptions options;
  if (args.config_file) {
    TRY_ASSIGN(const std::string text, read_file(*args.config_file));
    for (const IniEntry& entry : parse_java_properties(text)) {
      options.config[entry.name] = entry.value;
    }
  }
  if (args.config_from_env) TRY(read_environment_settings(context.environment(), options));
  for (const KeyValue& setting : args.config) options.config[setting.key] = setting.value;
  options.listen = args.listen;
  options.ephemeral = args.ephemeral;
  for (const auto* name : {"log.dir", "log.dirs"}) {
    const auto directory = options.config.find(name);
    if (directory == options.config.end()) continue;
    if (directory->second.find(',') != std::string::npos && !args.data_dir) {
      return fail(ErrorKind::kUsage,
                  fmt::format("{}: kreel keeps its data in one directory", name));
    }
    options.data_directory = directory->second;
  }
  if (args.data_dir) options.data_directory = *args.data_dir;
  if (options.data_directory.empty()) options.data_directory = default_data_directory(context);
  options.flush = args.flush;
  for (const std::string& list : args.topics) {
    for (const auto topic : split(list, ',')) options.topics.emplace_back(topic);
  }
  options.metrics_listen = args.metrics.value_or("");
  options.strict = args.strict;
  options.insecure = args.insecure;
  return options;
}

Result<void> write_ready_file(const std::string& path, const std::vector<std::string>& addresses) {
  const std::string temporary = path + ".tmp";
  std::ofstream file(temporary, std::ios::trunc);
  for (const std::string& address : addresses) file << address << '\n';
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
    return fail(ErrorKind::kIo, fmt::format("cannot write the ready file {}", path));
  }
  return {};
}

Result<ExitCode> run(const Args& args, CommandContext& context) {
  TRY_ASSIGN(const BrokerOptions options, broker_options(args, context));
  const StopSignals signals;
  FailureNotice failure;
  TRY_ASSIGN(const auto server, BrokerServer::start(options));
  server->on_storage_failure([&failure](const Error& error) { failure.set(error); });
  const std::vector<std::string> addresses = server->addresses();
  if (args.ready_file) TRY(write_ready_file(*args.ready_file, addresses));
  tell_service_manager("READY=1");
  context.note(fmt::format("serving on {}, data in {}", fmt::join(addresses, ", "),
                           args.ephemeral ? "a temporary directory" : server->data_directory()));
  context.streams().err.flush_now();

  std::array<pollfd, 2> waiting{pollfd{signals.descriptor(), POLLIN, 0},
                                pollfd{failure.descriptor(), POLLIN, 0}};
  while (::poll(waiting.data(), waiting.size(), -1) < 0) {
  }
  // The failure is told without another sync: what is in doubt stays unacknowledged.
  if (const auto error = failure.get()) {
    report_error(context.streams(), *error, false);
    context.streams().err.flush_now();
    ::_exit(static_cast<int>(ExitCode::kIo));
  }
  tell_service_manager("STOPPING=1");
  context.note("stopping");
  server->stop();
  return ExitCode::kDone;
}

}  // namespace

Command serve() {
  return command<Args>({
      .name = "serve",
      .summary = "Run a Kafka broker in this process",
      .since = "0.1",
      .run = run,
      .options =
          {option("--listen", &Args::listen)
               .value("HOST:PORT")
               .help("Listen here; port 0 picks a free one. NAME=PLAINTEXT://HOST:PORT names it")
               .fallback("127.0.0.1:9092"),
           option("--data-dir", &Args::data_dir)
               .kind(ValueKind::kDirectory)
               .value("DIR")
               .help("Keep data here")
               .fallback("$XDG_STATE_HOME/kreel/data"),
           option("--ephemeral", &Args::ephemeral).help("Keep nothing after the stop"),
           option("--topics", &Args::topics)
               .value("NAME:PARTITIONS,...")
               .help("Create these topics unless they exist; as in KAFKA_CREATE_TOPICS, replicas "
                     "and cleanup policy may follow: NAME:6:1:compact"),
           option("--flush", &Args::flush)
               .value("MODE")
               .help("When an acknowledged record is on disk: commit (before), interval:MS, or os"),
           option("-c,--config", &Args::config)
               .help("A broker setting by Kafka's name; wins over the file"),
           option("--config-file", &Args::config_file)
               .kind(ValueKind::kFile)
               .value("FILE")
               .help("Broker settings as in Apache Kafka's server.properties"),
           option("--config-from-env", &Args::config_from_env)
               .help("Take settings and topics from the KAFKA_* variables that container images "
                     "for Kafka read; they win over the file"),
           option("--metrics", &Args::metrics)
               .kind(ValueKind::kBroker)
               .value("HOST:PORT")
               .help("Serve Prometheus metrics here, under /metrics"),
           option("--ready-file", &Args::ready_file)
               .kind(ValueKind::kFile)
               .value("FILE")
               .help("Write the addresses here, one per line, once clients can connect"),
           option("--strict", &Args::strict)
               .help("Refuse to start on corrupt data instead of serving the rest"),
           option("--insecure", &Args::insecure)
               .help("Listen where others can reach, although nobody has to authenticate")},
      .details =
          "The broker speaks the protocol of Apache Kafka 4 and stores its log format. An "
          "acknowledged record is on disk unless --flush says otherwise. SIGTERM and SIGINT finish "
          "what is under way and stop cleanly with exit code 0. What serve has to say goes to "
          "stderr.",
      .exclusive = {{"--data-dir", "--ephemeral"}},
      .examples = {{"kreel serve", "On 127.0.0.1:9092, data below ~/.local/state"},
                   {"kreel serve --ephemeral --topics orders:6", "A broker for an afternoon"},
                   {"kreel serve --data-dir /srv/kreel --flush interval:100",
                    "Faster, at most 100 ms of records lost when the power goes"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kRefused, ExitCode::kBadInput, ExitCode::kIo},
  });
}

}  // namespace kreel::commands
