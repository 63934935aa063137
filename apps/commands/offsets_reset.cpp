#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "cli/admin.hpp"
#include "cli/files.hpp"
#include "cli/offset_change.hpp"

namespace kreel::commands {
namespace {

constexpr std::size_t kFileBytesMax = 64 << 20;

struct OffsetsResetArgs : OffsetChangeArgs {
  std::optional<Position> to;
  std::optional<std::string> to_group;
  std::optional<std::string> from_file;
  bool allow_new_topics = false;
  std::string out_of_range = "error";
};

Result<void> check(const OffsetsResetArgs& args) {
  if (!args.to && !args.to_group && !args.from_file) {
    return fail(ErrorKind::kUsage, "no position",
                "--to POSITION: start, end, an offset, or @TIME; --to-group; --from-file");
  }
  return check_change(args, !args.from_file);
}

// The offsets of the file, and which groups of it are meant: GROUP, those that match --groups, or
// all; and the cluster that the offsets are of, where the file says it.
Result<std::optional<std::string>> read_offsets(CommandContext& context,
                                                const OffsetsResetArgs& args,
                                                OffsetChangeRequest& request) {
  const std::string& path = *args.from_file;
  TRY_ASSIGN(const std::string text, read_file(path, kFileBytesMax));
  TRY_ASSIGN(OffsetsFile file, parse_offsets(text, path));
  std::set<std::string> in_file;
  for (GroupOffset& offset : file.given.offsets) {
    if (offset.group.empty() && !args.group) {
      return fail(ErrorKind::kUsage, fmt::format("{} names no group", path),
                  fmt::format("kreel offsets reset GROUP --from-file {}", path));
    }
    if (offset.group.empty()) offset.group = *args.group;
    in_file.insert(offset.group);
  }
  const std::vector<std::string> names(in_file.begin(), in_file.end());
  request.groups = names;
  if (args.group) request.groups = {*args.group};
  if (!args.patterns.empty()) request.groups = expand_patterns(args.patterns, names);
  for (const std::string& group : request.groups) {
    if (in_file.contains(group)) continue;
    const auto near = nearest(group, names);
    return fail(ErrorKind::kNotFound, fmt::format("group \"{}\" is not in {}", group, path),
                near ? fmt::format("did you mean \"{}\"?", *near) : "");
  }
  if (request.groups.empty()) {
    return fail(ErrorKind::kNotFound,
                fmt::format("no group in {} matches \"{}\"", path, args.patterns.front()));
  }
  if (const auto others = names.size() - request.groups.size(); others > 0) {
    context.note(
        fmt::format("left out: {} other group{} of {}", others, others == 1 ? "" : "s", path));
  }
  request.to = std::move(file.given);
  return file.cluster_id;
}

Result<ExitCode> run(const OffsetsResetArgs& args, CommandContext& context) {
  OffsetChangeRequest request;
  if (args.to) request.to = *args.to;
  if (args.to_group) request.to = SameAsGroup{*args.to_group};
  std::optional<std::string> cluster_of_file;
  if (args.from_file) {
    TRY_ASSIGN(cluster_of_file, read_offsets(context, args, request));
  }
  request.scope = args.scope;
  request.allow_new_topics = args.allow_new_topics;
  request.clamp = args.out_of_range == "clamp";
  request.now_ms = context.now_ms();
  TRY(check_offset_change(request));
  TRY_ASSIGN(const auto admin, connect_admin(context));
  if (cluster_of_file) TRY(check_cluster(*admin, *cluster_of_file, *args.from_file));
  if (!args.from_file) {
    TRY_ASSIGN(request.groups, groups_to_change(*admin, args));
  }
  return change_offsets(context, *admin, args, request);
}

}  // namespace

Command offsets_reset() {
  return command<OffsetsResetArgs>({
      .name = "offsets reset",
      .summary = "Move the committed offsets of consumer groups",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange | kTimes,
      .options = together<OffsetsResetArgs>(
          {group_options<OffsetsResetArgs>(),
           {option("--to", &OffsetsResetArgs::to).help("Where every partition is to stand"),
            option("--to-group", &OffsetsResetArgs::to_group)
                .value("GROUP")
                .kind(ValueKind::kGroup)
                .help("To where this group stands"),
            option("--from-file", &OffsetsResetArgs::from_file)
                .value("FILE")
                .kind(ValueKind::kFile)
                .help("To the offsets of FILE: kreel's JSON, or Apache's CSV"),
            option("--allow-new-topics", &OffsetsResetArgs::allow_new_topics)
                .help("Accept topics that the group has not committed, and a new group"),
            option("--out-of-range", &OffsetsResetArgs::out_of_range)
                .choices({"error", "clamp"})
                .help("What an offset outside of the log does")},
           safety_options<OffsetsResetArgs>()}),
      .details =
          "The plan is made by admin calls alone: it never joins the group. Nothing is written "
          "while a group has members, nor when a commit has moved since the plan. Before the "
          "first commit all that is replaced is saved in $XDG_STATE_HOME/kreel/undo, for offsets "
          "undo.\n\n"
          "Off a terminal --yes is needed; a change that skips records always needs it. A dry run "
          "does not wait for members, and shows the plan of a group that has some.\n\n"
          "FILE is what offsets export, --plan-out or Apache's kafka-consumer-groups --export "
          "writes. Without GROUP and --groups all groups in it are changed. A plan as JSON is "
          "refused on another cluster, and when a group has moved since it was made; rows that "
          "stand where it leads are done already. CSV knows neither.",
      .exclusive = {{"--to", "--to-group", "--from-file"}},
      .check = check,
      .examples = {{"kreel offsets reset payments --to start --dry-run",
                    "What would be read again"},
                   {"kreel offsets reset payments --to @-2h --yes", "Two hours back"},
                   {"kreel offsets reset payments -t orders:0,3-5 --to 1200", "Some partitions"},
                   {"kreel offsets reset blue --to-group green --allow-new-topics --yes",
                    "Go on where another group stands"},
                   {"kreel offsets reset --groups 'pay-*' --to @-1h --plan-out plan.json --dry-run",
                    "A plan for many groups"},
                   {"kreel offsets reset --from-file plan.json --yes", "Carry it out"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kRefused, ExitCode::kBadInput, ExitCode::kIo},
      .see_also = {"offsets rewind", "offsets undo", "offsets export"},
  });
}

}  // namespace kreel::commands
