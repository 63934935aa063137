#include "cli/context.hpp"

#include <termios.h>
#include <unistd.h>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/report.hpp"

namespace kreel::cli {
namespace {

OutputOptions output_options(const GlobalArgs& globals) {
  OutputOptions options;
  options.no_headers = globals.no_headers;
  options.zone = globals.zone;
  const std::string format = globals.output.value_or("table");
  if (format == "wide") options.format = Format::kWide;
  if (format == "json") options.format = Format::kJson;
  if (format == "jsonl") options.format = Format::kJsonl;
  if (format == "csv") options.format = Format::kCsv;
  if (globals.columns) {
    for (const std::string_view name : split(*globals.columns, ',')) {
      options.columns.emplace_back(trim(name));
    }
  }
  return options;
}

Error refused(std::string message, std::string hint) {
  return Error(ErrorKind::kRefused, std::move(message), std::move(hint));
}

Error aborted() {
  return refused("aborted: nothing was changed", "");
}

// stdin's terminal, without echo as long as this lives; without signals too, so that it comes back.
class HiddenInput {
 public:
  HiddenInput() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
  }
  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;
  ~HiddenInput() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool changed_ = false;
};

}  // namespace

CommandContext::CommandContext(const Command& command, GlobalArgs globals, const Host& host)
    : command_(command),
      globals_(std::move(globals)),
      host_(host),
      output_(host.streams, output_options(globals_)) {}

std::string CommandContext::format() const {
  return globals_.output.value_or("");
}

Result<const Configuration*> CommandContext::configuration() {
  if (!configuration_) {
    TRY_ASSIGN(configuration_, resolve_configuration(globals_, host_.environment));
    for (const Warning& warning : configuration_->warnings) warn(warning.message, warning.hint);
  }
  return &*configuration_;
}

Result<std::vector<ClientProperty>> CommandContext::client_properties(PropertyScope scope) {
  TRY_ASSIGN(const Configuration* found, configuration());
  return cli::client_properties(found->properties, scope);
}

bool CommandContext::is_on_terminal() const {
  return host_.streams.in_is_terminal && host_.streams.err_is_terminal;
}

Result<bool> CommandContext::will_ask() {
  TRY_ASSIGN(const Configuration* found, configuration());
  return found->is_protected ? globals_.yes && is_on_terminal() : !globals_.yes;
}

Result<void> CommandContext::confirm(const Change& change) {
  TRY_ASSIGN(const Configuration* found, configuration());
  if (found->is_protected) return confirm_protected(change, *found);
  if (globals_.yes) return {};
  if (!is_on_terminal() || change.needs_yes_flag) {
    return fail(refused(fmt::format("{}: refused without --yes: {}", command_.name, change.what),
                        "--dry-run shows what would change"));
  }
  const auto answer = ask(fmt::format("{}? [y/N] ", change.what));
  if (answer && (equals_ignore_case(*answer, "y") || equals_ignore_case(*answer, "yes"))) return {};
  return fail(aborted());
}

Result<void> CommandContext::confirm_if_protected(const Change& change,
                                                  const Configuration& where) {
  return where.is_protected ? confirm_protected(change, where) : Result<void>();
}

Result<void> CommandContext::confirm_protected(const Change& change, const Configuration& where) {
  const std::string profile = where.profile.value_or("defaults");
  if (confirmed_.contains(profile)) return {};
  const bool has_dry_run = (command_.uses & kChange) != 0;
  if (!globals_.yes) {
    return fail(refused(fmt::format("{}: profile \"{}\" is protected: --yes is needed to {}",
                                    command_.name, profile, change.what),
                        has_dry_run ? "--dry-run shows what would change" : change.hint));
  }
  if (is_on_terminal()) {
    const auto answer = ask(fmt::format("To {}, type the profile's name: ", change.what));
    if (answer != profile) return fail(aborted());
  } else if (!where.profile_was_typed) {
    return fail(refused(fmt::format("{}: profile \"{}\" is protected: its name must be typed",
                                    command_.name, profile),
                        fmt::format("add -P {}", profile)));
  }
  confirmed_.insert(profile);
  return {};
}

std::optional<std::string> CommandContext::ask(std::string_view question) {
  host_.streams.out.flush_now();
  host_.streams.err.write(escape_control(question));
  host_.streams.err.flush_now();
  auto line = host_.answer();
  if (line) line = std::string(trim(*line));
  return line;
}

std::optional<std::string> CommandContext::ask_hidden(std::string_view question) {
  if (!host_.streams.in_is_terminal || !host_.streams.err_is_terminal) return std::nullopt;
  const HiddenInput hidden;
  host_.streams.out.flush_now();
  host_.streams.err.write(escape_control(question));
  host_.streams.err.flush_now();
  auto line = host_.answer();
  host_.streams.err.write("\n");
  constexpr char kInterrupt = '\x03';
  if (line && line->find(kInterrupt) != std::string::npos) line->clear();
  return line;
}

void CommandContext::note(std::string_view line) {
  if (!globals_.quiet) tell(line);
}

void CommandContext::tell(std::string_view line) {
  host_.streams.out.flush_now();
  host_.streams.err.write(escape_control(line) + "\n");
  host_.streams.err.flush_now();
}

void CommandContext::warn(std::string_view message, std::string_view hint) {
  report_warning(host_.streams, message, hint);
}

}  // namespace kreel::cli
