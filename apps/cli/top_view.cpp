#include "cli/top_view.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <kreel/text.hpp>
#include <kreel/units.hpp>

#include "cli/counted.hpp"
#include "cli/table_text.hpp"

namespace kreel::cli {
namespace {

constexpr std::size_t kPageRows = 10;
constexpr std::string_view kKeys =
    "q quit  topics: b bytes r records s size n name  groups: l lag o out g name  "
    "i internal  Tab panes";

std::string rate_text(const std::optional<double>& per_second) {
  if (!per_second) return "-";
  return *per_second < 10 ? fmt::format("{:.1f}", *per_second)
                          : with_thousands(static_cast<std::int64_t>(*per_second + 0.5));
}

std::string bytes_text(const std::optional<double>& per_second) {
  if (!per_second) return "-";
  return format_size(static_cast<std::int64_t>(*per_second + 0.5)) + "/s";
}

std::string count_text(const std::optional<std::int64_t>& count) {
  return count ? with_thousands(*count) : "-";
}

std::vector<FrameLine> styled(const std::vector<std::vector<std::string>>& rows,
                              const std::vector<bool>& right_aligned, TerminalSize size) {
  std::vector<FrameLine> frame;
  const auto room = static_cast<std::size_t>(std::max(size.columns, 1));
  for (std::string& line : aligned_lines(rows, right_aligned, room)) {
    const auto style = frame.empty() ? FrameLine::Style::kHead : FrameLine::Style::kPlain;
    frame.push_back({std::move(line), style});
  }
  return frame;
}

// The head and as many rows from `scroll` on as fit into `room` lines.
void put(std::vector<FrameLine>& frame, const std::vector<FrameLine>& table, std::size_t scroll,
         std::size_t room) {
  if (room == 0 || table.empty()) return;
  frame.push_back(table.front());
  const std::size_t rows = table.size() - 1;
  const std::size_t shown = std::min(rows, room - 1);
  const std::size_t first = std::min(scroll, rows - shown);
  const auto from = table.begin() + 1 + static_cast<std::ptrdiff_t>(first);
  std::copy_n(from, shown, std::back_inserter(frame));
}

}  // namespace

bool TopView::press(TopKey key, char character) {
  const std::size_t panes = 3;
  switch (key) {
    case TopKey::kUp:
      scroll_ -= std::min<std::size_t>(scroll_, 1);
      return true;
    case TopKey::kDown:
      ++scroll_;
      return true;
    case TopKey::kPageUp:
      scroll_ -= std::min(scroll_, kPageRows);
      return true;
    case TopKey::kPageDown:
      scroll_ += kPageRows;
      return true;
    case TopKey::kTab:
      pane_ = static_cast<Pane>((static_cast<std::size_t>(pane_) + 1) % panes);
      scroll_ = 0;
      return true;
    case TopKey::kOther:
      break;
  }
  switch (character) {
    case 'q':
    case 'Q':
      return false;
    case 'b':
      topic_order_ = TopicOrder::kBytes;
      break;
    case 'r':
      topic_order_ = TopicOrder::kRecords;
      break;
    case 's':
      topic_order_ = TopicOrder::kSize;
      break;
    case 'n':
      topic_order_ = TopicOrder::kName;
      break;
    case 'l':
      group_order_ = GroupOrder::kLag;
      break;
    case 'o':
      group_order_ = GroupOrder::kOut;
      break;
    case 'g':
      group_order_ = GroupOrder::kName;
      break;
    case 'i':
      internal_ = !internal_;
      break;
    default:
      break;
  }
  return true;
}

std::vector<FrameLine> TopView::title(const TopModel& model) const {
  const ClusterSample& sample = model.sample();
  const TopicLoad total = model.total();
  std::string text = "kreel top";
  if (!sample.cluster_id.empty()) text += "  cluster " + escape_control(sample.cluster_id);
  text += fmt::format("  {}  {}  {}", counted(static_cast<std::int64_t>(sample.brokers), "broker"),
                      counted(static_cast<std::int64_t>(sample.topics.size()), "topic"),
                      counted(total.partitions, "partition"));
  if (model.samples() > 1) {
    text += fmt::format("  in {}  {} records/s", bytes_text(total.bytes_per_s),
                        rate_text(total.records_per_s));
  }
  std::vector<FrameLine> lines{{text, FrameLine::Style::kTitle}};
  std::string error = error_;
  if (error.empty() && !sample.errors.empty()) {
    error = sample.errors.front().message();
    if (sample.errors.size() > 1) error += fmt::format(" (and {} more)", sample.errors.size() - 1);
  }
  if (!error.empty()) lines.push_back({escape_control(error), FrameLine::Style::kError});
  return lines;
}

std::vector<FrameLine> TopView::topic_table(const TopModel& model, TerminalSize size) const {
  std::vector<std::vector<std::string>> rows{
      {"TOPIC", "PARTITIONS", "BYTES/S", "RECORDS/S", "SIZE"}};
  for (const TopicLoad& topic : model.topics(topic_order_, internal_)) {
    rows.push_back({escape_control(topic.name), with_thousands(topic.partitions),
                    bytes_text(topic.bytes_per_s), rate_text(topic.records_per_s),
                    topic.size_bytes ? format_size(*topic.size_bytes) : "-"});
  }
  return styled(rows, {false, true, true, true, true}, size);
}

std::vector<FrameLine> TopView::group_table(const TopModel& model, TerminalSize size) const {
  std::vector<std::vector<std::string>> rows{
      {"GROUP", "TOPICS", "LAG", "IN/S", "OUT/S", "CATCH-UP", "TREND"}};
  for (const LagTrend::Line& one : model.groups(group_order_)) {
    const auto& rates = one.line.rates;
    const auto catch_up_ms = one.line.catch_up_ms();
    rows.push_back(
        {escape_control(one.line.group), with_thousands(one.line.topics), count_text(one.line.lag),
         rate_text(rates ? std::optional(rates->in) : std::nullopt),
         rate_text(rates ? std::optional(rates->out) : std::nullopt),
         catch_up_ms ? duration_text(*catch_up_ms) : "-", sparkline(one.lags, unicode_)});
  }
  return styled(rows, {false, true, true, true, true, true, false}, size);
}

std::vector<FrameLine> TopView::frame(const TopModel& model, TerminalSize size) const {
  std::vector<FrameLine> frame = title(model);
  const auto rows = static_cast<std::size_t>(std::max(size.rows, 1));
  // The last line is for the keys.
  const std::size_t used = frame.size() + 1;
  const std::size_t room = rows > used ? rows - used : 0;
  const auto topics = topic_table(model, size);
  const auto groups = group_table(model, size);
  if (pane_ == Pane::kTopics) {
    put(frame, topics, scroll_, room);
  } else if (pane_ == Pane::kGroups) {
    put(frame, groups, scroll_, room);
  } else {
    // Groups get what they need, up to half; topics the rest.
    const std::size_t for_groups = std::min(groups.size(), room / 2);
    const std::size_t for_topics = std::min(topics.size(), room - for_groups);
    put(frame, topics, scroll_, for_topics);
    put(frame, groups, scroll_, room - for_topics);
  }
  frame.resize(std::min(frame.size(), rows - 1));
  while (frame.size() + 1 < rows) frame.emplace_back();
  frame.push_back({std::string(kKeys), FrameLine::Style::kHead});
  for (FrameLine& line : frame) line.text = clip_to_columns(line.text, size.columns);
  return frame;
}

}  // namespace kreel::cli
