#pragma once

#include <string_view>

#include "kafka/java.hpp"

namespace kreel::kafka_tools {

// What Java's producer says of a record of `topic` that was not acknowledged.
JavaError send_error(const Error& error, std::string_view topic);

}  // namespace kreel::kafka_tools
