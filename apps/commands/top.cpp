#include <poll.h>
#include <unistd.h>

#include <array>

#include <fmt/format.h>

#include "cli/admin.hpp"
#include "cli/report.hpp"
#include "cli/sampler.hpp"
#include "cli/stop_requests.hpp"
#include "cli/top_screen.hpp"

namespace kreel::commands {
namespace {

using Source = Sampler<Result<ClusterSample>>;

struct TopArgs {
  std::chrono::milliseconds interval{2'000};
  std::optional<std::int64_t> samples;
};

Result<void> check(const TopArgs& args) {
  if (args.interval.count() < 100) {
    return fail(ErrorKind::kUsage, "--interval: the shortest is 100ms");
  }
  return {};
}

// Waits for a sample, a signal or, with `input`, a key.
struct Wake {
  bool sample = false;
  bool input = false;
};
Wake wait_for_news(const StopRequests& stop, const Source& source, bool input) {
  std::array<pollfd, 3> waiting{pollfd{stop.descriptor(), POLLIN, 0},
                                pollfd{source.descriptor(), POLLIN, 0},
                                pollfd{input ? STDIN_FILENO : -1, POLLIN, 0}};
  // Interrupted: the terminal's size has changed, which ncurses tells as a key.
  if (::poll(waiting.data(), waiting.size(), -1) < 0) return {.input = input};
  return {.sample = waiting[1].revents != 0, .input = waiting[2].revents != 0};
}

std::string terminal_type(const CommandContext& context) {
  const auto found = context.environment().find("TERM");
  return found == context.environment().end() ? std::string() : found->second;
}

// Reads the keys that have come. False when one of them means to quit.
bool obey_keys(TopScreen& screen, TopView& view) {
  while (const auto key = screen.key()) {
    if (!key->resized && !view.press(key->key, key->character)) return false;
  }
  return true;
}

// True when what stdin is connected to went away.
bool input_closed() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0 && (input.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

Result<ExitCode> show(CommandContext& context, Source& source, const StopRequests& stop,
                      TopModel& model) {
  TRY_ASSIGN(const auto screen,
             TopScreen::open(terminal_type(context), context.streams().out_colour));
  TopView view(context.streams().unicode);
  while (true) {
    screen->draw(view.frame(model, screen->size()));
    const Wake wake = wait_for_news(stop, source, true);
    if (const auto code = stop.exit()) return *code;
    if (wake.input && (!obey_keys(*screen, view) || input_closed())) return ExitCode::kDone;
    if (!wake.sample) continue;
    auto sample = source.get();
    if (!sample) continue;
    view.set_error(*sample ? std::string() : sample->error().message());
    if (*sample) model.add(std::move(**sample));
  }
}

void print(const TopModel& model, std::int64_t now_ms, Output& output) {
  const auto rounded = [](const std::optional<double>& rate) -> Value {
    return rate ? Value(static_cast<double>(static_cast<std::int64_t>(*rate * 10)) / 10) : Value();
  };
  for (const TopicLoad& topic : model.topics(TopicOrder::kBytes, false)) {
    output.row({now_ms, "topic", topic.name, topic.partitions, rounded(topic.records_per_s),
                nullptr, rounded(topic.bytes_per_s), topic.size_bytes, nullptr});
  }
  for (const LagTrend::Line& one : model.groups(GroupOrder::kLag)) {
    const auto& rates = one.line.rates;
    output.row({now_ms, "group", one.line.group, one.line.partitions,
                rates ? rounded(rates->in) : Value(), rates ? rounded(rates->out) : Value(),
                nullptr, nullptr, one.line.lag});
  }
}

Result<ExitCode> print_samples(const TopArgs& args, CommandContext& context, Source& source,
                               const StopRequests& stop, TopModel& model) {
  bool shown = false;
  bool failed = false;
  for (std::int64_t left = *args.samples; left > 0 && context.streams().out.ok();) {
    const Wake wake = wait_for_news(stop, source, false);
    if (const auto code = stop.exit()) return *code;
    if (!wake.sample) continue;
    auto sample = source.get();
    if (!sample) continue;
    --left;
    if (!*sample) {
      report_error(context.streams(), sample->error(), context.output().is_json());
      failed = true;
      continue;
    }
    model.add(std::move(**sample));
    OutputOptions options = context.output().options();
    if (options.format == Format::kCsv && shown) options.no_headers = true;
    Output output(context.streams(), std::move(options));
    TRY(output.begin("top", {{"ts", Column::Show::kAlways, Column::Kind::kTimeMs},
                             {"what"},
                             {"name"},
                             {"partitions"},
                             {"in_per_s"},
                             {"out_per_s"},
                             {"bytes_per_s"},
                             {"size_bytes"},
                             {"lag"}}));
    print(model, context.now_ms(), output);
    for (const Error& error : model.sample().errors) output.error(error);
    failed = failed || output.had_errors();
    output.end();
    context.streams().out.flush_now();
    shown = true;
  }
  return failed ? ExitCode::kFailed : ExitCode::kDone;
}

Result<ExitCode> run(const TopArgs& args, CommandContext& context) {
  const Streams& streams = context.streams();
  if (!args.samples && !(streams.in_is_terminal && streams.out_is_terminal)) {
    return fail(
        ErrorKind::kUsage,
        fmt::format("top: {} is not a terminal", streams.out_is_terminal ? "stdin" : "stdout"),
        "--samples 1 prints as text");
  }
  TRY_ASSIGN(auto connected, connect_admin(context));
  const std::shared_ptr<AdminClient> admin = std::move(connected);
  const StopRequests stop;
  Source source([admin] { return sample_cluster(*admin); }, args.interval);
  // The first sample has no rates; and when there is none, the terminal is left as it is.
  TopModel model;
  while (model.samples() == 0) {
    wait_for_news(stop, source, false);
    if (const auto code = stop.exit()) return *code;
    auto first = source.get();
    if (!first) continue;
    if (!*first) return fail(first->error());
    model.add(std::move(**first));
  }
  return args.samples ? print_samples(args, context, source, stop, model)
                      : show(context, source, stop, model);
}

}  // namespace

Command top() {
  return command<TopArgs>({
      .name = "top",
      .summary = "Watch topics by traffic and groups by lag",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = {option("--interval", &TopArgs::interval).help("Time between two samples"),
                  option("--samples", &TopArgs::samples)
                      .range(1, 1'000'000'000)
                      .help("Print this many as text instead of filling the terminal")},
      .details =
          "Records per second come from the log ends, bytes per second from the size of the "
          "leaders' logs on disk, so they are of compressed batches. A group's LAG is the sum over "
          "its partitions; IN/S is what is appended to them, OUT/S what the group commits, "
          "CATCH-UP how long it still needs at these rates.\n\n"
          "Keys: q quits. Topics are sorted by b (bytes per second), r (records per second), s "
          "(size) or n (name), groups by l (lag), o (what they commit) or g (name). i shows "
          "internal topics, Tab changes between both tables and either alone, the arrows and Page "
          "Up and Down scroll. NO_COLOR is obeyed.\n\n"
          "--samples needs no terminal and prints -o table, wide, json, jsonl or csv; of a topic "
          "IN/S is records per second.",
      .check = check,
      .examples = {{"kreel top", "The cluster on 127.0.0.1:9092"},
                   {"kreel top --samples 1 -o json",
                    "The rates of the next two seconds, for a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kInterrupted},
      .see_also = {"groups lag"},
  });
}

}  // namespace kreel::commands
