#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <kreel/result.hpp>

namespace kreel::cli {

// What a read that has to wait does meanwhile.
struct WaitHooks {
  int stop_descriptor = -1;    // readable: give up waiting, as at the end of the input
  std::function<bool()> idle;  // called about ten times a second; false: give up as well
};

// A file or stdin, read in pieces by its reader.
class ByteSource {
 public:
  // "-" is stdin. kIo with the name.
  static Result<ByteSource> open(const std::string& path);
  ByteSource(ByteSource&& other) noexcept;
  ByteSource& operator=(ByteSource&&) = delete;
  ~ByteSource();

  const std::string& name() const { return name_; }  // "stdin", or the path
  // Of a regular file, from where it is read on.
  std::optional<std::int64_t> size() const { return size_; }
  void set_hooks(WaitHooks hooks) { hooks_ = std::move(hooks); }

  // At least one byte, or 0 at the end and when waiting was given up.
  Result<std::size_t> read(char* into, std::size_t size);

 private:
  ByteSource(int fd, std::string name);
  bool wait_readable() const;

  int fd_;
  std::string name_;
  std::optional<std::int64_t> size_;
  WaitHooks hooks_;
};

}  // namespace kreel::cli
