#pragma once

#include <memory>
#include <string>

#include "storage/limits.hpp"
#include "storage/names.hpp"
#include "support/faulty_file_system.hpp"

namespace kreel::test {

/// A disk that somebody else fills. Each part of the broker's reserve that it gives up makes room
/// for a few operations.
class FullDisk {
 public:
  explicit FullDisk(const Clock& clock = system_clock())
      : fs(std::make_shared<fs::MemoryNode>(true), clock) {
    empty();
  }

  void fill(std::uint64_t operations_for_a_part) {
    fs.set_free_space({0, kTotalBytes});
    refuse_after(0);
    fs.set_hook([this, operations_for_a_part](const Op& op) {
      const bool gives_up = op.kind == OpKind::kRemove &&
                            op.path.find(storage::kReservePrefix) != std::string::npos;
      if (gives_up) refuse_after(operations_for_a_part);
    });
  }
  void empty() {
    fs.set_hook({});
    fs.clear_faults();
    fs.set_free_space({kTotalBytes, kTotalBytes});
  }
  /// How much of the reserve of this data directory is left.
  int reserve_parts(const std::string& directory) {
    int parts = 0;
    for (int part = 0; part < storage::kReserveParts; ++part) {
      const auto name = std::string(storage::kReservePrefix) + std::to_string(part);
      if (fs.exists(fs::join(directory, name))) ++parts;
    }
    return parts;
  }

  FaultyFileSystem fs;

 private:
  static constexpr std::uint64_t kTotalBytes = 1ULL << 40U;

  void refuse_after(std::uint64_t operations) {
    fs.clear_faults();
    fs.inject({.kind = std::nullopt,
               .cause = FaultCause::kNoSpace,
               .nth = operations + 1,
               .sticky = true});
  }
};

}  // namespace kreel::test
