#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kreel::kafka_tools {

// Java's clients, each with settings of its own.
enum JavaClients : unsigned {
  kAdmin = 1,
  kProducer = 2,
  kConsumer = 4,
  kEveryClient = kAdmin | kProducer | kConsumer
};

bool is_java_config(JavaClients client, std::string_view name);
// "Invalid value abc for configuration request.timeout.ms: Not a number of type INT", or nothing.
std::optional<std::string> problem_with_java_config(JavaClients client, std::string_view name,
                                                    std::string_view value);
// "Class no.such cannot be found", for the first class that is named there and that Kafka's own
// clients do not have; nothing for other settings.
std::optional<std::string> problem_with_java_classes(JavaClients client, std::string_view name,
                                                     std::string_view value);

}  // namespace kreel::kafka_tools
