#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <kreel/acls.hpp>
#include <kreel/admin.hpp>

namespace kreel::cli {

// A transaction that is open in a partition, as the partition has it.
struct OpenTransaction {
  TopicPartition at;
  ProducerInfo producer;
  // The transactional id whose coordinator will end it there; empty when it hangs: no coordinator
  // knows of it, so readers with read_committed wait for ever (KIP-664).
  std::optional<std::string> owner;

  std::int64_t start_offset() const { return producer.open_from.value_or(-1); }
};

// What is open in `partitions`, without owners. Partitions that could not be asked are in `errors`.
Result<std::vector<OpenTransaction>> open_transactions(AdminClient& admin,
                                                       std::span<const TopicPartition> partitions,
                                                       std::vector<Error>& errors);

// Asks the coordinators for the owners. All of them have to answer.
Result<void> find_owners(AdminClient& admin, std::vector<OpenTransaction>& open);

// Transactional ids by name, or by pattern where a name has * or ?; all without names. kNotFound
// with the nearest. Who may not even look one up is told what he needs for `purpose`.
Result<std::vector<std::string>> wanted_transactional_ids(
    AdminClient& admin, std::span<const std::string> names,
    AclOperation purpose = AclOperation::kDescribe);

}  // namespace kreel::cli
