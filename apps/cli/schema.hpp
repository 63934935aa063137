#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/result.hpp>

namespace kreel::cli {

// A line of kinds.def.
struct OutputKind {
  std::string_view kind;      // "groups.lag"
  std::string_view commands;  // that print it, with commas
  std::string_view fields;
};
std::span<const OutputKind> output_kinds();

// What this command prints with -o json.
std::vector<const OutputKind*> kinds_of_command(std::string_view command);
// The names that --columns of this command may have.
std::vector<std::string> columns_of_command(std::string_view command);

// `kreel help --schema KIND`: the JSON schema (draft 2020-12) of what -o json prints; of a line of
// -o jsonl it is "#/$defs/item". kNotFound with the nearest kind. Without a kind, their names.
Result<std::string> schema_text(std::string_view kind);

}  // namespace kreel::cli
