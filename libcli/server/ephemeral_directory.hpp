#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

namespace kreel::server {

/// A temporary data directory that is removed with this object. One that a killed broker left
/// behind is removed by the next one that is made.
class EphemeralDirectory {
 public:
  /// In $TMPDIR, or /tmp.
  static Result<EphemeralDirectory> make();
  EphemeralDirectory(EphemeralDirectory&& other) noexcept;
  EphemeralDirectory& operator=(EphemeralDirectory&& other) noexcept;
  ~EphemeralDirectory();

  const std::string& path() const { return path_; }

 private:
  EphemeralDirectory(std::string path, int lock_descriptor)
      : path_(std::move(path)), lock_descriptor_(lock_descriptor) {}

  std::string path_;
  int lock_descriptor_ = -1;
};

}  // namespace kreel::server
