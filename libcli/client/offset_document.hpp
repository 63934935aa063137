#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "kreel/offset_plan.hpp"

namespace kreel::client {

/// {"kreel":1,"kind":"…","items":[…]} from a file, which errors call `name`.
struct OffsetDocument {
  std::string name;
  std::string kind;
  nlohmann::json root;

  const nlohmann::json& items() const { return root["items"]; }
};

/// kBadInput as "NAME:3:17: expected ','" for what is not such a document, and for one that lists
/// errors: it is not complete.
Result<OffsetDocument> parse_document(std::string_view text, std::string_view name);

/// One item of a document: each function is kBadInput, naming file, item and field, for a field
/// that is missing or of another type.
class OffsetItem {
 public:
  OffsetItem(const OffsetDocument& document, std::size_t index)
      : document_(document), index_(index), item_(document.items()[index]) {}

  /// Group, topic and partition.
  Result<GroupOffset> place() const;
  /// Text, or {"b64":"…"} for bytes that are not UTF-8; empty where it is missing or null.
  Result<std::optional<std::string>> text(const char* field) const;
  /// Between `min` and `max`; empty for null. A missing field is an error.
  Result<std::optional<std::int64_t>> number(const char* field, std::int64_t min = 0,
                                             std::int64_t max = INT64_MAX) const;

 private:
  tl::unexpected<Error> wrong(std::string_view field, std::string_view why) const;

  const OffsetDocument& document_;
  std::size_t index_;
  const nlohmann::json& item_;
};

}  // namespace kreel::client
