#include <algorithm>
#include <array>
#include <limits>

#include <kreel/text.hpp>

#include "kafka/client.hpp"
#include "kafka/topic_list.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kMalformedTime =
    "Malformed time argument {}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / "
    "-4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload, or a specified "
    "long format timestamp";

// What one partition must be to be asked for.
struct PartitionFilter {
  std::optional<IncludeList> topics;  // none: every topic
  std::int32_t first = 0;
  std::int64_t behind = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int32_t> numbers = {};  // some: these alone

  bool allows(const std::string& topic, std::int32_t partition) const {
    if (topics && !topics->allows(topic)) return false;
    if (!numbers.empty()) return std::ranges::find(numbers, partition) != numbers.end();
    return partition >= first && partition < behind;
  }
};

Outcome<OffsetSpec> offset_spec(const std::string& text) {
  if (text == "-1" || text == "latest") return OffsetSpec::latest();
  if (text == "-2" || text == "earliest") return OffsetSpec::earliest();
  if (text == "-3" || text == "max-timestamp") return OffsetSpec::max_timestamp();
  if (text == "-4" || text == "earliest-local") return OffsetSpec::earliest_local();
  if (text == "-5" || text == "latest-tiered") return OffsetSpec::latest_tiered();
  if (text == "-6" || text == "earliest-pending-upload") {
    return OffsetSpec::earliest_pending_upload();
  }
  const auto time_ms = parse_int64(text);
  if (!time_ms || *time_ms < 0) {
    return thrown("org.apache.kafka.tools.TerseException",
                  fmt::format(fmt::runtime(kMalformedTime), text), ErrorKind::kUsage);
  }
  return OffsetSpec::at_time(*time_ms);
}

// "RE", "RE:3", "RE:0-3", "RE:5-", "RE:-3", ":3".
Outcome<PartitionFilter> partition_filter(std::string_view spec) {
  const auto wrong = [&] {
    return illegal_argument(
        fmt::format("org.apache.kafka.tools.TerseException: Invalid rule specification: {}", spec));
  };
  PartitionFilter filter;
  const auto colon = spec.find(':');
  const std::string_view topic = trim(spec.substr(0, colon));
  if (!topic.empty()) {
    TRY_ASSIGN(filter.topics, IncludeList::parse(topic));
  }
  if (colon == std::string_view::npos) return filter;
  const std::string_view range = spec.substr(colon + 1);
  if (range.empty()) return filter;
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) {
    const auto number = parse_int32(range);
    if (!number) return wrong();
    filter.first = *number;
    filter.behind = std::int64_t{*number} + 1;
    return filter;
  }
  if (const std::string_view from = range.substr(0, dash); !from.empty()) {
    const auto number = parse_int32(from);
    if (!number) return wrong();
    filter.first = *number;
  }
  if (const std::string_view to = range.substr(dash + 1); !to.empty()) {
    const auto number = parse_int32(to);
    if (!number) return wrong();
    filter.behind = *number;
  }
  return filter;
}

Outcome<std::vector<PartitionFilter>> partition_filters(const Options& options) {
  std::vector<PartitionFilter> filters;
  TRY_ASSIGN(const auto specs, options.value("topic-partitions"));
  if (specs) {
    for (const std::string_view spec : split(*specs, ',')) {
      TRY_ASSIGN(filters.emplace_back(), partition_filter(spec));
    }
    return filters;
  }
  PartitionFilter& filter = filters.emplace_back();
  TRY_ASSIGN(const auto topic, options.value("topic"));
  if (topic) {
    TRY_ASSIGN(filter.topics, IncludeList::parse(*topic));
  }
  TRY_ASSIGN(const auto partitions, options.value("partitions"));
  if (!partitions || partitions->empty()) return filters;
  for (const std::string_view text : split(*partitions, ',')) {
    const auto number = parse_int32(text);
    if (!number) {
      return illegal_argument(
          fmt::format("--partitions expects a comma separated list of numeric "
                      "partition ids, but received: {}",
                      *partitions));
    }
    filter.numbers.push_back(*number);
  }
  return filters;
}

std::vector<OffsetQuery> wanted_queries(const std::vector<TopicInfo>& topics,
                                        const std::vector<PartitionFilter>& filters,
                                        bool with_internal, const OffsetSpec& spec) {
  std::vector<OffsetQuery> queries;
  for (const TopicInfo& topic : topics) {
    if (topic.internal && !with_internal) continue;
    for (const PartitionInfo& partition : topic.partitions) {
      const bool wanted = std::ranges::any_of(filters, [&](const PartitionFilter& filter) {
        return filter.allows(topic.name, partition.partition);
      });
      if (wanted) queries.push_back({{topic.name, partition.partition}, spec});
    }
  }
  // As text: partition 10 comes before 2.
  std::ranges::sort(queries, {}, [](const OffsetQuery& query) { return java_name(query.at); });
  return queries;
}

Outcome<void> check_offset_servers(const std::string& servers) {
  if (trim(servers).empty()) return usage_exit("Error while validating the bootstrap address\n");
  for (const std::string_view server : split(servers, ',')) {
    const auto colon = server.rfind(':');
    if (colon == std::string_view::npos || !parse_int32(server.substr(colon + 1))) {
      return usage_exit("Please provide valid host:port like host1:9091,host2:9092\n");
    }
  }
  return {};
}

Outcome<Ending> run_get_offsets(const Options& options, ToolContext& context) {
  ClientSettings settings;
  TRY_ASSIGN(const auto old_servers, options.value_or("broker-list", ""));
  TRY_ASSIGN(settings.bootstrap, options.value_or("bootstrap-server", old_servers));
  TRY_ASSIGN(settings.file, options.value("command-config"));
  if (!options.has("bootstrap-server") && !options.has("broker-list")) {
    return usage_exit("Missing required argument \"[bootstrap-server]\"");
  }
  TRY(check_offset_servers(settings.bootstrap));
  if (options.has("topic-partitions") && (options.has("topic") || options.has("partitions"))) {
    return thrown("org.apache.kafka.tools.TerseException",
                  "--topic-partitions cannot be used with --topic or --partitions",
                  ErrorKind::kUsage);
  }
  TRY_ASSIGN(const std::string time, options.value_or("time", "latest"));
  TRY_ASSIGN(const OffsetSpec spec, offset_spec(time));
  TRY_ASSIGN(const auto filters, partition_filters(options));
  TRY_ASSIGN(ToolAdmin tool, ToolAdmin::make(settings, context));
  TRY_ASSIGN(AdminClient * admin, tool.connect("listTopics"));
  TRY_ASSIGN(const auto topics, in_java(admin->list_topics(), "listTopics"));
  const auto queries =
      wanted_queries(topics, filters, !options.has("exclude-internal-topics"), spec);
  if (queries.empty()) {
    return thrown("org.apache.kafka.tools.TerseException",
                  "Could not match any topic-partitions with the specified filters",
                  ErrorKind::kNotFound);
  }
  TRY_ASSIGN(const auto listed,
             in_java(admin->list_offsets(queries, Isolation::kReadUncommitted), "listOffsets"));
  Ending ending;
  for (const ListedOffset& one : listed) {
    if (one.error) {
      const JavaError error = java_error(*one.error);
      context.err_line(fmt::format("Skip getting offsets for topic-partition {} due to error: {}",
                                   java_name(one.at), error.text()));
      ending.strict = ExitCode::kFailed;
    } else if (one.offset) {
      context.out_line(fmt::format("{}:{}:{}", one.at.topic, one.at.partition, *one.offset));
    }
  }
  return ending;
}

Ending show_get_offsets_error(const JavaError& error, ToolContext& context) {
  context.err_line(
      fmt::format("Error occurred: {}", error.is_answer() ? error.text() : error.message));
  return failed(1, error);
}

}  // namespace

Tool get_offsets_tool() {
  return {
      .about = "An interactive shell for getting topic-partition offsets.",
      .flags = {{"bootstrap-server", Takes::kValue, "String: HOST1:PORT1,...,HOST3:PORT3",
                 "REQUIRED: The servers to connect to."},
                {"broker-list", Takes::kValue, "String: HOST1:PORT1,...,HOST3:PORT3",
                 "The older name of --bootstrap-server."},
                {"topic", Takes::kValue, "String: topic",
                 "Regular expressions with commas between them, of which one must match the whole "
                 "name; all topics without it."},
                {"partitions", Takes::kValue, "String: partition ids",
                 "Numbers with commas between them; all partitions without it."},
                {"topic-partitions", Takes::kValue,
                 "String: topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3",
                 "Topics with the partitions to show, the upper end left out."},
                {"time", Takes::kValue, "String: <timestamp> / -1 or latest / -2 or earliest",
                 "Of which moment; -3 or max-timestamp for the newest record; -4 or "
                 "earliest-local, -5 or "
                 "latest-tiered and -6 or earliest-pending-upload for tiered storage.",
                 "latest"},
                {"exclude-internal-topics", Takes::kNothing, "",
                 "Without the topics of the cluster itself."},
                {"offsets", Takes::kValue, "Integer: count", "Ignored since Kafka 3.0."},
                {"max-wait-ms", Takes::kValue, "Integer: ms", "Ignored since Kafka 3.0."},
                {"command-config", Takes::kValue, "String: config file",
                 "Property file with the settings of the admin client."},
                {"help", Takes::kNothing, "", "Print usage information."},
                {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_get_offsets,
      .on_error = show_get_offsets_error,
  };
}

}  // namespace kreel::kafka_tools
