#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "cli/admin.hpp"
#include "cli/offset_change.hpp"

namespace kreel::commands {
namespace {

struct OffsetsUndoArgs : OffsetChangeArgs {
  std::optional<std::string> file;
};

Result<void> check(const OffsetsUndoArgs& args) {
  return check_change(args, false);
}

Result<UndoFile> file_to_undo(CommandContext& context, const OffsetsUndoArgs& args,
                              const std::optional<std::string>& cluster_id) {
  if (args.file) return read_undo_file(*args.file);
  TRY_ASSIGN(const std::string directory, undo_directory(context));
  std::vector<std::string> skipped;
  auto newest = newest_undo_file(directory, cluster_id, skipped);
  for (const std::string& path : skipped) {
    context.warn(fmt::format("{} is not whole, so its change never began", path));
  }
  return newest;
}

Result<void> check_made_here(const UndoFile& file, const std::optional<std::string>& cluster_id) {
  if (file.cluster_id == cluster_id) return {};
  return fail(
      ErrorKind::kRefused,
      fmt::format("{} is of cluster \"{}\", and this is \"{}\"", file.path,
                  file.cluster_id.value_or("without an id"), cluster_id.value_or("without an id")),
      "-b or -P names the cluster");
}

Result<ExitCode> run(const OffsetsUndoArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const ClusterInfo cluster, admin->describe_cluster());
  TRY_ASSIGN(UndoFile file, file_to_undo(context, args, cluster.cluster_id));
  TRY(check_made_here(file, cluster.cluster_id));
  context.note(fmt::format("{} {}, of {}", file.redo ? "redoes" : "undoes", file.path,
                           format_time(file.created_ms)));
  std::set<std::string> groups;
  for (const ReplacedOffset& row : file.rows) groups.insert(row.before.group);
  OffsetChangeRequest request;
  request.groups.assign(groups.begin(), groups.end());
  request.to = RestoredOffsets{std::move(file.rows)};
  request.now_ms = context.now_ms();
  TRY_ASSIGN(const ExitCode code, change_offsets(context, *admin, args, request, !file.redo));
  if (code == ExitCode::kDone && !context.dry_run()) {
    TRY_ASSIGN(const std::string used, mark_undo_file_used(file.path));
    context.note(fmt::format("used: {}", used));
  }
  return code;
}

}  // namespace

Command offsets_undo() {
  return command<OffsetsUndoArgs>({
      .name = "offsets undo",
      .summary = "Take back a change of offsets",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange,
      .options = together<OffsetsUndoArgs>({{argument("FILE", &OffsetsUndoArgs::file)
                                                 .kind(ValueKind::kFile)
                                                 .optional()
                                                 .fallback("the newest of this cluster")},
                                            safety_options<OffsetsUndoArgs>()}),
      .details =
          "Restores exactly what stood before the change: offset, leader epoch and metadata, and "
          "nothing where nothing was committed. It is a change itself: planned, asked for, "
          "refused while a group has members.\n\n"
          "A file that has been used is renamed to FILE.used, so the next undo takes back the "
          "change before. The way back from an undo is saved as FILE.redo.json, which only "
          "offsets undo FILE.redo.json uses.",
      .check = check,
      .examples = {{"kreel offsets undo --dry-run", "What the newest undo file would restore"},
                   {"kreel offsets undo --yes", "Take back the last change"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kRefused, ExitCode::kBadInput, ExitCode::kIo},
      .see_also = {"offsets reset", "offsets rewind", "offsets delete"},
  });
}

}  // namespace kreel::commands
