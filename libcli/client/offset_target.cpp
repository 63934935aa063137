#include "client/offset_target.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace kreel::client {
namespace {

/// One function per kind of destination.
class TargetChooser {
 public:
  TargetChooser(const OffsetChangeRequest& request, const PartitionFacts& facts)
      : request_(request), facts_(facts) {}

  Result<ChosenTarget> operator()(const Position& to) const {
    if (to.anchor == Position::Anchor::kTime) return by_time();
    if (to.anchor == Position::Anchor::kCommitted && !facts_.committed) {
      return stay("nothing committed");
    }
    return explicit_offset(anchor_offset(to) + to.delta);
  }

  Result<ChosenTarget> operator()(const RewindBy& by) const {
    if (!by.records) return by_time();
    if (!facts_.committed) return stay("nothing committed");
    const std::int64_t available = *facts_.committed - facts_.log_start;
    if (available < 0) return stay("committed is before the log start");
    if (*by.records <= available) return ChosenTarget{*facts_.committed - *by.records, {}};
    return ChosenTarget{facts_.log_start,
                        fmt::format("only {} available", with_thousands(available))};
  }

  Result<ChosenTarget> operator()(const SameAsGroup& other) const {
    if (!facts_.wanted) {
      return stay(fmt::format("\"{}\" has committed nothing", escape_control(other.group)));
    }
    return nearest_offset(*facts_.wanted);
  }

  Result<ChosenTarget> operator()(const GivenOffsets&) const {
    if (!facts_.wanted) return no_commit();
    return explicit_offset(*facts_.wanted);
  }

  Result<ChosenTarget> operator()(const RestoredOffsets&) const {
    if (!facts_.wanted) return no_commit();
    return ChosenTarget{facts_.wanted, in_range(*facts_.wanted) ? "" : outside(*facts_.wanted)};
  }

  Result<ChosenTarget> operator()(const NoOffsets&) const { return no_commit(); }

  ChosenTarget stay(std::string note) const { return {facts_.committed, std::move(note)}; }

 private:
  ChosenTarget no_commit() const {
    if (!facts_.committed) return stay("nothing committed");
    return {std::nullopt, "no commit: auto.offset.reset decides"};
  }

  ChosenTarget by_time() const {
    if (!facts_.at_time) return {facts_.log_end, "no record that late: the end"};
    return {std::clamp(*facts_.at_time, facts_.log_start, facts_.log_end), {}};
  }

  std::int64_t anchor_offset(const Position& to) const {
    switch (to.anchor) {
      case Position::Anchor::kStart:
        return facts_.log_start;
      case Position::Anchor::kEnd:
        return facts_.log_end;
      case Position::Anchor::kCommitted:
        return *facts_.committed;
      default:
        return to.value;
    }
  }

  bool in_range(std::int64_t offset) const {
    return offset >= facts_.log_start && offset <= facts_.log_end;
  }
  std::string outside(std::int64_t offset) const {
    return fmt::format("{} is outside {}..{}", offset, facts_.log_start, facts_.log_end);
  }
  ChosenTarget nearest_offset(std::int64_t offset) const {
    if (in_range(offset)) return {offset, {}};
    return {std::clamp(offset, facts_.log_start, facts_.log_end), outside(offset)};
  }
  Result<ChosenTarget> explicit_offset(std::int64_t offset) const {
    if (in_range(offset) || request_.clamp) return nearest_offset(offset);
    return fail(ErrorKind::kNotFound,
                fmt::format("{}: offset {}", facts_.at.to_string(), outside(offset)),
                "--out-of-range clamp moves to the nearest offset there is");
  }

  const OffsetChangeRequest& request_;
  const PartitionFacts& facts_;
};

}  // namespace

Result<ChosenTarget> choose_target(const OffsetChangeRequest& request,
                                   const PartitionFacts& facts) {
  const TargetChooser chooser(request, facts);
  TRY_ASSIGN(ChosenTarget target, std::visit(chooser, request.to));
  if (!request.only_back || target.offset == facts.committed) return target;
  if (!facts.committed) return chooser.stay("nothing committed");
  if (target.offset > facts.committed) return chooser.stay("already further back");
  return target;
}

}  // namespace kreel::client

namespace kreel {

std::optional<std::int64_t> OffsetChangeRequest::time_ms() const {
  if (const auto* by = std::get_if<RewindBy>(&to); by != nullptr && by->duration_ms) {
    return now_ms - *by->duration_ms;
  }
  const auto* position = std::get_if<Position>(&to);
  if (position == nullptr || position->anchor != Position::Anchor::kTime) return std::nullopt;
  return position->value;
}

}  // namespace kreel
