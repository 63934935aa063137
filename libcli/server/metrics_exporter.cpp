#include "server/metrics_exporter.hpp"

#include <future>
#include <map>

#include <fmt/core.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include "broker/group_service.hpp"
#include "protocol/api.hpp"
#include "server/metric_families.hpp"

namespace kreel::server {
namespace {

using prometheus::MetricFamily;

class BrokerMetrics final : public prometheus::Collectable {
 public:
  BrokerMetrics(broker::Broker& broker, const net::MemoryBudget& memory)
      : broker_(broker), memory_(memory) {}

  std::vector<MetricFamily> Collect() const override {
    FamilySet families;
    add_requests(broker_, families);
    add_connections(broker_, families);
    add_logs(broker_, families);
    add_compaction(broker_, families);
    add_groups(broker_, families);
    families.gauge("kreel_request_memory_bytes", "Memory held for request frames", {},
                   static_cast<double>(memory_.used_bytes()));
    add_process(families);
    return families.take();
  }

 private:
  broker::Broker& broker_;
  const net::MemoryBudget& memory_;
};

class Exporter final : public MetricsExporter {
 public:
  explicit Exporter(const std::string& address) : exposer_(address, 1) {}

  std::uint16_t port() const override {
    return static_cast<std::uint16_t>(exposer_.GetListeningPorts().at(0));
  }
  void serve(broker::Broker& broker, const net::MemoryBudget& memory) override {
    metrics_ = std::make_shared<BrokerMetrics>(broker, memory);
    exposer_.RegisterCollectable(metrics_);
  }

 private:
  std::shared_ptr<BrokerMetrics> metrics_;
  prometheus::Exposer exposer_;
};

}  // namespace

Result<std::unique_ptr<MetricsExporter>> MetricsExporter::bind(const std::string& address) {
  try {
    return std::unique_ptr<MetricsExporter>(std::make_unique<Exporter>(address));
  } catch (const std::exception&) {
    // What it says is about the web server's code, and not why.
    return fail(ErrorKind::kUnreachable, fmt::format("cannot serve metrics on {}", address),
                "another program may have the port; choose another with --metrics");
  }
}

}  // namespace kreel::server
