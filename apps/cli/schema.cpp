#include "cli/schema.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/exit_code.hpp"
#include "cli/value.hpp"

namespace kreel::cli {
namespace {

constexpr auto kOutputKinds = std::to_array<OutputKind>({
#define KREEL_KIND(kind, commands, fields) {kind, commands, fields},
#include "cli/kinds.def"
#undef KREEL_KIND
});

// One NAME:TYPE.
struct Field {
  std::string name;
  std::string type;
  bool may_be_null = false;
  bool may_be_missing = false;
  bool in_envelope = false;
};

std::vector<Field> fields_of(const OutputKind& kind) {
  std::vector<Field> fields;
  for (std::string_view text : split(kind.fields, ' ')) {
    if (text.empty()) continue;
    Field field;
    field.may_be_missing = text.starts_with('+');
    field.in_envelope = text.starts_with('^');
    if (field.may_be_missing || field.in_envelope) text.remove_prefix(1);
    field.may_be_null = text.ends_with('?');
    if (field.may_be_null) text.remove_suffix(1);
    const auto colon = text.find(':');
    field.name = text.substr(0, colon);
    field.type = text.substr(colon + 1);
    fields.push_back(std::move(field));
  }
  return fields;
}

Value reference(std::string_view name) {
  return Value::Object{{"$ref", fmt::format("#/$defs/{}", name)}};
}

Value array_of(Value items) {
  return Value::Object{{"type", "array"}, {"items", std::move(items)}};
}

// All of `properties` are there, and nothing else.
Value object_of(Value::Object properties, std::string_view description = {}) {
  Value::Array required;
  for (const auto& [name, schema] : properties) required.emplace_back(name);
  Value::Object object{{"type", "object"}};
  if (!description.empty()) object.emplace_back("description", description);
  object.emplace_back("properties", std::move(properties));
  object.emplace_back("required", std::move(required));
  object.emplace_back("additionalProperties", false);
  return object;
}

Value plain(std::string_view type, std::string_view description = {}) {
  Value::Object object{{"type", type}};
  if (!description.empty()) object.emplace_back("description", description);
  return object;
}

Value or_null(Value schema) {
  return Value::Object{{"anyOf", Value::Array{std::move(schema), plain("null")}}};
}

Value member_type() {
  const Value at = object_of({{"topic", reference("text")}, {"partition", plain("integer")}});
  return object_of({{"member_id", reference("text")},
                    {"group_instance_id", or_null(reference("text"))},
                    {"client_id", reference("text")},
                    {"client_host", reference("text")},
                    {"assignment", array_of(at)}});
}

Value partition_type() {
  const Value brokers = array_of(plain("integer"));
  return object_of({{"partition", plain("integer")},
                    {"leader", or_null(plain("integer"))},
                    {"leader_epoch", plain("integer")},
                    {"replicas", brokers},
                    {"isr", brokers},
                    {"offline_replicas", brokers}});
}

Value header_type() {
  return Value::Object{{"type", "array"},
                       {"prefixItems", Value::Array{reference("text"), or_null(reference("text"))}},
                       {"minItems", 2},
                       {"maxItems", 2}};
}

Value totals_type() {
  return object_of({{"changes", plain("integer")},
                    {"replays_at_most", plain("integer")},
                    {"oldest_replayed_ms", or_null(plain("integer"))},
                    {"skips_at_most", plain("integer")},
                    {"deleted_commits", plain("integer")}});
}

Value option_type() {
  const Value text = or_null(plain("string"));
  const Value number = or_null(plain("integer"));
  const Value texts = array_of(plain("string"));
  return object_of({{"names", texts},
                    {"type", plain("string")},
                    {"value", text},
                    {"kind", text},
                    {"choices", texts},
                    {"default", text},
                    {"min", number},
                    {"max", number},
                    {"repeatable", plain("boolean")},
                    {"required", plain("boolean")},
                    {"since", text},
                    {"help", plain("string")}});
}

Value schema_of_type(std::string_view type) {
  if (type == "int") return plain("integer");
  if (type == "number") return plain("number");
  if (type == "bool") return plain("boolean");
  if (type == "time") return plain("integer", "milliseconds since 1970-01-01 UTC");
  if (type == "duration") return plain("integer", "milliseconds");
  if (type == "ints") return array_of(plain("integer"));
  if (type == "texts") return array_of(reference("text"));
  if (type == "text_lists") return array_of(array_of(plain("string")));
  if (type == "options") return array_of(option_type());
  if (type == "examples") {
    return array_of(object_of({{"command", plain("string")}, {"what", plain("string")}}));
  }
  if (type == "exits") {
    return array_of(object_of({{"code", plain("integer")}, {"meaning", plain("string")}}));
  }
  if (type == "members") return array_of(member_type());
  if (type == "partitions") return array_of(partition_type());
  if (type == "headers") return array_of(header_type());
  if (type == "totals") return totals_type();
  if (type == "assignment") {
    return array_of(
        object_of({{"topic", reference("text")}, {"partitions", array_of(plain("integer"))}}));
  }
  if (type == "configs") {
    return Value::Object{{"type", "object"}, {"additionalProperties", or_null(reference("text"))}};
  }
  return reference("text");
}

Value schema_of(const Field& field) {
  Value schema = schema_of_type(field.type);
  return field.may_be_null ? or_null(std::move(schema)) : schema;
}

Value text_type() {
  return Value::Object{
      {"description", "Text; bytes that are not UTF-8 are an object with them in base64"},
      {"anyOf", Value::Array{plain("string"), object_of({{"b64", plain("string")}})}}};
}

Value error_type() {
  Value::Array codes;
  Value::Array names;
  for (const ExitCodeInfo& info : exit_codes()) {
    codes.emplace_back(static_cast<int>(info.code));
    names.emplace_back(info.name);
  }
  return object_of({{"code", Value::Object{{"description", "The exit code that it stands for"},
                                           {"enum", std::move(codes)}}},
                    {"name", Value::Object{{"enum", std::move(names)}}},
                    {"message", reference("text")},
                    {"hint", or_null(reference("text"))}});
}

Value item_type(const std::vector<Field>& fields) {
  Value::Object properties;
  Value::Array required;
  for (const Field& field : fields) {
    if (field.in_envelope) continue;
    properties.emplace_back(field.name, schema_of(field));
    if (!field.may_be_missing) required.emplace_back(field.name);
  }
  return Value::Object{{"type", "object"},
                       {"properties", std::move(properties)},
                       {"required", std::move(required)},
                       {"additionalProperties", false}};
}

std::string schema_json(const OutputKind& kind) {
  const std::vector<Field> fields = fields_of(kind);
  Value::Object properties{{"kreel", Value::Object{{"const", 1}}},
                           {"kind", Value::Object{{"const", kind.kind}}},
                           {"items", array_of(reference("item"))}};
  Value::Array required{"kreel", "kind", "items", "errors"};
  for (const Field& field : fields) {
    if (!field.in_envelope) continue;
    properties.emplace_back(field.name, schema_of(field));
    required.emplace_back(field.name);
  }
  properties.emplace_back("errors", array_of(reference("error")));
  return Value(Value::Object{
                   {"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"$id", fmt::format("urn:kreel:1:{}", kind.kind)},
                   {"title", kind.kind},
                   {"description",
                    fmt::format("-o json of kreel {}, without --columns; a line of -o jsonl is "
                                "#/$defs/item",
                                fmt::join(split(kind.commands, ','), ", kreel"))},
                   {"type", "object"},
                   {"properties", std::move(properties)},
                   {"required", std::move(required)},
                   {"additionalProperties", false},
                   {"$defs", Value::Object{{"item", item_type(fields)},
                                           {"error", error_type()},
                                           {"text", text_type()}}}})
             .json() +
         "\n";
}

}  // namespace

std::span<const OutputKind> output_kinds() {
  return kOutputKinds;
}

std::vector<const OutputKind*> kinds_of_command(std::string_view command) {
  std::vector<const OutputKind*> kinds;
  for (const OutputKind& kind : kOutputKinds) {
    for (const std::string_view one : split(kind.commands, ',')) {
      if (trim(one) == command) kinds.push_back(&kind);
    }
  }
  return kinds;
}

std::vector<std::string> columns_of_command(std::string_view command) {
  std::vector<std::string> names;
  for (const OutputKind* kind : kinds_of_command(command)) {
    for (const Field& field : fields_of(*kind)) {
      const bool is_new = std::ranges::find(names, field.name) == names.end();
      if (!field.in_envelope && is_new) names.push_back(field.name);
    }
  }
  return names;
}

Result<std::string> schema_text(std::string_view kind) {
  std::vector<std::string> names;
  std::string list;
  for (const OutputKind& known : kOutputKinds) {
    if (known.kind == kind) return schema_json(known);
    names.emplace_back(known.kind);
    list += std::string(known.kind) + "\n";
  }
  if (kind.empty()) return list;
  const auto near = nearest(kind, names);
  return fail(
      ErrorKind::kNotFound, fmt::format("no output is of kind \"{}\"", kind),
      near ? fmt::format("did you mean \"{}\"?", *near) : "kreel help --schema lists the kinds");
}

}  // namespace kreel::cli
