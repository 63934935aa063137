#include "client/offset_target.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace kreel::client {
namespace {

ChosenTarget stay(const PartitionFacts& facts, std::string note) {
  return {facts.committed, std::move(note)};
}

ChosenTarget by_time(const PartitionFacts& facts) {
  if (facts.at_time) return {std::clamp(*facts.at_time, facts.log_start, facts.log_end), {}};
  return {facts.log_end, "no record that late: the end"};
}

ChosenTarget by_records(std::int64_t records, const PartitionFacts& facts) {
  if (!facts.committed) return stay(facts, "nothing committed");
  const std::int64_t available = *facts.committed - facts.log_start;
  if (available < 0) return stay(facts, "committed is before the log start");
  if (records <= available) return {*facts.committed - records, {}};
  return {facts.log_start, fmt::format("only {} available", with_thousands(available))};
}

/// The plain sum of anchor and delta, unchecked.
std::int64_t anchor_offset(const Position& to, const PartitionFacts& facts) {
  switch (to.anchor) {
    case Position::Anchor::kStart:
      return facts.log_start + to.delta;
    case Position::Anchor::kEnd:
      return facts.log_end + to.delta;
    case Position::Anchor::kCommitted:
      return *facts.committed + to.delta;
    default:
      return to.value;
  }
}

Result<ChosenTarget> by_position(const OffsetChangeRequest& request, const PartitionFacts& facts) {
  const Position& to = *request.to;
  if (to.anchor == Position::Anchor::kTime) return by_time(facts);
  if (to.anchor == Position::Anchor::kCommitted && !facts.committed) {
    return stay(facts, "nothing committed");
  }
  const std::int64_t wanted = anchor_offset(to, facts);
  if (wanted >= facts.log_start && wanted <= facts.log_end) return ChosenTarget{wanted, {}};
  const std::string outside =
      fmt::format("{} is outside {}..{}", wanted, facts.log_start, facts.log_end);
  if (!request.clamp) {
    return fail(ErrorKind::kNotFound, fmt::format("{}: offset {}", facts.at.to_string(), outside),
                "--out-of-range clamp moves to the nearest offset there is");
  }
  return ChosenTarget{std::clamp(wanted, facts.log_start, facts.log_end), outside};
}

}  // namespace

std::optional<std::int64_t> target_time_ms(const OffsetChangeRequest& request) {
  if (request.by && request.by->duration_ms) return request.now_ms - *request.by->duration_ms;
  if (request.to && request.to->anchor == Position::Anchor::kTime) return request.to->value;
  return std::nullopt;
}

Result<ChosenTarget> choose_target(const OffsetChangeRequest& request,
                                   const PartitionFacts& facts) {
  ChosenTarget target;
  if (request.by && request.by->records) {
    target = by_records(*request.by->records, facts);
  } else if (request.by) {
    target = by_time(facts);
  } else {
    TRY_ASSIGN(target, by_position(request, facts));
  }
  if (!request.only_back || target.offset == facts.committed) return target;
  if (!facts.committed) return stay(facts, "nothing committed");
  if (*target.offset > *facts.committed) return stay(facts, "already further back");
  return target;
}

}  // namespace kreel::client
