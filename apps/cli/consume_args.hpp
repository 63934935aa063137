#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/consume_plan.hpp"
#include "cli/record_filter.hpp"
#include "cli/value_types.hpp"

namespace kreel::cli {

struct ConsumeArgs {
  std::vector<TopicPartitions> topics;
  std::optional<std::string> regex;
  std::optional<FromPosition> from;
  std::optional<Position> until;
  std::optional<std::int64_t> limit;
  std::optional<std::chrono::milliseconds> idle;
  std::optional<std::string> group;
  bool commit = false;
  bool no_commit = false;
  std::vector<std::int32_t> partitions;
  std::optional<std::string> format;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<KeyValue> headers;
  std::optional<std::string> where;
  std::optional<std::string> isolation;
  std::optional<std::string> priority;
  std::optional<std::string> exec;
  std::optional<std::int32_t> workers;
  bool persistent = false;
  std::optional<std::int64_t> retries;
  std::optional<std::chrono::milliseconds> backoff;
  std::optional<std::chrono::milliseconds> exec_timeout;
  std::optional<std::string> dead_letter;
};

std::vector<std::string> priority_of(const ConsumeArgs& args);
ReadScope scope_of(const ConsumeArgs& args);
RecordFilterArgs filter_of(const ConsumeArgs& args);

// Which options contradict each other, or need one that is missing.
Result<void> check_consume(const ConsumeArgs& args);

}  // namespace kreel::cli
