#pragma once

#include <string>

#include <kreel/result.hpp>

namespace kreel::cli {

// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept : descriptor_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { reset(); }

  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }
  void reset();
  int release();

 private:
  int descriptor_ = -1;
};

// Both ends are closed by exec, and are none of 0, 1 and 2 where those are free.
struct Pipe {
  static Result<Pipe> open();
  Descriptor read;
  Descriptor write;
};

void set_nonblocking(int descriptor);
// The text of an errno, in small letters.
std::string why(int error_number);

}  // namespace kreel::cli
