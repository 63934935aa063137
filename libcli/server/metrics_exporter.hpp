#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "broker/broker.hpp"
#include "net/memory_budget.hpp"

namespace kreel::server {

/// Prometheus metrics over HTTP on an address of their own, gathered when somebody asks.
class MetricsExporter {
 public:
  static Result<std::unique_ptr<MetricsExporter>> start(const std::string& address,
                                                        broker::Broker& broker,
                                                        const net::MemoryBudget& memory);
  virtual ~MetricsExporter() = default;
};

}  // namespace kreel::server
