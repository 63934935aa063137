#pragma once

#include <string>

#include "base/bytes.hpp"

namespace kreel::test {

/// What the model keeps of a marker: "COMMIT of producer 100 epoch 0".
std::string name_of_marker(ByteView batch);

}  // namespace kreel::test
