#include "client/offset_undo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "client/json_text.hpp"
#include "client/offset_document.hpp"

namespace kreel::client {
namespace {

constexpr std::uint64_t kFileBytesMax = 64U << 20;
constexpr std::size_t kNameLettersMax = 80;
constexpr std::string_view kEnding = ".json";
constexpr std::string_view kUsedEnding = ".used";

void append_number(std::string_view name, const std::optional<std::int64_t>& number,
                   std::string& out) {
  out += fmt::format(",\"{}\":{}", name, number ? std::to_string(*number) : "null");
}

void append_text(std::string_view name, std::string_view text, std::string& out) {
  out += fmt::format(",\"{}\":", name);
  append_json_bytes(text, out);
}

std::string item_text(const OffsetPlanRow& row) {
  std::string item = "{\"group\":";
  append_json_bytes(row.group, item);
  append_text("topic", row.at.topic, item);
  append_number("partition", row.at.partition, item);
  append_number("committed", row.committed, item);
  append_number("leader_epoch", row.committed_leader_epoch, item);
  append_text("metadata", row.committed_metadata, item);
  append_number("target", row.target, item);
  return item + "}";
}

std::string document_text(const OffsetPlan& plan, const UndoFileOptions& options) {
  std::string text = R"({"kreel":1,"kind":"offsets.undo","cluster_id":)";
  if (plan.cluster_id) {
    append_json_bytes(*plan.cluster_id, text);
  } else {
    text += "null";
  }
  text +=
      fmt::format(",\"created_ms\":{},\"redo\":{},\"items\":[", options.created_ms, options.redo);
  bool first = true;
  for (const OffsetPlanRow& row : plan.rows) {
    if (!row.changes()) continue;
    text += first ? "\n" : ",\n";
    text += item_text(row);
    first = false;
  }
  return text + "\n],\"errors\":[]}\n";
}

/// "2026-11-20T08-00-00.123Z": fit for a file name, and sorted by time.
std::string time_text(std::int64_t time_ms) {
  std::string text = format_time(time_ms);
  if (text.find('.') == std::string::npos) text.insert(text.size() - 1, ".000");
  std::ranges::replace(text, ':', '-');
  return text;
}

/// The groups of the change, as far as they make a file name.
std::string groups_text(const OffsetPlan& plan) {
  std::set<std::string> groups;
  for (const OffsetPlanRow& row : plan.rows) {
    if (row.changes()) groups.insert(row.group);
  }
  if (groups.empty()) return "nothing";
  std::string text = groups.begin()->substr(0, kNameLettersMax);
  for (char& c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    if (!plain) c = '_';
  }
  if (groups.size() > 1) text += fmt::format("+{}", groups.size() - 1);
  return text;
}

Error cannot_save(const std::string& path, const Error& error) {
  const std::string message = fs::is_out_of_space(error)
                                  ? fmt::format("write error on {}: no space left", path)
                                  : fmt::format("cannot save the undo file: {}", error.message());
  return Error(ErrorKind::kIo, message,
               "nothing was changed; XDG_STATE_HOME names another place for undo files");
}

Result<void> write_durably(fs::FileSystem& fs, fs::File& file, const std::string& directory,
                           std::string_view text) {
  TRY(file.write_at(as_bytes(text), 0));
  TRY(file.sync_data());
  return fs.sync_directory(directory);
}

}  // namespace

Result<std::string> save_undo_file(fs::FileSystem& fs, const std::string& directory,
                                   const OffsetPlan& plan, const UndoFileOptions& options) {
  if (const auto made = fs::make_directories(fs, directory); !made) {
    return fail(cannot_save(directory, made.error()));
  }
  UndoFileOptions dated = options;
  std::string path;
  const std::string ending = (options.redo ? ".redo" : "") + std::string(kEnding);
  do {  // two changes in one millisecond have two names, in their order
    path = fs::join(directory, fmt::format("{}-{}{}", time_text(dated.created_ms++),
                                           groups_text(plan), ending));
  } while (fs.exists(path) || fs.exists(path + std::string(kUsedEnding)));
  --dated.created_ms;
  auto file = fs.open(path, fs::OpenMode::kCreateExclusive);
  if (!file) return fail(cannot_save(path, file.error()));
  if (const auto written = write_durably(fs, **file, directory, document_text(plan, dated));
      !written) {
    static_cast<void>(fs.remove_file(path));
    return fail(cannot_save(path, written.error()));
  }
  return path;
}

Result<UndoFile> read_undo_file(fs::FileSystem& fs, const std::string& path) {
  if (!fs.exists(path)) {
    return fail(ErrorKind::kIo, fmt::format("cannot read {}: no such file or directory", path));
  }
  const auto bytes = fs::read_whole_file(fs, path, kFileBytesMax);
  if (!bytes) return fail(ErrorKind::kIo, bytes.error().message());
  TRY_ASSIGN(const auto document, parse_document(as_text(*bytes), path));
  const auto& root = document.root;
  const bool is_undo = document.kind == "offsets.undo" && root.contains("created_ms") &&
                       root["created_ms"].is_number_integer() && root.contains("redo") &&
                       root["redo"].is_boolean();
  if (!is_undo) {
    const bool has_plan = document.kind.starts_with("offsets.");
    return fail(ErrorKind::kBadInput, fmt::format("{}: not an undo file", path),
                has_plan ? fmt::format("kreel offsets reset --from-file {} reads it", path)
                         : std::string());
  }
  UndoFile file;
  file.path = path;
  file.created_ms = root["created_ms"].get<std::int64_t>();
  file.redo = root["redo"].get<bool>();
  if (root.contains("cluster_id") && root["cluster_id"].is_string()) {
    file.cluster_id = root["cluster_id"].get<std::string>();
  }
  for (std::size_t i = 0; i < document.items().size(); ++i) {
    const OffsetItem item(document, i);
    ReplacedOffset row;
    TRY_ASSIGN(row.before, item.place());
    TRY_ASSIGN(row.before.offset, item.number("committed"));
    TRY_ASSIGN(row.before.metadata, item.text("metadata"));
    TRY_ASSIGN(const auto epoch, item.number("leader_epoch", -1, INT32_MAX));
    row.before.leader_epoch = static_cast<std::int32_t>(epoch.value_or(-1));
    TRY_ASSIGN(row.written, item.number("target"));
    file.rows.push_back(std::move(row));
  }
  return file;
}

Result<UndoFile> newest_undo_file(fs::FileSystem& fs, const std::string& directory,
                                  const std::optional<std::string>& cluster_id,
                                  std::vector<std::string>& skipped) {
  std::vector<std::string> names;
  if (fs.is_directory(directory)) {
    TRY_ASSIGN(names, fs.list(directory));
  }
  std::size_t of_other_clusters = 0;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (!name->ends_with(kEnding)) continue;
    const std::string path = fs::join(directory, *name);
    auto file = read_undo_file(fs, path);
    if (!file && file.error().kind() == ErrorKind::kBadInput) {
      skipped.push_back(path);
      continue;
    }
    if (!file) return file;
    if (file->redo) continue;
    if (file->cluster_id == cluster_id) return file;
    ++of_other_clusters;
  }
  return fail(
      ErrorKind::kNotFound,
      fmt::format("no undo file of this cluster in {} that is not used", directory),
      of_other_clusters == 0
          ? std::string()
          : fmt::format("{} of other clusters: -b or -P names the cluster", of_other_clusters));
}

Result<std::string> mark_undo_file_used(fs::FileSystem& fs, const std::string& path) {
  if (path.ends_with(kUsedEnding)) return path;
  std::string used = path + std::string(kUsedEnding);
  TRY(fs.rename(path, used));
  TRY(fs.sync_directory(fs::parent_directory(path)));
  return used;
}

Result<void> remove_undo_file(fs::FileSystem& fs, const std::string& path) {
  TRY(fs.remove_file(path));
  return fs.sync_directory(fs::parent_directory(path));
}

}  // namespace kreel::client

namespace kreel {

Result<std::string> save_undo_file(const std::string& directory, const OffsetPlan& plan,
                                   const UndoFileOptions& options) {
  return client::save_undo_file(*fs::make_posix_file_system(), directory, plan, options);
}

Result<UndoFile> read_undo_file(const std::string& path) {
  return client::read_undo_file(*fs::make_posix_file_system(), path);
}

Result<UndoFile> newest_undo_file(const std::string& directory,
                                  const std::optional<std::string>& cluster_id,
                                  std::vector<std::string>& skipped) {
  return client::newest_undo_file(*fs::make_posix_file_system(), directory, cluster_id, skipped);
}

Result<std::string> mark_undo_file_used(const std::string& path) {
  return client::mark_undo_file_used(*fs::make_posix_file_system(), path);
}

Result<void> remove_undo_file(const std::string& path) {
  return client::remove_undo_file(*fs::make_posix_file_system(), path);
}

}  // namespace kreel
