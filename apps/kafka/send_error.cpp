#include "kafka/send_error.hpp"

#include <fmt/format.h>

namespace kreel::kafka_tools {

JavaError send_error(const Error& error, std::string_view topic) {
  JavaError result = java_error(error, "send");
  switch (error.kind()) {
    case ErrorKind::kUnreachable:
    case ErrorKind::kNotFound:
      result.type = "org.apache.kafka.common.errors.TimeoutException";
      result.message = fmt::format("Topic {} not present in metadata after 60000 ms.", topic);
      break;
    case ErrorKind::kUsage:
      result.type = "org.apache.kafka.common.errors.InvalidTopicException";
      result.message = fmt::format("Invalid topics: [{}]", topic);
      break;
    case ErrorKind::kBadInput:
      result.type = "org.apache.kafka.common.errors.RecordTooLargeException";
      break;
    default:
      break;
  }
  return result;
}

}  // namespace kreel::kafka_tools
