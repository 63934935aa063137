#pragma once

#include "base/executor.hpp"
#include "broker/fetch_purgatory.hpp"
#include "broker/produce_group.hpp"
#include "broker/request_metrics.hpp"

namespace kreel::broker {

/// What the broker keeps per io thread: touched on that thread alone, but for what says otherwise.
class IoThread {
 public:
  IoThread(std::size_t index, Executor& executor)
      : index_(index), executor_(executor), purgatory_(index, executor) {}

  std::size_t index() const { return index_; }
  /// post() from any thread.
  Executor& executor() { return executor_; }
  FetchPurgatory& purgatory() { return purgatory_; }
  ProduceGroup& produces() { return produces_; }
  /// Readable from any thread.
  RequestMetrics& metrics() { return metrics_; }

 private:
  std::size_t index_;
  Executor& executor_;
  FetchPurgatory purgatory_;
  ProduceGroup produces_;
  RequestMetrics metrics_;
};

}  // namespace kreel::broker
