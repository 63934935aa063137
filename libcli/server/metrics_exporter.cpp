#include "server/metrics_exporter.hpp"

#include <future>
#include <map>

#include <fmt/core.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include "base/host_and_port.hpp"
#include "base/text.hpp"
#include "broker/group_service.hpp"
#include "net/listener.hpp"
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
  // Each connection holds a thread, and who says nothing holds it for the timeout.
  explicit Exporter(const std::string& address)
      : exposer_(std::vector<std::string>{"listening_ports", address, "num_threads", "4",
                                          "request_timeout_ms", "5000"}) {}

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

Result<std::unique_ptr<MetricsExporter>> MetricsExporter::bind(const catalog::Listener& config) {
  // The web server knows no names, and does not say why it cannot have an address.
  catalog::Listener wanted = config;
  if (config.host.empty()) wanted.host = "0.0.0.0";
  if (config.host == "localhost") wanted.host = "127.0.0.1";
  net::IoContextThread never_started;
  auto tried = net::Listener::bind(wanted, never_started.context());
  if (!tried) {
    const bool is_taken = tried.error().kind() == ErrorKind::kUnreachable;
    return fail(std::move(tried)
                    .error()
                    .with_context("--metrics")
                    .with_hint(is_taken ? "another program has it; choose another port"
                                        : "HOST:PORT, an address of this machine and a port that "
                                          "this user may have"));
  }
  const auto found = tried->acceptor.local_endpoint().address();
  tried->acceptor.close();
  const std::string address = host_and_port(found.to_string(), config.port);
  try {
    return std::unique_ptr<MetricsExporter>(std::make_unique<Exporter>(address));
  } catch (const std::exception& error) {
    if (found.is_v6()) {
      return fail(ErrorKind::kUsage,
                  fmt::format("--metrics: {}: the web server here (civetweb) has no IPv6", address),
                  "an address of IPv4, such as 127.0.0.1");
    }
    return fail(ErrorKind::kUnreachable, fmt::format("--metrics: cannot serve on {}: {}", address,
                                                     escape_control(error.what())));
  }
}

}  // namespace kreel::server
