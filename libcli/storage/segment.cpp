#include "storage/segment.hpp"

#include <algorithm>
#include <limits>

#include "storage/names.hpp"

namespace kreel::storage {

std::string Segment::path(std::string_view suffix) const {
  return fs::join(directory_, segment_file_name(base_offset_, suffix));
}

Result<void> Segment::create(std::string temporary_name) {
  const auto path =
      temporary_name.empty() ? this->path(kLogSuffix) : fs::join(directory_, temporary_name);
  TRY_ASSIGN(auto file, fs_.open(path, fs::OpenMode::kCreateExclusive));
  adopt(std::move(file), std::move(temporary_name));
  return {};
}

void Segment::adopt(std::shared_ptr<fs::File> file, std::string temporary_name) {
  {
    const std::lock_guard lock(file_mutex_);
    file_ = std::move(file);
    temporary_name_ = std::move(temporary_name);
    used_.store(true, std::memory_order_relaxed);
  }
  handles_.opened(shared_from_this());
}

bool Segment::has_temporary_name() const {
  const std::lock_guard lock(file_mutex_);
  return !temporary_name_.empty();
}

Result<void> Segment::take_its_name() {
  const std::lock_guard lock(file_mutex_);
  if (temporary_name_.empty()) return {};
  TRY(fs_.rename(fs::join(directory_, temporary_name_), path(kLogSuffix)));
  temporary_name_.clear();
  // Errors are to name the file by its own name from now on.
  TRY_ASSIGN(file_, fs_.open(path(kLogSuffix), fs::OpenMode::kReadWrite));
  return {};
}

Result<std::shared_ptr<fs::File>> Segment::file() {
  used_.store(true, std::memory_order_relaxed);
  std::shared_ptr<fs::File> opened;
  {
    const std::lock_guard lock(file_mutex_);
    if (file_) return file_;
    TRY_ASSIGN(file_, fs_.open(path(kLogSuffix), fs::OpenMode::kReadWrite));
    opened = file_;
  }
  handles_.opened(shared_from_this());
  return opened;
}

bool Segment::is_open() const {
  const std::lock_guard lock(file_mutex_);
  return file_ != nullptr;
}

bool Segment::try_close() {
  if (held_.load()) return false;
  if (used_.exchange(false, std::memory_order_relaxed)) return false;
  {
    const std::lock_guard lock(file_mutex_);
    if (!temporary_name_.empty()) return false;  // it can be opened again only by its own name
    file_.reset();
  }
  const std::unique_lock lock(index_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  if (!is_sealed() || !index_in_memory_) return true;
  if (!indexes_are_written()) return false;
  offsets_.clear();
  timestamps_.clear();
  index_in_memory_ = false;
  return true;
}

std::size_t Segment::loaded_index_bytes() const {
  const std::lock_guard lock(index_mutex_);
  if (!is_sealed()) return 0;
  return offsets_.size() * sizeof(OffsetEntry) + timestamps_.size() * sizeof(TimeEntry);
}

}  // namespace kreel::storage
