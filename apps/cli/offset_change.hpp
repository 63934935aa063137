#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kreel/offset_files.hpp>
#include <kreel/offset_plan.hpp>

#include "cli/command.hpp"
#include "cli/context.hpp"

namespace kreel::cli {

// What every command that changes offsets can be told; a command's Args begin with it.
struct OffsetChangeArgs {
  std::optional<std::string> group;
  std::vector<std::string> patterns;
  std::vector<TopicPartitions> scope;
  std::optional<std::chrono::milliseconds> wait_empty;
  std::optional<std::string> expect_cluster;
  std::optional<std::string> plan_out;
  bool force = false;
};

// GROUP, --groups and -t.
template <class Args>
std::vector<OptionOf<Args>> group_options() {
  using A = OffsetChangeArgs;
  return {argument("GROUP", static_cast<std::optional<std::string> Args::*>(&A::group))
              .kind(ValueKind::kGroup)
              .optional(),
          option("--groups", static_cast<std::vector<std::string> Args::*>(&A::patterns))
              .value("PATTERN")
              .help("All groups that match, as in 'payments-*'; again for more"),
          option("-t,--topic", static_cast<std::vector<TopicPartitions> Args::*>(&A::scope))
              .help("Only these topics or partitions; again for more")
              .fallback("all topics that the group has committed")};
}

// --wait-empty, --expect-cluster, --plan-out and --force.
template <class Args>
std::vector<OptionOf<Args>> safety_options() {
  using A = OffsetChangeArgs;
  using OptionalText = std::optional<std::string> Args::*;
  return {option("--wait-empty",
                 static_cast<std::optional<std::chrono::milliseconds> Args::*>(&A::wait_empty))
              .help("Wait this long for the members to leave"),
          option("--expect-cluster", static_cast<OptionalText>(&A::expect_cluster))
              .value("ID")
              .help("Refuse any other cluster"),
          option("--plan-out", static_cast<OptionalText>(&A::plan_out))
              .value("FILE")
              .kind(ValueKind::kFile)
              .help("Write the plan for --from-file: JSON, or Apache's CSV as FILE.csv"),
          option("--force", static_cast<bool Args::*>(&A::force))
              .help("Overwrite the file of --plan-out, and keep a .bak")};
}

template <class Args>
std::vector<OptionOf<Args>> together(std::initializer_list<std::vector<OptionOf<Args>>> parts) {
  std::vector<OptionOf<Args>> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// Where undo files are kept.
Result<std::string> undo_directory(const CommandContext& context);

// kUsage for what the options alone show to be wrong; `needs_group` unless a file names groups.
Result<void> check_change(const OffsetChangeArgs& args, bool needs_group);

// GROUP, or the groups that match --groups.
Result<std::vector<std::string>> groups_to_change(AdminClient& admin, const OffsetChangeArgs& args);

// The whole contract: wait, plan, show, ask, save the way back, compare, write, read back, report.
// `redo` marks what is saved as the way back of an undo. kDone when everything is as planned.
Result<ExitCode> change_offsets(CommandContext& context, AdminClient& admin,
                                const OffsetChangeArgs& args, const OffsetChangeRequest& request,
                                bool redo = false);

}  // namespace kreel::cli
