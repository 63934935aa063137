#include "storage/disk_reserve.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/log.hpp"
#include "storage/limits.hpp"
#include "storage/names.hpp"

namespace kreel::storage {

std::uint64_t DiskReserve::wanted_bytes(const fs::FreeSpace& space) {
  return std::min(kReserveBytes, space.total_bytes / 100 * kReservePercent);
}

std::string DiskReserve::path_of(int part) const {
  return fs::join(directory_, fmt::format("{}{}", kReservePrefix, part));
}

std::uint64_t DiskReserve::missing_locked(const fs::FreeSpace& space) const {
  if (is_full_ || has_warned_) return 0;
  std::uint64_t missing = 0;
  for (int part = 0; part < kReserveParts; ++part) {
    if (!fs_.exists(path_of(part))) missing += wanted_bytes(space) / kReserveParts;
  }
  return missing;
}

std::uint64_t DiskReserve::missing_bytes(const fs::FreeSpace& space) {
  const std::lock_guard lock(mutex_);
  return missing_locked(space);
}

void DiskReserve::refill(const fs::FreeSpace& space, std::uint64_t soft_bytes) {
  const std::lock_guard lock(mutex_);
  const auto wanted = wanted_bytes(space);
  if (is_full_ || space.available_bytes < soft_bytes + missing_locked(space)) return;
  for (int part = 0; part < kReserveParts; ++part) {
    // A file that is there may have come with a copied directory, and without its blocks.
    Result<void> reserved;
    if (auto file = fs_.open(path_of(part), fs::OpenMode::kCreateOrOpen)) {
      reserved = (*file)->preallocate(wanted / kReserveParts);
    } else {
      reserved = fail(std::move(file.error()));
    }
    if (reserved) continue;
    static_cast<void>(fs_.remove_file(path_of(part)));
    if (std::exchange(has_warned_, true)) return;
    return log::warning("the reserve for a full disk stays small: " + reserved.error().message());
  }
  is_full_ = true;
}

bool DiskReserve::give_up_part() {
  const std::lock_guard lock(mutex_);
  is_full_ = false;
  for (int part = kReserveParts; part-- > 0;) {
    if (fs_.exists(path_of(part)) && fs_.remove_file(path_of(part))) return true;
  }
  return false;
}

void DiskReserve::give_up_all() {
  while (give_up_part()) continue;
}

}  // namespace kreel::storage
