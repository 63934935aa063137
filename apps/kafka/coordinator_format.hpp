#pragma once

#include <string>
#include <string_view>

#include <kreel/record.hpp>

#include "kafka/java.hpp"

namespace kreel::kafka_tools {

// Records that coordinators keep in topics of their own, of one sort.
enum class CoordinatorRecords {
  kOffsets,      // of __consumer_offsets: what groups committed
  kGroups,       // of __consumer_offsets: who is in a group
  kTransactions  // of __transaction_state
};

// Appends {"key":{"type":1,"data":{…}},"value":{"version":3,"data":{…}}} as Kafka's formatters
// have it, without anything behind it; nothing for records of another sort.
Outcome<void> append_coordinator_record(CoordinatorRecords records, const RecordView& record,
                                        std::string& out);

}  // namespace kreel::kafka_tools
