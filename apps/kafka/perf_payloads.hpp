#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/tool.hpp"

namespace kreel::kafka_tools {

// The values that kafka-producer-perf-test writes; nothing is allocated from record to record.
class PerfPayloads {
 public:
  PerfPayloads() = default;
  PerfPayloads(const PerfPayloads&) = delete;
  PerfPayloads& operator=(const PerfPayloads&) = delete;

  // One of --record-size, --payload-file and --payload-monotonic was given.
  Outcome<void> read(const Options& options, ToolContext& context);
  // Until the next call.
  std::string_view value(std::uint64_t number);

 private:
  Outcome<void> read_file(const std::string& path, std::string delimiter, ToolContext& context);
  void make_letters(std::size_t size);

  std::string text_;  // letters to cut values from, or the file
  std::size_t size_ = 0;
  std::vector<std::string_view> lines_;
  std::array<char, 20> digits_{};
  std::uint64_t random_ = 0x9e3779b97f4a7c15U;
};

}  // namespace kreel::kafka_tools
