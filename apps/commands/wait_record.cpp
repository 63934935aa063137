#include <algorithm>

#include <fmt/format.h>
#include <kreel/consumer.hpp>
#include <kreel/text.hpp>

#include "cli/admin.hpp"
#include "cli/client_log.hpp"
#include "cli/consume_plan.hpp"
#include "cli/counted.hpp"
#include "cli/record_filter.hpp"
#include "cli/record_writer.hpp"
#include "cli/wait_until.hpp"

namespace kreel::commands {
namespace {

constexpr std::int64_t kPollMs = 200;

struct WaitRecordArgs {
  TopicPartitions topic;
  std::optional<Position> from;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<KeyValue> headers;
};

RecordFilterArgs filter_of(const WaitRecordArgs& args) {
  return {.key = args.key, .value = args.value, .headers = args.headers};
}

Result<void> check(const WaitRecordArgs& args) {
  TRY(RecordFilter::make(filter_of(args)));
  if (args.from && args.from->anchor == Position::Anchor::kCommitted) {
    return fail(ErrorKind::kUsage, "--from committed: there is no group here");
  }
  return {};
}

// Reads until a record fits or the time is over: then how many were looked at.
Result<std::int64_t> find_record(Consumer& consumer, RecordFilter& filter, const Wait& wait,
                                 bool& found) {
  std::int64_t seen = 0;
  while (true) {
    TRY_ASSIGN(const Polled polled, consumer.poll(std::min(kPollMs, wait.left_ms())));
    if (polled == Polled::kRecord) {
      ++seen;
      found = filter.accepts(consumer.record());
      if (found) return seen;
    } else if (wait.left_ms() == 0) {
      return seen;
    }
  }
}

Result<ExitCode> run(const WaitRecordArgs& args, CommandContext& context) {
  const RecordStyle style = RecordWriter::style_of(context.format());
  TRY(CsvOptions::make(style, context.output().options()));
  TRY_ASSIGN(RecordFilter filter, RecordFilter::make(filter_of(args)));
  TRY_ASSIGN(const ClientConfig config, client_config(context, PropertyScope::kConsumer));
  Wait wait(context, fmt::format("a record of \"{}\"", args.topic.topic));
  std::vector<ReadRange> ranges;
  ReadScope scope;
  scope.topics = {args.topic};
  scope.from = args.from;
  scope.isolation = isolation_of(config);
  TRY(wait.until([&](AdminClient& admin) -> Result<WaitStatus> {
    TRY_ASSIGN(ranges, plan_ranges(admin, scope));
    return WaitStatus{true, {}};
  }));
  ConsumerOptions options;
  options.on_log = client_log(context);
  TRY_ASSIGN(const auto consumer, Consumer::assign(config, std::move(ranges), std::move(options)));
  bool found = false;
  TRY_ASSIGN(const std::int64_t seen, find_record(*consumer, filter, wait, found));
  if (!found) {
    return fail(wait.not_in_time(fmt::format("none of {} fits", counted(seen, "record"))));
  }
  const RecordView& record = consumer->record();
  RecordWriter writer(context.streams(), style, {});
  writer.write(record);
  writer.end(nullptr);
  writer.flush();
  wait.tell(fmt::format("{}[{}] at offset {}", record.topic, record.partition.value_or(0),
                        record.offset.value_or(0)));
  return ExitCode::kDone;
}

}  // namespace

Command wait_record() {
  return command<WaitRecordArgs>({
      .name = "wait record",
      .summary = "Wait until a topic has a record that fits",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kTimes | kVerbose,
      .options = {argument("TOPIC[:PARTITIONS]", &WaitRecordArgs::topic).kind(ValueKind::kTopic),
                  option("--value", &WaitRecordArgs::value).value("RE").help("Its value matches"),
                  option("--key", &WaitRecordArgs::key).value("RE").help("Its key matches"),
                  option("--header", &WaitRecordArgs::headers)
                      .value("KEY=RE")
                      .help("It has a header that matches; again for more"),
                  option("--from", &WaitRecordArgs::from)
                      .help("Where to start to look")
                      .fallback("start")},
      .details =
          "Reads the topic, outside of any group, until a record fits everything that is asked of "
          "it, and prints that record; without a filter any record does. A topic that does not "
          "exist yet is waited for. Exit code 10 when --timeout is over; a broker that cannot be "
          "reached until then is 10 too.\n\nRegular expressions are those of RE2 and match "
          "anywhere in the text.",
      .formats = {"lines", "jsonl", "json", "raw", "hex"},
      .check = check,
      .examples = {{"kreel wait record orders --value '\"id\":42' --timeout 30s",
                    "The service under test has written it"},
                   {"kreel wait record orders --from end --key '^7$' -o jsonl",
                    "From now on, with all of its fields"}},
      .exits = {ExitCode::kAuthentication, ExitCode::kNotAuthorized, ExitCode::kConditionFalse},
      .see_also = {"consume"},
  });
}

}  // namespace kreel::commands
