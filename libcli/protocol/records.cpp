#include "protocol/records.hpp"

#include <algorithm>

namespace kreel::protocol {

bool operator==(const Records& left, const Records& right) {
  if (left.is_null_ != right.is_null_ || left.size_bytes_ != right.size_bytes_) return false;
  if (left.is_file() != right.is_file()) return false;
  if (left.is_file()) {
    return left.descriptor_ == right.descriptor_ && left.position_ == right.position_;
  }
  return std::ranges::equal(left.bytes_, right.bytes_);
}

}  // namespace kreel::protocol
