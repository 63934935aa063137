#include "base/descriptor.hpp"

#include <unistd.h>

namespace kreel {

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

}  // namespace kreel
