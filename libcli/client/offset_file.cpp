#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "client/offset_csv.hpp"
#include "client/offset_document.hpp"
#include "kreel/offset_files.hpp"

namespace kreel {
namespace {

/// Which field of an item says where to; null for a kind that says nothing of offsets.
const char* offset_field(std::string_view kind) {
  if (kind == "offsets.plan" || kind == "offsets.change") return "target";
  if (kind == "offsets.export" || kind == "offsets.show") return "committed";
  return nullptr;
}

/// Reports of changes are of the past: only a plan has to meet what it was made from.
bool is_plan(std::string_view kind) {
  return kind == "offsets.plan";
}

Result<OffsetsFile> parse_offsets_json(std::string_view text, std::string_view name) {
  TRY_ASSIGN(const auto document, client::parse_document(text, name));
  const char* field = offset_field(document.kind);
  if (field == nullptr) {
    const bool is_undo = document.kind == "offsets.undo";
    return fail(
        ErrorKind::kBadInput,
        fmt::format("{}: \"{}\" is no plan and no export", name, escape_control(document.kind)),
        is_undo ? fmt::format("kreel offsets undo {} restores it", name) : std::string());
  }
  OffsetsFile file;
  const auto& root = document.root;
  const bool of_one_cluster = is_plan(document.kind) || document.kind == "offsets.change";
  if (of_one_cluster && root.contains("cluster_id") && root["cluster_id"].is_string()) {
    file.cluster_id = root["cluster_id"].get<std::string>();
  }
  for (std::size_t i = 0; i < document.items().size(); ++i) {
    const client::OffsetItem item(document, i);
    TRY_ASSIGN(GroupOffset row, item.place());
    TRY_ASSIGN(row.offset, item.number(field));
    TRY_ASSIGN(row.metadata, item.text("metadata"));
    TRY_ASSIGN(const auto committed, item.number("committed"));
    // The plan had nothing to change there.
    if (!row.offset && !committed) continue;
    if (is_plan(document.kind)) {
      file.given.planned_from.push_back({row.group, row.at, committed});
    }
    file.given.offsets.push_back(std::move(row));
  }
  return file;
}

Result<OffsetsFile> parse_csv(std::string_view text, std::string_view name) {
  OffsetsFile file;
  TRY_ASSIGN(file.given.offsets, client::parse_offsets_csv(text, name));
  return file;
}

Result<void> check_distinct(const std::vector<GroupOffset>& rows, std::string_view name) {
  std::set<std::pair<std::string_view, TopicPartition>> seen;
  for (const GroupOffset& row : rows) {
    if (seen.emplace(row.group, row.at).second) continue;
    const std::string of_group =
        row.group.empty() ? "" : fmt::format(" of group \"{}\"", escape_control(row.group));
    return fail(ErrorKind::kBadInput,
                fmt::format("{}: {}{} stands there twice", name, row.at.to_string(), of_group));
  }
  return {};
}

}  // namespace

Result<OffsetsFile> parse_offsets(std::string_view text, std::string_view name) {
  if (text.starts_with(client::kByteOrderMark)) text.remove_prefix(client::kByteOrderMark.size());
  const bool is_json = trim(text).starts_with('{');
  TRY_ASSIGN(auto file, is_json ? parse_offsets_json(text, name) : parse_csv(text, name));
  if (file.given.offsets.empty()) {
    return fail(ErrorKind::kBadInput, fmt::format("{}: there is no offset in it", name));
  }
  TRY(check_distinct(file.given.offsets, name));
  return file;
}

}  // namespace kreel
