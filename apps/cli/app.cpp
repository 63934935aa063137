#include "cli/app.hpp"

#include <cctype>

#include "cli/help.hpp"
#include "cli/parse.hpp"
#include "cli/report.hpp"
#include "cli/schema.hpp"

namespace kreel::cli {

namespace {

// "Create topics" as a part of a sentence.
std::string purpose(const Command& command) {
  std::string text = command.summary;
  text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  return text;
}

Result<ExitCode> run_confirmed(const Invocation& invocation, CommandContext& context) {
  const Command& command = invocation.command;
  if ((command.uses & kUnasked) != 0 && !context.dry_run()) {
    TRY_ASSIGN(const Configuration* found, context.configuration());
    TRY(context.confirm_if_protected({.what = purpose(command)}, *found));
  }
  return command.run(invocation.args.get(), context);
}

}  // namespace

ExitCode run_command(const Invocation& invocation, const Host& host, bool json_errors) {
  CommandContext context(invocation.command, invocation.globals, host);
  Output& output = context.output();
  const Result<ExitCode> result = run_confirmed(invocation, context);
  if (result) {
    const bool failed_in_part = *result == ExitCode::kDone && output.had_errors();
    return failed_in_part ? ExitCode::kFailed : *result;
  }
  if (output.is_open() && output.has_content()) {
    // Rows are out: what is printed stays one whole document, with the error in it.
    output.error(result.error());
    output.end();
  } else {
    report_error(host.streams, result.error(), json_errors);
  }
  return exit_code(result.error().kind());
}

namespace {

Result<void> print_help(const Invocation& invocation, OutStream& out) {
  switch (invocation.what) {
    case Invocation::What::kOverview:
      out.write(overview());
      break;
    case Invocation::What::kNounHelp:
      out.write(noun_help(invocation.noun));
      break;
    case Invocation::What::kShortHelp:
      out.write(short_help(invocation.command));
      break;
    case Invocation::What::kLongHelp:
      out.write(long_help(invocation.command));
      break;
    case Invocation::What::kJsonHelp:
      out.write(help_json(invocation.noun, invocation.verb));
      break;
    case Invocation::What::kSchema: {
      TRY_ASSIGN(const std::string text, schema_text(invocation.kind));
      out.write(text);
      break;
    }
    case Invocation::What::kRun:
      break;
  }
  return {};
}

}  // namespace

ExitCode run_app(const std::vector<std::string>& words, const Host& host) {
  const bool json_errors = asks_for_json(words);
  ExitCode code = ExitCode::kDone;
  if (const Result<Invocation> invocation = parse(words, host.now_ms()); !invocation) {
    report_error(host.streams, invocation.error(), json_errors);
    code = exit_code(invocation.error().kind());
  } else if (invocation->what == Invocation::What::kRun) {
    code = run_command(*invocation, host, json_errors);
  } else if (const auto printed = print_help(*invocation, host.streams.out); !printed) {
    report_error(host.streams, printed.error(), json_errors);
    code = exit_code(printed.error().kind());
  }
  const Result<void> written = host.streams.out.finish();
  if (!written) {
    report_error(host.streams, written.error(), json_errors);
    return ExitCode::kIo;
  }
  // The reader has what it wanted; what was left unsaid is nobody's loss.
  return host.streams.out.closed_by_reader() ? ExitCode::kDone : code;
}

}  // namespace kreel::cli
