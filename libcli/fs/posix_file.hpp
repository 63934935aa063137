#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/descriptor.hpp"
#include "fs/file_system.hpp"

namespace kreel::fs {

/// open(2) with O_CLOEXEC, again after EINTR; not open, with errno set, on an error.
Descriptor open_descriptor(const std::string& path, int flags);

class PosixFile final : public File {
 public:
  PosixFile(std::string path, Descriptor descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  const std::string& path() const override { return path_; }
  Result<void> write_at(ByteView bytes, std::uint64_t position) override;
  Result<std::size_t> read_at(MutableByteView into, std::uint64_t position) const override;
  Result<std::uint64_t> size_bytes() const override;
  Result<void> truncate(std::uint64_t size_bytes) override;
  Result<void> preallocate(std::uint64_t size_bytes) override;
  Result<void> sync_data() override;
  int descriptor() const override { return descriptor_.get(); }
  bool is_cached(std::uint64_t position, std::size_t size_bytes) const override;
  void warm(std::uint64_t position, std::size_t size_bytes) const override;

 private:
  std::string path_;
  Descriptor descriptor_;
};

}  // namespace kreel::fs
