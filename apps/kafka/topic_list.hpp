#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kreel/admin.hpp>

#include "kafka/java_pattern.hpp"

namespace kreel::kafka_tools {

// Kafka's IncludeList: regular expressions with commas between them, which a whole name must match.
class IncludeList {
 public:
  static Outcome<IncludeList> parse(std::string_view text);
  bool allows(std::string_view name) const { return pattern_.matches(name); }

 private:
  explicit IncludeList(JavaPattern pattern) : pattern_(std::move(pattern)) {}
  JavaPattern pattern_;
};

// "1,2": the brokers of a partition, as describe shows them.
std::string id_list(const std::vector<std::int32_t>& ids, std::string_view separator = ",");

}  // namespace kreel::kafka_tools
