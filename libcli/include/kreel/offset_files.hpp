#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kreel/export.hpp"
#include "kreel/offset_plan.hpp"
#include "kreel/result.hpp"

namespace kreel {

// Offsets in files: plans and exports that are read again, and what takes a change back.

/// What parse_offsets() found.
struct OffsetsFile {
  GivenOffsets given;
  /// Of plans and reports of changes: the cluster that their offsets are of. An export may go to
  /// another one.
  std::optional<std::string> cluster_id;
};

/// Reads what `offsets export`, `--plan-out` and Apache's kafka-consumer-groups --export write:
/// kreel's JSON (kinds offsets.plan, offsets.change, offsets.export and offsets.show), or CSV lines
/// `topic,partition,offset` or `group,topic,partition,offset`. Rows of a plan that leave a
/// partition without a commit are left out. The short CSV names no group: `group` is then "".
/// kBadInput as "NAME:3: …" for anything else, a partition that is named twice included. `name` is
/// what errors call the file.
KREEL_API Result<OffsetsFile> parse_offsets(std::string_view text, std::string_view name);

/// Apache's CSV: without the group when all are of one, as its tool writes it. Rows without an
/// offset are left out: it has no word for them.
KREEL_API std::string offsets_to_csv(std::span<const GroupOffset> offsets);

/// A saved way back. One file holds all that one change replaces.
struct UndoFile {
  std::string path;
  std::optional<std::string> cluster_id;
  std::int64_t created_ms = 0;  ///< wall clock, since 1970-01-01 UTC
  bool redo = false;            ///< saved by an undo, which it takes back
  std::vector<ReplacedOffset> rows;
};

struct UndoFileOptions {
  std::int64_t created_ms = 0;
  bool redo = false;
};

/// Saves what the changing rows of `plan` replace in a new file of `directory`, which is made where
/// it is missing, and returns its path. On return the file is durable, name included. kIo
/// otherwise, and then there is no such file.
KREEL_API Result<std::string> save_undo_file(const std::string& directory, const OffsetPlan& plan,
                                             const UndoFileOptions& options);
/// kBadInput for what is no undo file, or not a whole one.
KREEL_API Result<UndoFile> read_undo_file(const std::string& path);
/// The newest in `directory` of this cluster that is neither used nor a redo. Files that are not
/// whole are passed over, as their change never began, and named in `skipped`. kNotFound when none
/// is left.
KREEL_API Result<UndoFile> newest_undo_file(const std::string& directory,
                                            const std::optional<std::string>& cluster_id,
                                            std::vector<std::string>& skipped);
/// Renames it, durably, to the path that is returned, so that newest_undo_file() passes it over.
KREEL_API Result<std::string> mark_undo_file_used(const std::string& path);
/// For a change that was refused before anything was written.
KREEL_API Result<void> remove_undo_file(const std::string& path);

}  // namespace kreel
