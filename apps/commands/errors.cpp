#include <algorithm>

#include <fmt/format.h>
#include <kreel/errors.hpp>

#include "cli/context.hpp"

namespace kreel::commands {
namespace {

struct ErrorsArgs {
  std::optional<std::string> code;
  bool exit = false;
};

Result<void> check(const ErrorsArgs& args) {
  if (!args.exit || !args.code || parse_int32(*args.code)) return {};
  return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not an exit code", *args.code));
}

Result<ExitCode> print_exit_codes(const ErrorsArgs& args, CommandContext& context) {
  Output& output = context.output();
  // check() has seen that a code that was given is a number.
  const std::int32_t wanted = args.code ? parse_int32(*args.code).value_or(0) : 0;
  const auto known = [&](const ExitCodeInfo& info) {
    return !args.code || static_cast<int>(info.code) == wanted;
  };
  if (!std::ranges::any_of(exit_codes(), known)) {
    return fail(ErrorKind::kNotFound,
                fmt::format("kreel has no exit code {}", args.code.value_or("")));
  }
  TRY(output.begin("errors.exit", {{"code"}, {"name"}, {"meaning"}}));
  for (const ExitCodeInfo& info : exit_codes()) {
    if (known(info)) output.row({static_cast<int>(info.code), info.name, info.meaning});
  }
  output.end();
  return ExitCode::kDone;
}

// "3", "-1", "unknown_topic_or_partition", "UNKNOWN-TOPIC-OR-PARTITION".
bool is_named(const ProtocolError& error, std::string_view text) {
  if (const auto code = parse_int32(text)) return error.code == *code;
  std::string name = to_lower(text);
  std::ranges::replace(name, '-', '_');
  return to_lower(error.name) == name;
}

Error not_found(std::string_view text) {
  std::vector<std::string> names;
  for (const ProtocolError& error : protocol_errors()) names.emplace_back(error.name);
  const auto near = parse_int32(text) ? std::nullopt : nearest(text, names);
  return Error(ErrorKind::kNotFound, fmt::format("Kafka has no error \"{}\"", text),
               near ? fmt::format("did you mean \"{}\"?", *near)
                    : "kreel errors lists them; --exit lists kreel's exit codes");
}

Result<ExitCode> run(const ErrorsArgs& args, CommandContext& context) {
  if (args.exit) return print_exit_codes(args, context);
  Output& output = context.output();
  const auto wanted = [&](const ProtocolError& error) {
    return !args.code || is_named(error, *args.code);
  };
  if (std::ranges::none_of(protocol_errors(), wanted)) return fail(not_found(*args.code));
  // The sentences are too long for a table of all codes; for one code they are the point.
  const auto meaning = args.code ? Column::Show::kAlways : Column::Show::kWide;
  TRY(output.begin("errors", {{"code"}, {"name"}, {"retriable"}, {"meaning", meaning}}));
  for (const ProtocolError& error : protocol_errors()) {
    if (wanted(error)) output.row({int{error.code}, error.name, error.retriable, error.text});
  }
  output.end();
  return ExitCode::kDone;
}

}  // namespace

Command errors() {
  return command<ErrorsArgs>({
      .name = "errors",
      .summary = "Explain an error code of Kafka, or kreel's exit codes",
      .since = "0.1",
      .run = run,
      .uses = kPrint,
      .options = {argument("CODE", &ErrorsArgs::code)
                      .optional()
                      .help("A number or a name: 3, UNKNOWN_TOPIC_OR_PARTITION; all without it"),
                  option("--exit", &ErrorsArgs::exit).help("The exit codes of kreel instead")},
      .check = check,
      .examples = {{"kreel errors 3", "What error 3 of a broker means, and what to do"},
                   {"kreel errors NOT_COORDINATOR -o json", "The same by name, for a script"},
                   {"kreel errors --exit", "What $? says after kreel"}},
      .exits = {ExitCode::kNotFound},
  });
}

}  // namespace kreel::commands
