#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <kreel/admin.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/context.hpp"

namespace kreel::cli {

// Tells, with -v, which partitions a rebalance gave and took: with an incremental protocol these
// are not all.
class RebalanceNotes {
 public:
  explicit RebalanceNotes(CommandContext& context) : context_(context) {}

  void revoked(const std::vector<TopicPartition>& partitions, bool lost) {
    after_revocation_ = true;
    note(lost ? "lost" : "revoked", partitions);
  }
  void assigned(const std::vector<TopicPartition>& now) {
    std::vector<TopicPartition> added;
    std::ranges::set_difference(now, held_, std::back_inserter(added));
    const bool silent = added.empty() && after_revocation_;
    after_revocation_ = false;
    held_ = now;
    if (!silent) note("assigned", added);
  }

 private:
  void note(std::string_view word, const std::vector<TopicPartition>& partitions) {
    if (context_.globals().verbose == 0) return;
    std::vector<std::string> names;
    for (const TopicPartition& at : partitions) names.push_back(at.to_string());
    if (names.empty()) names.emplace_back("nothing");
    context_.note(fmt::format("{}: {}", word, fmt::join(names, ", ")));
  }

  CommandContext& context_;
  std::vector<TopicPartition> held_;  // sorted
  bool after_revocation_ = false;
};

}  // namespace kreel::cli
