#pragma once

#include <memory>
#include <span>
#include <vector>

#include "broker/produce_operation.hpp"
#include "storage/log.hpp"

namespace kreel::broker {

/// The small Produces among requests that came together from one connection. They wait for each
/// other and are appended with few writes: a system call costs more than all else about a record.
/// Per io thread, and on it; empty when the transport has called finish_turn().
class ProduceGroup {
 public:
  bool empty() const { return members_.empty(); }
  /// It is appended and answered by run().
  void add(ProduceOperation&& operation, std::shared_ptr<storage::Log> log);
  /// In the order in which they came.
  void run();

 private:
  struct Member {
    ProduceOperation operation;
    std::shared_ptr<storage::Log> log;
  };
  static void append(std::span<Member* const> of_one_log);

  std::vector<Member> members_;
};

}  // namespace kreel::broker
