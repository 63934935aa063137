#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <kreel/broker.hpp>
#include <kreel/text.hpp>

#include "cli/ansi.hpp"
#include "cli/app.hpp"
#include "cli/files.hpp"
#include "cli/report.hpp"

namespace kreel::commands {
namespace {

struct DemoArgs {};

// Lines of dpkg.log that name a package, as package, tab, line.
constexpr std::string_view kKeyByPackage =
    R"(awk '{ p = $3 == "status" ? $5 : $4; if (sub(/:.*/, "", p)) print p "\t" $0 }')";

// A directory that goes with the demo.
class Workspace {
 public:
  explicit Workspace(const std::string& parent) {
    std::string path = parent + "/kreel-demo-XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) path_ = path;
  }
  ~Workspace() {
    std::error_code code;
    if (!path_.empty()) std::filesystem::remove_all(path_, code);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What is written to the topic, and how a person would do it.
struct DemoLines {
  std::string topic;
  std::string about;
  std::string command;
  std::string delimiter;  // behind the key, as typed
  std::string file;
};

// The shell command that prints key, tab, value lines.
std::string package_lines_command() {
  std::string logs;
  for (const char* path : {"/var/log/dpkg.log.1", "/var/log/dpkg.log"}) {
    std::error_code code;
    const bool usable = std::filesystem::file_size(path, code) > 0 && !code;
    if (usable && ::access(path, R_OK) == 0) logs += fmt::format(" {}", path);
  }
  return logs.empty() ? "dpkg-query -W" : std::string(kKeyByPackage) + logs;
}

std::string quoted(const std::string& word) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@+";
  const bool safe = !word.empty() && word.find_first_not_of(kSafe) == std::string::npos;
  return safe ? word : "'" + word + "'";
}

// Runs the real commands against the demo's broker and shows each as a person would type it.
class Stage {
 public:
  Stage(CommandContext& context, std::string brokers, std::string directory)
      : context_(context),
        out_(context.streams().out),
        colour_(context.streams().out_colour),
        brokers_(std::move(brokers)),
        directory_(std::move(directory)) {}

  void say(std::string_view text) {
    out_.write(fmt::format("\n{}\n", text));
    out_.flush_now();
  }
  void show(std::string_view line) {
    out_.write(fmt::format("{}$ {}{}\n", colour_ ? kBold : "", line, colour_ ? kReset : ""));
    out_.flush_now();
  }
  std::string typed(std::vector<std::string> words) const {
    words.insert(words.end(), {"-b", brokers_});
    std::string line = "kreel";
    for (const std::string& word : words) line += " " + quoted(word);
    return line;
  }

  // Its output goes where the demo's goes.
  bool run(const std::vector<std::string>& words) {
    show(typed(words));
    return run_quietly(words, out_);
  }
  // Shown as piped into `wc -l`, and so is what comes out.
  bool run_and_count(const std::vector<std::string>& words) {
    show(typed(words) + " | wc -l");
    std::string text;
    OutStream memory(text);
    if (!run_quietly(words, memory)) return false;
    out_.write(fmt::format("{}\n", std::ranges::count(text, '\n')));
    return true;
  }
  // Stands for a pipeline that was shown.
  bool run_hidden(const std::vector<std::string>& words) { return run_quietly(words, out_); }

  ExitCode code() const { return code_; }
  const std::string& failed() const { return failed_; }

 private:
  bool run_quietly(std::vector<std::string> words, OutStream& out) {
    words.insert(words.end(), {"-b", brokers_});
    Streams streams(out, out_);
    streams.width = context_.streams().width;
    streams.out_colour = colour_ && &out == &out_;
    // The profiles and variables of whoever looks on belong to other clusters.
    const Host host{streams,
                    {{"XDG_STATE_HOME", directory_}},
                    [this] { return context_.now_ms(); },
                    [] { return std::nullopt; }};
    code_ = run_app(words, host);
    if (code_ != ExitCode::kDone) failed_ = fmt::format("kreel {}", fmt::join(words, " "));
    return code_ == ExitCode::kDone;
  }

  CommandContext& context_;
  OutStream& out_;
  bool colour_;
  std::string brokers_;
  std::string directory_;  // undo files go with it
  ExitCode code_ = ExitCode::kDone;
  std::string failed_;
};

bool write_by_shell(const std::string& command, const std::string& path) {
  const int status = std::system(fmt::format("{} > '{}' 2>/dev/null", command, path).c_str());
  std::error_code code;
  const bool empty = std::filesystem::file_size(path, code) == 0 || code;
  return status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && !empty;
}

// Where there is no package log, on a system that is not Debian, kreel has lines of its own.
Result<DemoLines> write_lines(CommandContext& context, const std::string& directory) {
  const std::string path = directory + "/lines";
  const std::string packages = package_lines_command();
  if (write_by_shell(packages, path)) {
    return DemoLines{"packages",
                     "This machine's package log, one record per line, keyed by package name:",
                     packages, "\\t", path};
  }
  const std::vector<std::string> words{"errors",       "-o",        "csv",
                                       "--no-headers", "--columns", "name,meaning"};
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return fail(ErrorKind::kIo, fmt::format("{}: {}", path, system_text(errno)));
  OutStream out(file, path);
  Streams streams(out, context.streams().err);
  const Host host{
      streams, {}, [&context] { return context.now_ms(); }, [] { return std::nullopt; }};
  run_app(words, host);
  const auto written = out.finish();
  ::close(file);
  TRY(written);
  return DemoLines{"errors", "Kafka's error codes, one record per line, keyed by name:",
                   fmt::format("kreel {}", fmt::join(words, " ")), ",", path};
}

bool play(Stage& stage, const DemoLines& lines) {
  const std::vector<std::string> read_all{"consume", lines.topic, "-g", "demo", "--until", "end"};
  stage.say("A topic with four partitions:");
  if (!stage.run({"topics", "create", lines.topic, "-p", "4"})) return false;

  stage.say(lines.about);
  const std::vector<std::string> produce{"produce", lines.topic, "-K", lines.delimiter};
  stage.show(lines.command + " | " + stage.typed(produce));
  std::vector<std::string> produce_file = produce;
  produce_file.insert(produce_file.end(), {"--file", lines.file});
  if (!stage.run_hidden(produce_file)) return false;
  if (!stage.run({"topics", "describe", lines.topic})) return false;

  stage.say("The first five records, read by a consumer group named demo:");
  if (!stage.run({"consume", lines.topic, "-g", "demo", "-n", "5", "-f", "%p@%o %k: %s\\n"})) {
    return false;
  }
  stage.say("How far the group is behind:");
  if (!stage.run({"groups", "lag", "demo"})) return false;

  stage.say("The group reads the rest, up to the end:");
  if (!stage.run_and_count(read_all)) return false;
  if (!stage.run({"groups", "lag", "demo"})) return false;

  stage.say("Something went wrong downstream? Rewind the group by 100 records per partition:");
  if (!stage.run({"offsets", "rewind", "demo", "--by", "100", "--yes"})) return false;

  stage.say("The group reads those again:");
  return stage.run_and_count(read_all) && stage.run({"groups", "lag", "demo"});
}

constexpr std::string_view kNext = R"(
Next, with a broker of your own:
$ kreel serve                                  # 127.0.0.1:9092, data below ~/.local/state
$ kreel topics create orders -p 6
$ echo hello | kreel produce orders
$ kreel consume orders --until end -o jsonl
$ kreel topics list -b kafka.example:9092      # any other Kafka cluster
$ kreel help
)";

Result<ExitCode> run(const DemoArgs&, CommandContext& context) {
  const auto parent = context.environment().find("TMPDIR");
  const Workspace workspace(parent == context.environment().end() ? "/tmp" : parent->second);
  if (workspace.path().empty()) {
    return fail(ErrorKind::kIo, "cannot make a temporary directory",
                "TMPDIR names one that can be written");
  }
  TRY_ASSIGN(const DemoLines lines, write_lines(context, workspace.path()));
  BrokerOptions options;
  options.listen = {"127.0.0.1:0"};
  options.ephemeral = true;
  // Nothing outlives the demo, so nothing has to reach the disk.
  options.flush = "os";
  TRY_ASSIGN(const auto server, BrokerServer::start(options));
  const std::string address = server->addresses().front();

  Stage stage(context, address, std::filesystem::absolute(workspace.path()));
  context.streams().out.write("A Kafka broker, in this process and gone with it:\n");
  stage.show("kreel serve --ephemeral --flush os --listen " + address);
  const bool played = play(stage, lines);
  if (played) context.streams().out.write(kNext);
  server->stop();
  if (!played) {
    report_error(
        context.streams(),
        Error(ErrorKind::kFailed, fmt::format("demo: \"{}\" ended with exit code {}",
                                              stage.failed(), static_cast<int>(stage.code()))),
        false);
  }
  return stage.code();
}

}  // namespace

Command demo() {
  return command<DemoArgs>({
      .name = "demo",
      .summary = "Show the main commands at work on a broker of its own",
      .since = "0.1",
      .run = run,
      .details =
          "Starts a broker on a free port with a temporary directory, writes this machine's "
          "package log (on a system without one, Kafka's error codes) to a topic, reads it with "
          "a group, shows the group's lag, rewinds it and reads again. Each step shows the command "
          "to type. Nothing is left behind.",
      .examples = {{"kreel demo", "Takes a few seconds"},
                   {"kreel demo > demo.txt", "Kept, to be read later"}},
      .exits = {ExitCode::kIo, ExitCode::kInterrupted},
      .see_also = {"serve", "produce", "consume"},
  });
}

}  // namespace kreel::commands
