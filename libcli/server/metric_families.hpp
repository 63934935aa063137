#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "broker/broker.hpp"

namespace kreel::server {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// Metric families by name, in the form that prometheus-cpp serves.
class FamilySet {
 public:
  void counter(const std::string& name, const std::string& help, Labels labels, double value);
  void gauge(const std::string& name, const std::string& help, Labels labels, double value);
  void histogram(const std::string& name, const std::string& help, Labels labels,
                 const metrics::LatencyHistogram& latency);
  std::vector<prometheus::MetricFamily> take();

 private:
  prometheus::ClientMetric& add(const std::string& name, const std::string& help,
                                prometheus::MetricType type, Labels labels);

  std::map<std::string, prometheus::MetricFamily> families_;
};

void add_requests(broker::Broker& broker, FamilySet& families);
void add_connections(broker::Broker& broker, FamilySet& families);
void add_logs(broker::Broker& broker, FamilySet& families);
void add_compaction(broker::Broker& broker, FamilySet& families);
/// Committed offsets and lag; asks the shards on their threads and waits for them.
void add_groups(broker::Broker& broker, FamilySet& families);
void add_process(FamilySet& families);

}  // namespace kreel::server
