#include "cli/lag_watch.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <kreel/position.hpp>
#include <kreel/text.hpp>
#include <kreel/units.hpp>

#include "cli/client_log.hpp"
#include "cli/counted.hpp"
#include "cli/key_reader.hpp"
#include "cli/lag_output.hpp"
#include "cli/report.hpp"
#include "cli/sampler.hpp"
#include "cli/stop_requests.hpp"

namespace kreel::cli {
namespace {

class LagView {
 public:
  LagView(CommandContext& context, const LagWatch& watch)
      : context_(context),
        streams_(context.streams()),
        by_(watch.by),
        interval_(watch.interval),
        trend_(watch.by),
        in_place_(streams_.out_is_terminal && !context.output().is_json() &&
                  context.output().format() != Format::kCsv && can_place_text(context)) {}

  Result<void> show(const LagReport& report) {
    const auto lines = trend_.add(report, steady_ms());
    return in_place_ ? redraw(report, lines) : append(report, lines);
  }

  bool is_in_place() const { return in_place_; }

  void show(const Error& error) {
    if (!in_place_) return report_error(streams_, error, context_.output().is_json());
    draw(title("no answer") + "\nkreel: " + escape_control(error.message()) + "\n");
  }

 private:
  using Lines = std::vector<LagTrend::Line>;

  static bool can_place_text(const CommandContext& context) {
    const auto term = context.environment().find("TERM");
    return term != context.environment().end() && !term->second.empty() && term->second != "dumb";
  }

  std::string title(std::string_view state) const {
    return fmt::format("kreel groups lag  {}  every {}  {}", state, format_duration(interval_),
                       format_time(context_.now_ms()));
  }

  static std::string state(const Lines& lines) {
    std::int64_t lag = 0;
    std::set<std::string_view> groups;
    for (const LagTrend::Line& line : lines) {
      lag = lag_sum(lag, line.line.lag.value_or(0));
      groups.insert(line.line.group);
    }
    return fmt::format("{}  lag {}", counted(static_cast<std::int64_t>(groups.size()), "group"),
                       with_thousands(lag));
  }

  Result<void> print(Output& output, const Lines& lines, bool with_time) {
    LagPrinter printer(output, by_);
    TRY(printer.begin_watched(with_time));
    for (const LagTrend::Line& line : lines) {
      printer.watched_row(line, context_.now_ms(), streams_.unicode);
    }
    return {};
  }

  Result<void> append(const LagReport& report, const Lines& lines) {
    OutputOptions options = context_.output().options();
    // One head for all samples of a CSV file.
    if (options.format == Format::kCsv && shown_) options.no_headers = true;
    Output output(streams_, std::move(options));
    TRY(print(output, lines, true));
    for (const Error& error : distinct_errors(report)) output.error(error);
    output.end();
    streams_.out.flush_now();
    shown_ = true;
    return {};
  }

  Result<void> redraw(const LagReport& report, const Lines& lines) {
    std::string text = title(state(lines)) + "\n";
    OutStream memory(text);
    Streams to_memory(memory, streams_.err);
    to_memory.out_colour = streams_.out_colour;
    OutputOptions options = context_.output().options();
    options.room = static_cast<std::size_t>(std::max(terminal_size().columns, 1));
    Output output(to_memory, std::move(options));
    TRY(print(output, lines, false));
    output.end();
    for (const Error& error : distinct_errors(report)) {
      text += "kreel: " + escape_control(error.message()) + "\n";
    }
    draw(text);
    return {};
  }

  // Over what was drawn before, cut to what the terminal can show.
  void draw(const std::string& text) {
    const TerminalSize size = terminal_size();
    std::string frame = shown_ ? "\x1b[H" : "\x1b[2J\x1b[H";
    std::vector<std::string_view> lines = split(text, '\n');
    lines.pop_back();
    const auto room = static_cast<std::size_t>(std::max(2, size.rows - 1));
    const std::size_t hidden = lines.size() > room ? lines.size() - room + 1 : 0;
    lines.resize(lines.size() - hidden);
    for (const std::string_view line : lines) {
      frame += clip_to_columns(line, size.columns) + "\x1b[K\n";
    }
    if (hidden != 0) {
      frame +=
          fmt::format("... {} below\x1b[K\n", counted(static_cast<std::int64_t>(hidden), "line"));
    }
    streams_.out.write(frame + "\x1b[J");
    streams_.out.flush_now();
    shown_ = true;
  }

  CommandContext& context_;
  Streams& streams_;
  LagBy by_;
  std::chrono::milliseconds interval_;
  LagTrend trend_;
  bool in_place_;
  bool shown_ = false;
};

}  // namespace

Result<ExitCode> watch_lag(CommandContext& context, LagWatch watch) {
  LagView view(context, watch);
  const StopRequests stop;
  Sampler<Result<LagReport>> sampler(std::move(watch.measure), watch.interval);
  KeyReader keys(view.is_in_place() && context.streams().in_is_terminal);
  bool any = false;
  for (std::int64_t shown = 0; !watch.samples || shown < *watch.samples;) {
    std::array<pollfd, 3> waiting{pollfd{stop.descriptor(), POLLIN, 0},
                                  pollfd{sampler.descriptor(), POLLIN, 0},
                                  pollfd{keys.descriptor(), POLLIN, 0}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (const auto code = stop.exit()) return *code;
    if (waiting[2].revents != 0 && keys.key() == 'q') break;
    const auto sample = sampler.get();
    if (!sample) continue;
    if (*sample) {
      TRY(view.show(**sample));
      any = true;
    } else {
      if (!any) return fail(sample->error());
      view.show(sample->error());
    }
    ++shown;
    if (!context.streams().out.ok()) break;
  }
  return ExitCode::kDone;
}

}  // namespace kreel::cli
