#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/streams.hpp"
#include "cli/top_model.hpp"

namespace kreel::cli {

struct FrameLine {
  enum class Style { kPlain, kTitle, kHead, kError };
  std::string text;
  Style style = Style::kPlain;

  bool operator==(const FrameLine&) const = default;
};

enum class TopKey { kUp, kDown, kPageUp, kPageDown, kTab, kOther };

// What the person at the terminal has chosen, and the lines that show it. Knows no terminal, but
// for its size.
class TopView {
 public:
  explicit TopView(bool unicode) : unicode_(unicode) {}

  // False when the key means to quit.
  bool press(TopKey key, char character);
  void set_error(std::string error) { error_ = std::move(error); }

  // At most `size.rows` lines of at most `size.columns`.
  std::vector<FrameLine> frame(const TopModel& model, TerminalSize size) const;

 private:
  enum class Pane { kBoth, kTopics, kGroups };

  std::vector<FrameLine> title(const TopModel& model) const;
  std::vector<FrameLine> topic_table(const TopModel& model, TerminalSize size) const;
  std::vector<FrameLine> group_table(const TopModel& model, TerminalSize size) const;

  bool unicode_;
  TopicOrder topic_order_ = TopicOrder::kBytes;
  GroupOrder group_order_ = GroupOrder::kLag;
  Pane pane_ = Pane::kBoth;
  bool internal_ = false;
  std::size_t scroll_ = 0;  // rows that have gone off the top
  std::string error_;
};

}  // namespace kreel::cli
