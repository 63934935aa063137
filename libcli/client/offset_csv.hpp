#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kreel/offset_plan.hpp"

namespace kreel::client {

/// What spreadsheets put before a text; it is no part of it.
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// Apache's CSV, in both forms: `topic,partition,offset`, whose rows get the group "", and
/// `group,topic,partition,offset`. Fields may be quoted as RFC 4180 has it; empty lines are passed
/// over. kBadInput as "NAME:3: …".
Result<std::vector<GroupOffset>> parse_offsets_csv(std::string_view text, std::string_view name);

}  // namespace kreel::client
