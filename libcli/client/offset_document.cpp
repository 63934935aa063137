#include "client/offset_document.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.hpp"
#include "client/json_tree.hpp"

namespace kreel::client {
namespace {

using nlohmann::json;

tl::unexpected<Error> not_json(std::string_view text, std::string_view name,
                               const JsonTreeBuilder& builder) {
  const std::size_t at = std::clamp<std::size_t>(builder.column(), 1, text.size() + 1);
  const std::string_view before = text.substr(0, at - 1);
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto line_start = before.rfind('\n');
  const std::size_t column = line_start == std::string_view::npos ? at : at - line_start - 1;
  const std::string why = at >= text.size() ? "it ends too early" : builder.why();
  return fail(ErrorKind::kBadInput, fmt::format("{}:{}:{}: {}", name, line, column, why));
}

}  // namespace

Result<OffsetDocument> parse_document(std::string_view text, std::string_view name) {
  OffsetDocument document;
  document.name = name;
  JsonTreeBuilder builder(document.root, text);
  if (!json::sax_parse(text, &builder)) return not_json(text, name, builder);
  json& root = document.root;
  const bool is_envelope = root.is_object() && root.contains("kreel") && root["kreel"] == 1 &&
                           root.contains("kind") && root["kind"].is_string() &&
                           root.contains("items") && root["items"].is_array();
  if (!is_envelope) {
    return fail(ErrorKind::kBadInput, fmt::format("{}: not a document of kreel", name),
                R"(it begins {"kreel":1,"kind":"offsets.plan","items":[)");
  }
  if (root.contains("errors") && !root["errors"].empty()) {
    return fail(ErrorKind::kBadInput, fmt::format("{}: lists errors, so it is not complete", name));
  }
  document.kind = root["kind"].get<std::string>();
  return document;
}

tl::unexpected<Error> OffsetItem::wrong(std::string_view field, std::string_view why) const {
  return fail(ErrorKind::kBadInput,
              fmt::format("{}: item {}: {}: {}", document_.name, index_ + 1, field, why));
}

Result<std::optional<std::string>> OffsetItem::text(const char* field) const {
  if (!item_.is_object()) return wrong(field, "the item is no object");
  const auto found = item_.find(field);
  if (found == item_.end() || found->is_null()) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  if (found->is_object() && found->contains("b64") && (*found)["b64"].is_string()) {
    auto bytes = decode_base64((*found)["b64"].get_ref<const std::string&>());
    if (bytes) return bytes;
  }
  return wrong(field, "expected a text");
}

Result<std::optional<std::int64_t>> OffsetItem::number(const char* field, std::int64_t min,
                                                       std::int64_t max) const {
  if (!item_.is_object()) return wrong(field, "the item is no object");
  const auto found = item_.find(field);
  if (found == item_.end()) return wrong(field, "missing");
  if (found->is_null()) return std::nullopt;
  if (!found->is_number_integer()) return wrong(field, "expected a whole number");
  const bool too_large =
      found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(max);
  if (too_large || found->get<std::int64_t>() < min || found->get<std::int64_t>() > max) {
    return wrong(field, "out of range");
  }
  return found->get<std::int64_t>();
}

Result<GroupOffset> OffsetItem::place() const {
  GroupOffset place;
  TRY_ASSIGN(const auto group, text("group"));
  if (!group || group->empty()) return wrong("group", "missing");
  TRY_ASSIGN(const auto topic, text("topic"));
  if (!topic || topic->empty()) return wrong("topic", "missing");
  TRY_ASSIGN(const auto partition, number("partition", 0, INT32_MAX));
  if (!partition) return wrong("partition", "missing");
  place.group = *group;
  place.at = {*topic, static_cast<std::int32_t>(*partition)};
  return place;
}

}  // namespace kreel::client
