#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include <kreel/text.hpp>

#include "cli/report.hpp"
#include "cli/state_directory.hpp"
#include "kafka/tool.hpp"

namespace kreel::kafka_tools {

#define KREEL_KAFKA_TOOL(name, classes) Tool name##_tool();
#include "kafka/tools.def"
#undef KREEL_KAFKA_TOOL

namespace {

constexpr auto kTools = std::to_array<ToolEntry>({
#define KREEL_KAFKA_TOOL(name, classes) {"kafka-" #name, classes, name##_tool},
#include "kafka/tools.def"
#undef KREEL_KAFKA_TOOL
});

std::string typed_name(const ToolEntry& entry) {
  std::string name(entry.name);
  std::ranges::replace(name, '_', '-');
  return name;
}

bool has_class(const ToolEntry& entry, std::string_view name) {
  const auto classes = split(entry.classes, ' ');
  return std::ranges::find(classes, name) != classes.end();
}

void show_usage(const Tool& tool, std::string_view message, ToolContext& context) {
  context.err_line(message);
  context.err(jopt_table(tool.flags));
}

Ending show(const Tool& tool, const JavaError& error, ToolContext& context) {
  switch (error.kind) {
    case JavaError::Kind::kUsage:
      show_usage(tool, error.message, context);
      return failed(1, error);
    case JavaError::Kind::kBare:
      context.err_line(error.message);
      return failed(1, error);
    case JavaError::Kind::kParse:
      if (!tool.parse_errors_show_table || !error.type.starts_with("joptsimple.")) break;
      show_usage(tool, error.message, context);
      return failed(1, error);
    case JavaError::Kind::kThrown:
      break;
  }
  const Ending ending = tool.on_error(error, context);
  if (!error.cause.empty()) context.err_line(fmt::format("Caused by: {}", error.cause));
  return ending;
}

void show_argparse_error(const ArgumentParser& parser, const std::optional<std::string>& command,
                         std::string_view message, ToolContext& context) {
  context.err(argparse_usage(parser, command));
  context.err_line(fmt::format("{}: error: {}", parser.program, message));
}

Ending run_arguments(const Tool& tool, const std::vector<std::string>& words, const Host& host) {
  const ArgumentParser& parser = *tool.arguments;
  ParsedArguments parsed = parse_arguments(parser, words);
  parsed.options.set_words(words);
  ToolContext context(host, parsed.options);
  if (parsed.asks_for_help || (words.empty() && parser.help_without_words)) {
    context.out(argparse_help(parser, parsed.command));
    return {words.empty() ? 0 : parser.help_code, ExitCode::kDone};
  }
  if (parsed.asks_for_version) {
    context.out_line(kKafkaVersion);
    return {};
  }
  if (parsed.error) {
    const JavaError error{JavaError::Kind::kParse,
                          "net.sourceforge.argparse4j.inf.ArgumentParserException", *parsed.error,
                          ErrorKind::kUsage};
    if (parser.tool_shows_errors) return tool.on_error(error, context);
    show_argparse_error(parser, parsed.command, error.message, context);
    return failed(1, error);
  }
  const auto ending = tool.run(parsed.options, context);
  if (ending) return *ending;
  if (ending.error().kind != JavaError::Kind::kUsage || parser.tool_shows_errors) {
    return show(tool, ending.error(), context);
  }
  show_argparse_error(parser, std::nullopt, ending.error().message, context);
  return failed(1, ending.error());
}

Ending run_words(const Tool& tool, const std::vector<std::string>& words, const Host& host) {
  if (tool.arguments) return run_arguments(tool, words, host);
  Options options;
  if (words.empty() && !std::ranges::any_of(tool.flags, &Flag::required)) {
    ToolContext context(host, options);
    show_usage(tool, tool.about_without_words.empty() ? tool.about : tool.about_without_words,
               context);
    return {1, ExitCode::kUsage};
  }
  auto parsed = parse_jopt(tool.flags, words);
  if (parsed) options = std::move(*parsed);
  options.set_words(words);
  ToolContext context(host, options);
  if (!parsed) return show(tool, parsed.error(), context);
  if (options.has("help")) {
    show_usage(tool, tool.about, context);
    return {1, ExitCode::kDone};
  }
  if (options.has("version")) {
    context.out_line(kKafkaVersion);
    return {};
  }
  const auto ending = tool.run(options, context);
  return ending ? *ending : show(tool, ending.error(), context);
}

int unknown_tool(const Host& host, std::string_view what, std::string_view name) {
  const auto near = nearest(name, tool_names());
  cli::report_error(host.streams,
                    Error(ErrorKind::kUsage, fmt::format("{}: there is no such {}", name, what),
                          near ? fmt::format("did you mean {}?", *near)
                               : "kreel install-links --help names all tools"),
                    false);
  return static_cast<int>(ExitCode::kUsage);
}

// kafka-run-class [-daemon] [-name NAME] [-loggc] CLASS …
struct RunClassOptions {
  std::string name = "kafka";
  bool daemon = false;
};

RunClassOptions take_run_class_options(std::vector<std::string>& words) {
  RunClassOptions options;
  while (!words.empty()) {
    // There is no garbage to collect, nor a log of it.
    const bool has_name = words[0] == "-name" && words.size() > 1;
    if (!has_name && words[0] != "-daemon" && words[0] != "-loggc") break;
    options.daemon = options.daemon || words[0] == "-daemon";
    if (has_name) options.name = words[1];
    words.erase(words.begin(), words.begin() + (has_name ? 2 : 1));
  }
  return options;
}

int show_run_class_usage(const Host& host) {
  host.streams.out.write(
      "USAGE: kafka-run-class [-daemon] [-name servicename] [-loggc] classname [opts]\n");
  return 1;
}

// As `nohup … > $LOG_DIR/NAME.out 2>&1 < /dev/null &`: true in the process that goes on with it.
Result<bool> go_to_background(const RunClassOptions& options, const Host& host) {
  const auto at = host.environment.find("LOG_DIR");
  std::string directory;
  if (at != host.environment.end() && !at->second.empty()) {
    directory = at->second;
  } else {
    TRY_ASSIGN(directory, cli::state_directory(host.environment, "logs"));
  }
  const std::string path = fmt::format("{}/{}.out", directory, options.name);
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  const int output = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (output < 0) {
    return kreel::fail(ErrorKind::kIo,
                       fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  }
  host.streams.err.flush_now();
  const pid_t child = ::fork();
  if (child < 0) return kreel::fail(ErrorKind::kIo, "cannot go to the background");
  if (child > 0) {
    ::close(output);
    return false;
  }
  std::signal(SIGHUP, SIG_IGN);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  return true;
}

bool is_strict(const Host& host) {
  const auto at = host.environment.find("KREEL_STRICT_EXIT");
  return at != host.environment.end() && !at->second.empty() && at->second != "0";
}

}  // namespace

const ToolEntry* find_tool(std::string_view name) {
  const auto at = std::ranges::find_if(kTools, [&](const ToolEntry& entry) {
    return typed_name(entry) == name || has_class(entry, name);
  });
  return at == kTools.end() ? nullptr : &*at;
}

std::vector<std::string> tool_names() {
  std::vector<std::string> names;
  for (const ToolEntry& entry : kTools) names.push_back(typed_name(entry));
  names.emplace_back(kRunClass);
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> tool_classes() {
  std::vector<std::string> names;
  for (const ToolEntry& entry : kTools) {
    for (const std::string_view name : split(entry.classes, ' ')) names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::string_view kafka_name(std::string_view word) {
  word = word.substr(word.rfind('/') + 1);
  if (word.ends_with(".sh")) word.remove_suffix(3);
  return word.starts_with("kafka-") ? word : std::string_view();
}

Ending show_message_and_trace(const JavaError& error, ToolContext& context) {
  context.err_line(error.message);
  context.err_line(error.text());
  return failed(1, error);
}

Ending show_uncaught(const JavaError& error, ToolContext& context) {
  context.err_line(fmt::format("Exception in thread \"main\" {}", error.text()));
  return failed(1, error);
}

int run_kafka_tool(std::string_view name, std::vector<std::string> words, const Host& host) {
  std::string called(name);
  if (name == kRunClass) {
    const RunClassOptions options = take_run_class_options(words);
    if (words.empty()) return show_run_class_usage(host);
    called = words.front();
    words.erase(words.begin());
    if (options.daemon && find_tool(called) != nullptr) {
      const auto is_child = go_to_background(options, host);
      if (!is_child) {
        cli::report_error(host.streams, is_child.error(), false);
        return static_cast<int>(ExitCode::kFailed);
      }
      if (!*is_child) return 0;
    }
  }
  const ToolEntry* entry = find_tool(called);
  if (entry == nullptr) return unknown_tool(host, name == kRunClass ? "class" : "tool", called);
  const Ending ending = run_words(entry->make(), words, host);
  const Result<void> written = host.streams.out.finish();
  if (!written) {
    cli::report_error(host.streams, written.error(), false);
    return static_cast<int>(is_strict(host) ? ExitCode::kIo : ExitCode::kFailed);
  }
  if (is_strict(host)) return static_cast<int>(ending.strict);
  return ending.code;
}

}  // namespace kreel::kafka_tools
