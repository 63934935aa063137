#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <kreel/segments.hpp>

#include "kafka/tool.hpp"

namespace kreel::kafka_tools {

// What kafka-dump-log is to look at in indexes.
struct IndexDumpPlan {
  bool sanity_only = false;  // --index-sanity-check
  bool verify_only = false;  // --verify-index-only
  std::int64_t message_bytes_max = 0;
};

// Files in the order in which a HashMap of their paths has them, each with what was found there.
// Kafka fills it by computeIfAbsent(), which puts a key in front of those of the same hash.
template <class Findings>
class FindingsByFile {
 public:
  Findings& at(const std::string& path) {
    if (!findings_.contains(path)) paths_.push_back(path);
    return findings_[path];
  }
  template <class Show>
  void each(Show show) const {
    const std::vector<std::string> newest_first(paths_.rbegin(), paths_.rend());
    for (const std::size_t i : hash_map_order(newest_first)) {
      show(newest_first[i], findings_.at(newest_first[i]));
    }
  }

 private:
  std::vector<std::string> paths_;
  std::map<std::string, Findings> findings_;
};

using NumberPairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

// What does not fit, told when all files have been read.
struct DumpFindings {
  FindingsByFile<std::map<std::int64_t, std::int64_t, std::greater<>>> index_mismatches;
  FindingsByFile<NumberPairs> time_mismatches;
  FindingsByFile<NumberPairs> times_out_of_order;
  FindingsByFile<NumberPairs> offsets_not_found;
  FindingsByFile<std::map<std::int64_t, std::int64_t>> gaps;

  void show(ToolContext& context) const;
};

// `java.nio.file.NoSuchFileException: PATH`, say.
JavaError file_error(const Error& error, const std::string& path);
// "00000000000000000000.log": the number in front.
Outcome<std::int64_t> base_offset_of(const std::string& path);
std::string absolute_path(const std::string& path);

Outcome<void> dump_offset_index(const std::string& path, const IndexDumpPlan& plan,
                                DumpFindings& findings, ToolContext& context);
Outcome<void> dump_time_index(const std::string& path, const IndexDumpPlan& plan,
                              DumpFindings& findings, ToolContext& context);

}  // namespace kreel::kafka_tools
