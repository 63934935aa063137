#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "broker/broker.hpp"
#include "catalog/broker_config.hpp"
#include "net/memory_budget.hpp"

namespace kreel::server {

/// Prometheus metrics over HTTP on an address of their own, gathered when somebody asks.
class MetricsExporter {
 public:
  /// Takes the port; there are no metrics yet. ErrorKind::kUnreachable when it is in use, kUsage
  /// when the address is not this machine's.
  static Result<std::unique_ptr<MetricsExporter>> bind(const catalog::Listener& config);
  virtual ~MetricsExporter() = default;
  /// The one that was bound, also for port 0.
  virtual std::uint16_t port() const = 0;
  /// Both outlive this object.
  virtual void serve(broker::Broker& broker, const net::MemoryBudget& memory) = 0;
};

}  // namespace kreel::server
