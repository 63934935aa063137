#include "catalog/journal.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/core.h>

#include "base/crc32c.hpp"
#include "base/log.hpp"
#include "base/planted_bug.hpp"

namespace kreel::catalog {
namespace {

constexpr std::string_view kMagic = "KREELCAT";
constexpr std::uint32_t kMarker = 0x4b43'6672;  // "KCfr"
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kFrameHeaderBytes = 20;
constexpr std::uint64_t kJournalBytesMax = 1ULL << 30;

Bytes make_header() {
  Bytes header(kHeaderBytes);
  std::ranges::copy(as_bytes(kMagic), header.begin());
  store_big_endian(header.data() + kMagic.size(), Journal::kFormatVersion);
  return header;
}

Result<void> check_header(ByteView content, const std::string& path) {
  if (content.size() < kHeaderBytes || as_text(content.first(kMagic.size())) != kMagic) {
    return fail(ErrorKind::kBadInput, path + ": not a catalog of kreel");
  }
  const auto version = load_big_endian<std::uint32_t>(content.data() + kMagic.size());
  if (version > Journal::kFormatVersion) {
    return fail(ErrorKind::kRefused,
                fmt::format("{}: format {} is newer than this kreel, which knows {}", path, version,
                            Journal::kFormatVersion),
                "start it with the kreel that wrote it");
  }
  return {};
}

struct Frame {
  std::uint64_t sequence = 0;
  ByteView payload;
};

std::optional<Frame> read_frame(ByteView rest) {
  if (rest.size() < kFrameHeaderBytes) return std::nullopt;
  if (load_big_endian<std::uint32_t>(rest.data()) != kMarker) return std::nullopt;
  const auto length = load_big_endian<std::uint32_t>(rest.data() + 4);
  if (length > rest.size() - kFrameHeaderBytes) return std::nullopt;
  const auto crc = load_big_endian<std::uint32_t>(rest.data() + 8);
  if (crc32c(rest.subspan(12, 8 + std::size_t{length})) != crc) return std::nullopt;
  return Frame{load_big_endian<std::uint64_t>(rest.data() + 12),
               rest.subspan(kFrameHeaderBytes, length)};
}

// A whole frame behind one that cannot be read: the file was not torn by a crash, since each frame
// was durable before the next one was begun.
bool has_frame_behind(ByteView rest, std::uint64_t last_sequence) {
  for (std::size_t at = 1; at + kFrameHeaderBytes <= rest.size(); ++at) {
    const auto frame = read_frame(rest.subspan(at));
    if (frame && frame->sequence > last_sequence) return true;
  }
  return false;
}

}  // namespace

Result<Journal> Journal::open(fs::FileSystem& fs, std::string path, const Replay& replay) {
  Journal journal(fs, std::move(path));
  if (!fs.exists(journal.path_)) TRY(fs::replace_file(fs, journal.path_, make_header()));
  TRY_ASSIGN(const Bytes content, fs::read_whole_file(fs, journal.path_, kJournalBytesMax));
  TRY(check_header(content, journal.path_));
  TRY(journal.read_frames(content, replay));
  TRY_ASSIGN(journal.file_, fs.open(journal.path_, fs::OpenMode::kReadWrite));
  TRY(journal.cut_torn_end(content));
  // What was read may be in the page cache alone; nobody may see it before it is on the disk.
  TRY(journal.file_->sync_data());
  TRY(fs.sync_directory(fs::parent_directory(journal.path_)));
  return journal;
}

Result<void> Journal::read_frames(ByteView content, const Replay& replay) {
  end_ = kHeaderBytes;
  while (end_ < content.size()) {
    const ByteView rest = content.subspan(end_);
    const auto frame = read_frame(rest);
    if (!frame && !has_frame_behind(rest, last_sequence_)) return {};
    if (!frame || frame->sequence != last_sequence_ + 1) {
      return fail(ErrorKind::kBadInput, fmt::format("{}: damaged at byte {}", path_, end_),
                  "restore the file from a backup of the data directory");
    }
    if (auto replayed = replay(frame->payload); !replayed) {
      return fail(
          std::move(replayed.error()).with_context(fmt::format("{}: byte {}", path_, end_)));
    }
    last_sequence_ = frame->sequence;
    end_ += kFrameHeaderBytes + frame->payload.size();
  }
  return {};
}

Result<void> Journal::cut_torn_end(ByteView content) {
  if (end_ == content.size()) return {};
  log::warning(fmt::format("{}: a torn end of {} bytes is cut off: its change was never confirmed",
                           path_, content.size() - end_));
  return file_->truncate(end_);
}

Bytes Journal::make_frame(ByteView payload, std::uint64_t sequence) const {
  Bytes frame(kFrameHeaderBytes + payload.size());
  store_big_endian(frame.data(), kMarker);
  store_big_endian(frame.data() + 4, static_cast<std::uint32_t>(payload.size()));
  store_big_endian(frame.data() + 12, sequence);
  std::ranges::copy(payload, frame.begin() + kFrameHeaderBytes);
  store_big_endian(frame.data() + 8, crc32c(ByteView(frame).subspan(12)));
  return frame;
}

tl::unexpected<Error> Journal::failed_for_good(Error error) {
  is_broken_ = true;
  log::error(fmt::format("the catalog takes no more changes: {}", error.message()));
  return fail(std::move(error));
}

Result<void> Journal::append(ByteView payload) {
  if (is_broken_) return fail(ErrorKind::kIo, path_ + ": an earlier write failed");
  const Bytes frame = make_frame(payload, last_sequence_ + 1);
  if (auto written = file_->write_at(frame, end_); !written) {
    const auto restored = file_->truncate(end_);
    if (restored && fs::is_out_of_space(written.error())) return written;
    return failed_for_good(std::move(written.error()));
  }
  auto synced = KREEL_BUG("skip_journal_sync") ? Result<void>() : file_->sync_data();
  if (!synced) return failed_for_good(std::move(synced.error()));
  end_ += frame.size();
  ++last_sequence_;
  return {};
}

Result<void> Journal::rewrite(ByteView payload) {
  if (is_broken_) return fail(ErrorKind::kIo, path_ + ": an earlier write failed");
  Bytes content = make_header();
  const Bytes frame = make_frame(payload, 1);
  content.insert(content.end(), frame.begin(), frame.end());
  if (auto replaced = fs::replace_file(*fs_, path_, content); !replaced) {
    if (fs::is_out_of_space(replaced.error())) return replaced;
    return failed_for_good(std::move(replaced.error()));
  }
  auto reopened = fs_->open(path_, fs::OpenMode::kReadWrite);
  if (!reopened) return failed_for_good(std::move(reopened.error()));
  file_ = std::move(*reopened);
  end_ = content.size();
  last_sequence_ = 1;
  return {};
}

}  // namespace kreel::catalog
