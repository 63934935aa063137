#include <array>
#include <set>

#include <nlohmann/json.hpp>

#include "cli/files.hpp"
#include "kafka/client.hpp"

namespace kreel::kafka_tools {
namespace {

using nlohmann::json;

tl::unexpected<JavaError> bad_offset_file(std::string message) {
  return thrown("org.apache.kafka.server.common.AdminOperationException", std::move(message),
                ErrorKind::kBadInput);
}

tl::unexpected<JavaError> wrong_type(std::string_view wanted, const json& found) {
  return thrown("com.fasterxml.jackson.databind.JsonMappingException",
                fmt::format("Expected {}, received {}", wanted, found.dump()),
                ErrorKind::kBadInput);
}

Outcome<json> field_of(const json& item, const char* name) {
  if (!item.is_object()) return wrong_type("JSON object", item);
  if (item.contains(name)) return item[name];
  return thrown("com.fasterxml.jackson.databind.JsonMappingException",
                fmt::format("No such field exists: `{}`", name), ErrorKind::kBadInput);
}

Outcome<std::vector<DeleteRecordsBefore>> read_offset_file(const std::string& path) {
  const auto text = cli::read_file(path);
  if (!text) {
    return thrown("org.apache.kafka.server.common.AdminCommandFailedException",
                  "Unable to read file " + path, ErrorKind::kIo);
  }
  const json document = json::parse(*text, nullptr, false);
  if (document.is_discarded()) return bad_offset_file("The input string is not a valid JSON");
  if (!document.is_object()) return wrong_type("JSON object", document);
  if (const auto version = document.find("version"); version != document.end()) {
    if (!version->is_number_integer()) return wrong_type("`Integer` value", *version);
    if (*version != 1) {
      return bad_offset_file(fmt::format("Not supported version field value {}", version->dump()));
    }
  }
  const auto partitions = document.find("partitions");
  if (partitions == document.end()) return bad_offset_file("Missing partitions field");
  if (!partitions->is_array()) return wrong_type("JSON array", *partitions);
  std::vector<DeleteRecordsBefore> list;
  std::set<TopicPartition> seen;
  std::vector<std::string> twice;
  for (const json& item : *partitions) {
    DeleteRecordsBefore one;
    TRY_ASSIGN(const json topic, field_of(item, "topic"));
    if (!topic.is_string()) return wrong_type("`String` value", topic);
    TRY_ASSIGN(const json partition, field_of(item, "partition"));
    if (!partition.is_number_integer()) return wrong_type("`Integer` value", partition);
    TRY_ASSIGN(const json offset, field_of(item, "offset"));
    if (!offset.is_number_integer()) return wrong_type("`Long` value", offset);
    one.at = {topic.get<std::string>(), partition.get<std::int32_t>()};
    if (offset != -1) one.offset = offset.get<std::int64_t>();
    if (!seen.insert(one.at).second) twice.push_back(java_name(one.at));
    list.push_back(std::move(one));
  }
  if (!twice.empty()) {
    return bad_offset_file(
        fmt::format("Offset json file contains duplicate topic partitions: {}", join(twice, ",")));
  }
  return list;
}

Outcome<Ending> run_delete_records(const Options& options, ToolContext& context) {
  TRY(require(options, std::array<std::string_view, 2>{"bootstrap-server", "offset-json-file"}));
  TRY_ASSIGN(const std::string path, options.value_or("offset-json-file", ""));
  TRY_ASSIGN(const auto before, read_offset_file(path));
  TRY_ASSIGN(ToolAdmin tool, admin_of(options, context));
  context.out_line("Executing records delete operation");
  constexpr std::string_view kCall = "deleteRecords(api=METADATA)";
  const auto connected = tool.connect(kCall);
  context.out_line("Records delete operation completed:");
  if (!connected) {
    for (const DeleteRecordsBefore& one : before) {
      context.out_line(
          fmt::format("partition: {}\terror: {}", java_name(one.at), connected.error().text()));
    }
    return failed(0, connected.error());
  }
  TRY_ASSIGN(const auto results, in_java((*connected)->delete_records(before), kCall));
  Ending ending;
  std::vector<std::string> names;
  for (const DeletedRecords& result : results) names.push_back(java_name(result.at));
  for (const std::size_t i : hash_map_order(names)) {
    const DeletedRecords& result = results[i];
    if (result.error) {
      ending.strict = ExitCode::kFailed;
      context.out_line(
          fmt::format("partition: {}\terror: {}", names[i], java_error(*result.error).text()));
    } else {
      context.out_line(
          fmt::format("partition: {}\tlow_watermark: {}", names[i], result.log_start.value_or(-1)));
    }
  }
  return ending;
}

}  // namespace

Tool delete_records_tool() {
  return {
      .about =
          "This tool helps to delete records of the given partitions down to the specified offset.",
      .flags = {{"bootstrap-server", Takes::kValue, "String: server(s) to use for bootstrapping",
                 "REQUIRED: The server to connect to."},
                {"offset-json-file", Takes::kValue, "String: Offset json file path",
                 "REQUIRED: {\"partitions\":[{\"topic\":\"t\",\"partition\":0,\"offset\":5}],"
                 "\"version\":1}; records before the offset go, all for -1."},
                {"command-config", Takes::kValue, "String: command config property file path",
                 "Property file with the settings of the admin client."},
                {"help", Takes::kNothing, "", "Print usage information."},
                {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_delete_records,
      .on_error = show_message_and_trace,
  };
}

}  // namespace kreel::kafka_tools
