#include <algorithm>
#include <array>

#include <kreel/text.hpp>

#include "kafka/client.hpp"
#include "kafka/java_files.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::size_t kGroupColumnMin = 20;

std::string capitalized(std::string_view word) {
  std::string text = to_lower(word);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

bool is_consumer_group(const GroupListing& group) {
  const std::string type = to_lower(group.type.value_or(""));
  return type == "consumer" || (type != "share" && type != "streams" &&
                                (group.protocol_type == "consumer" || group.protocol_type.empty()));
}

struct GroupChoice {
  std::string type;
  std::optional<std::string> protocol;
  bool consumer = false;
  bool share = false;
  bool streams = false;

  bool allows(const GroupListing& group) const {
    const std::string of = to_lower(group.type.value_or("classic"));
    if (consumer) return is_consumer_group(group);
    if (share) return of == "share";
    if (streams) return of == "streams";
    return (type.empty() || of == type) && (!protocol || group.protocol_type == *protocol);
  }
};

Outcome<GroupChoice> group_choice(const Options& options) {
  GroupChoice choice;
  TRY_ASSIGN(const std::string type, options.value_or("group-type", ""));
  choice.type = to_lower(type);
  constexpr std::array<std::string_view, 4> kGroupTypes{"classic", "consumer", "share", "streams"};
  if (!type.empty() && std::ranges::find(kGroupTypes, choice.type) == kGroupTypes.end()) {
    return usage_exit("--group-type must be a valid group type.");
  }
  TRY_ASSIGN(choice.protocol, options.value("protocol"));
  choice.consumer = options.has("consumer");
  choice.share = options.has("share");
  choice.streams = options.has("streams");
  return choice;
}

Outcome<Ending> run_groups(const Options& options, ToolContext& context) {
  if (!options.has("list")) return usage_exit("Command must include exactly one action: --list.");
  TRY(exclude(options, "consumer",
              std::array<std::string_view, 4>{"group-type", "protocol", "share", "streams"}));
  TRY(exclude(options, "share",
              std::array<std::string_view, 4>{"consumer", "group-type", "protocol", "streams"}));
  TRY(exclude(options, "streams",
              std::array<std::string_view, 4>{"consumer", "group-type", "protocol", "share"}));
  TRY_ASSIGN(const GroupChoice choice, group_choice(options));
  TRY_ASSIGN(ToolAdmin tool, admin_of(options, context));
  const auto admin = tool.connect("listGroups");
  if (!admin) return tl::unexpected(no_broker_with_groups(admin.error()));
  TRY_ASSIGN(const GroupList list, in_java((*admin)->list_groups({}), "listGroups"));
  if (!list.errors.empty()) return tl::unexpected(java_error(list.errors.front(), "listGroups"));
  std::vector<std::array<std::string, 3>> rows = {{"GROUP", "TYPE", "PROTOCOL"}};
  for (const GroupListing& group : list.groups) {
    if (!choice.allows(group)) continue;
    rows.push_back({group.group, capitalized(group.type.value_or("")), group.protocol_type});
  }
  std::size_t width = kGroupColumnMin;
  for (const auto& row : rows) {
    for (const std::string& cell : row) width = std::max(width, cell.size());
  }
  for (const auto& row : rows) {
    const bool is_header = &row == &rows.front();
    context.out_line(fmt::format("{:<{}} {:<{}} {:<{}}{}", row[0], width, row[1], width, row[2],
                                 width, is_header ? "" : " "));
  }
  return Ending{};
}

Ending show_groups_error(const JavaError& error, ToolContext& context) {
  const bool before_it_begins = error.type.starts_with("joptsimple.") || is_file_error(error);
  if (before_it_begins) return show_message_and_trace(error, context);
  context.out_line(fmt::format("Error while executing groups command : {}", error.message));
  context.host().streams.out.flush_now();
  context.log("ERROR", error.text() + "\n", "org.apache.kafka.tools.GroupsCommand");
  return failed(1, error);
}

}  // namespace

Tool groups_tool() {
  return {
      .about = "This tool helps to list groups of all types.",
      .flags = {{.name = "bootstrap-server",
                 .takes = Takes::kValue,
                 .value = "String: server to connect to",
                 .help = "REQUIRED: The Kafka server to connect to.",
                 .required = true},
                {"command-config", Takes::kValue, "String: command config property file",
                 "Property file with the settings of the admin client."},
                {"list", Takes::kNothing, "", "List the groups."},
                {"group-type", Takes::kValue, "String: type",
                 "Only groups of this type: classic, consumer, share or streams."},
                {"protocol", Takes::kValue, "String: protocol", "Only groups of this protocol."},
                {"consumer", Takes::kNothing, "", "Only groups of consumers, of either protocol."},
                {"share", Takes::kNothing, "", "Only share groups."},
                {"streams", Takes::kNothing, "", "Only streams groups."},
                {"help", Takes::kNothing, "", "Print usage information."},
                {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_groups,
      .on_error = show_groups_error,
      .parse_errors_show_table = true,
  };
}

}  // namespace kreel::kafka_tools
