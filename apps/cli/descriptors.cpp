#include "cli/descriptors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

Result<Descriptor> above_standard(Descriptor descriptor) {
  if (descriptor.get() > STDERR_FILENO) return descriptor;
  const int copy = ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (copy < 0) return fail(ErrorKind::kIo, "cannot open a pipe: " + why(errno));
  return Descriptor(copy);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  reset();
  descriptor_ = other.release();
  return *this;
}

void Descriptor::reset() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

int Descriptor::release() {
  return std::exchange(descriptor_, -1);
}

Result<Pipe> Pipe::open() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(ErrorKind::kIo, "cannot open a pipe: " + why(errno));
  }
  Descriptor read(ends[0]);
  Descriptor write(ends[1]);
  Pipe pipe;
  TRY_ASSIGN(pipe.read, above_standard(std::move(read)));
  TRY_ASSIGN(pipe.write, above_standard(std::move(write)));
  return pipe;
}

void set_nonblocking(int descriptor) {
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

std::string why(int error_number) {
  return to_lower(std::strerror(error_number));
}

}  // namespace kreel::cli
