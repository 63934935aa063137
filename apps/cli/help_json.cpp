#include <kreel/version.hpp>

#include "cli/help.hpp"
#include "cli/registry.hpp"
#include "cli/schema.hpp"
#include "cli/value.hpp"

namespace kreel::cli {
namespace {

std::string_view kind_name(ValueKind kind) {
  switch (kind) {
    case ValueKind::kText:
      return "text";
    case ValueKind::kNumber:
      return "number";
    case ValueKind::kSize:
      return "size";
    case ValueKind::kDuration:
      return "duration";
    case ValueKind::kPosition:
      return "position";
    case ValueKind::kTime:
      return "time";
    case ValueKind::kTopic:
      return "topic";
    case ValueKind::kGroup:
      return "group";
    case ValueKind::kFile:
      return "file";
    case ValueKind::kDirectory:
      return "directory";
    case ValueKind::kBroker:
      return "broker";
    case ValueKind::kProfile:
      return "profile";
    case ValueKind::kChoice:
      return "choice";
    case ValueKind::kKeyValue:
      return "key_value";
  }
  return "text";
}

std::string_view type_name(Option::Type type) {
  switch (type) {
    case Option::Type::kFlag:
      return "flag";
    case Option::Type::kValue:
      return "value";
    case Option::Type::kOptionalValue:
      return "optional_value";
    case Option::Type::kArgument:
      return "argument";
    case Option::Type::kTrailing:
      return "trailing";
  }
  return "flag";
}

Value words(const std::vector<std::string>& texts) {
  Value::Array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

Value option_value(const Option& option) {
  const bool is_flag = option.type == Option::Type::kFlag;
  return Value::Object{{"names", words(option.names)},
                       {"type", type_name(option.type)},
                       {"value", is_flag ? Value() : text_or_null(option.value_name)},
                       {"kind", is_flag ? Value() : Value(kind_name(option.kind))},
                       {"choices", words(option.choices)},
                       {"default", text_or_null(option.default_text)},
                       {"min", option.min},
                       {"max", option.max},
                       {"repeatable", option.repeatable},
                       {"required", option.required},
                       {"since", text_or_null(option.since)},
                       {"help", option.help}};
}

Value option_values(const std::vector<Option>& options) {
  Value::Array array;
  for (const Option& option : options) array.push_back(option_value(option));
  return array;
}

Value command_value(const Command& command) {
  Value::Array exclusive;
  for (const auto& names : command.exclusive) exclusive.push_back(words(names));
  Value::Array examples;
  for (const Example& example : command.examples) {
    examples.push_back(Value::Object{{"command", example.command}, {"what", example.what}});
  }
  Value::Array exits;
  for (const ExitCode code : all_exits(command)) {
    exits.push_back(
        Value::Object{{"code", static_cast<int>(code)}, {"meaning", exit_code_info(code).meaning}});
  }
  Value::Array kinds;
  for (const OutputKind* kind : kinds_of_command(command.name)) kinds.emplace_back(kind->kind);
  return Value::Object{{"name", command.name},
                       {"summary", command.summary},
                       {"usage", usage_line(command)},
                       {"details", command.details},
                       {"options", option_values(command.options)},
                       {"shared_options", option_values(shared_options(command))},
                       {"exclusive", exclusive},
                       {"examples", examples},
                       {"exits", exits},
                       {"see_also", words(command.see_also)},
                       {"kinds", std::move(kinds)},
                       {"since", command.since}};
}

}  // namespace

std::string help_json(std::string_view noun, std::string_view verb) {
  Value::Array items;
  for (const CommandEntry& entry : all_commands()) {
    if (!noun.empty() && entry.noun != noun) continue;
    if (!verb.empty() && entry.verb != verb) continue;
    items.push_back(command_value(entry.make()));
  }
  return Value(Value::Object{{"kreel", 1},
                             {"kind", "help"},
                             {"items", std::move(items)},
                             {"version", versions().kreel},
                             {"errors", Value::Array{}}})
             .json() +
         "\n";
}

}  // namespace kreel::cli
