#pragma once

#include <string_view>

#include "kafka/java.hpp"

namespace kreel::kafka_tools {

// Java's delivery.timeout.ms; librdkafka's own default is longer.
inline constexpr std::int64_t kDeliveryTimeoutMs = 120'000;

// What Java's producer says of a record of `topic` that was not acknowledged.
JavaError send_error(const Error& error, std::string_view topic);

}  // namespace kreel::kafka_tools
