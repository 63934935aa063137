#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/context.hpp"
#include "cli/escapes.hpp"
#include "cli/exit_code.hpp"
#include "kafka/argparse_table.hpp"
#include "kafka/options.hpp"

namespace kreel::kafka_tools {

using cli::ExitCode;
using cli::Host;

// The release whose texts are printed.
inline constexpr std::string_view kKafkaVersion = "4.3.1";

// How a tool ended: by Kafka's habits, where a failure may well be 0, and by kreel's, which
// KREEL_STRICT_EXIT=1 asks for.
struct Ending {
  int code = 0;
  ExitCode strict = ExitCode::kDone;
};
inline Ending failed(int code, const JavaError& error) {
  return {code, cli::exit_code(error.reason)};
}

class ToolContext {
 public:
  ToolContext(const Host& host, const Options& options) : host_(host), options_(options) {}

  const Host& host() const { return host_; }
  const Options& options() const { return options_; }
  std::int64_t now_ms() const { return host_.now_ms(); }

  // Byte for byte as Apache's tools; but on a terminal what others have named or sent steers
  // nothing.
  void out(std::string_view text) {
    const cli::Streams& streams = host_.streams;
    if (streams.out_is_terminal) return streams.out.write(cli::escape_beside_layout(text));
    streams.out.write(text);
  }
  void err(std::string_view text) {
    const cli::Streams& streams = host_.streams;
    if (streams.err_is_terminal) return streams.err.write(cli::escape_beside_layout(text));
    streams.err.write(text);
  }
  void out_line(std::string_view line) { out(std::string(line) + "\n"); }
  void err_line(std::string_view line) { err(std::string(line) + "\n"); }
  // As the tools' log4j configuration prints it, on stderr.
  void log(std::string_view level, std::string_view message, std::string_view logger) {
    err(log_line(level, message, logger, now_ms()));
  }

 private:
  const Host& host_;
  const Options& options_;
};

// One of Apache's tools: its table of options, what it does, and how it shows what is thrown.
struct Tool {
  std::string about;                     // for --help
  std::string about_without_words = {};  // where it is another one without any arguments
  std::vector<Flag> flags;
  Outcome<Ending> (*run)(const Options& options, ToolContext& context) = nullptr;
  // For everything but JavaError::Kind::kUsage and kBare.
  Ending (*on_error)(const JavaError& error, ToolContext& context) = nullptr;
  // What the parser refuses is told with the option table.
  bool parse_errors_show_table = false;
  // In place of `about` and `flags`, for a tool that reads its words with argparse4j.
  std::optional<ArgumentParser> arguments = {};
};

// Forms of on_error that several tools share.
// "MESSAGE", then the exception as the head of its trace.
Ending show_message_and_trace(const JavaError& error, ToolContext& context);
// `Exception in thread "main" TYPE: MESSAGE`.
Ending show_uncaught(const JavaError& error, ToolContext& context);

// A tool by what it is called: "kafka-topics", "kafka-topics.sh", or a class that kafka-run-class
// is given. Null for an unknown one.
struct ToolEntry {
  std::string_view name;
  std::string_view classes;  // with blanks between them
  Tool (*make)();
};
const ToolEntry* find_tool(std::string_view name);
std::vector<std::string> tool_names();
// Those that kafka-run-class is given, sorted.
std::vector<std::string> tool_classes();
inline constexpr std::string_view kRunClass = "kafka-run-class";

// "kafka-topics" of "/opt/kafka/bin/kafka-topics.sh"; empty where it is none of these names.
std::string_view kafka_name(std::string_view word);

// `name` is "kafka-topics", say, or "kafka-run-class", whose first word is a class.
int run_kafka_tool(std::string_view name, std::vector<std::string> words, const Host& host);

}  // namespace kreel::kafka_tools
