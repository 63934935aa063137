#include "server/metric_families.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <limits>

#include "broker/group_service.hpp"
#include "protocol/api.hpp"

namespace kreel::server {
namespace {

constexpr auto kShardWait = std::chrono::seconds(2);
constexpr double kSecondsPerMicrosecond = 1e-6;
constexpr double kSecondsPerMillisecond = 1e-3;

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}
double as_double(std::int64_t value) {
  return static_cast<double>(value);
}

template <class Read>
double sum_over_threads(broker::Broker& broker, Read read) {
  std::uint64_t total = 0;
  for (broker::IoThread* io : broker.io_threads()) total += read(io->metrics()).value();
  return as_double(total);
}

}  // namespace

prometheus::ClientMetric& FamilySet::add(const std::string& name, const std::string& help,
                                         prometheus::MetricType type, Labels labels) {
  prometheus::MetricFamily& family = families_[name];
  family.name = name;
  family.help = help;
  family.type = type;
  prometheus::ClientMetric& metric = family.metric.emplace_back();
  for (auto& [key, value] : labels) metric.label.push_back({key, value});
  return metric;
}

void FamilySet::counter(const std::string& name, const std::string& help, Labels labels,
                        double value) {
  add(name, help, prometheus::MetricType::Counter, std::move(labels)).counter.value = value;
}

void FamilySet::gauge(const std::string& name, const std::string& help, Labels labels,
                      double value) {
  add(name, help, prometheus::MetricType::Gauge, std::move(labels)).gauge.value = value;
}

void FamilySet::histogram(const std::string& name, const std::string& help, Labels labels,
                          const metrics::LatencyHistogram& latency) {
  auto& out = add(name, help, prometheus::MetricType::Histogram, std::move(labels)).histogram;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < metrics::LatencyHistogram::kBuckets; ++i) {
    cumulative += latency.bucket(i);
    const bool last = i + 1 == metrics::LatencyHistogram::kBuckets;
    const double bound = last ? std::numeric_limits<double>::infinity()
                              : as_double(std::uint64_t{1} << i) * kSecondsPerMicrosecond;
    out.bucket.push_back({cumulative, bound});
  }
  out.sample_count = cumulative;
  out.sample_sum = as_double(latency.sum_us()) * kSecondsPerMicrosecond;
}

std::vector<prometheus::MetricFamily> FamilySet::take() {
  std::vector<prometheus::MetricFamily> all;
  for (auto& [name, family] : families_) all.push_back(std::move(family));
  families_.clear();
  return all;
}

void add_requests(broker::Broker& broker, FamilySet& families) {
  const auto apis = protocol::api_table();
  for (std::size_t i = 0; i < apis.size(); ++i) {
    for (broker::IoThread* io : broker.io_threads()) {
      const broker::ApiMetrics& api = io->metrics().apis[i];
      if (api.requests.value() == 0) continue;
      const Labels labels{{"api", std::string(apis[i].name)},
                          {"thread", std::to_string(io->index())}};
      families.counter("kreel_requests_total", "Requests by API", labels,
                       as_double(api.requests.value()));
      families.counter("kreel_request_errors_total", "Replies that carry an error, by API", labels,
                       as_double(api.errors.value()));
      families.counter("kreel_request_bytes_total", "Bytes of requests by API", labels,
                       as_double(api.request_bytes.value()));
      families.counter("kreel_response_bytes_total", "Bytes of replies by API", labels,
                       as_double(api.response_bytes.value()));
      if (api.throttled.value() > 0) {
        families.counter("kreel_throttled_requests_total",
                         "Requests whose client had to wait for a quota", labels,
                         as_double(api.throttled.value()));
        families.counter("kreel_throttle_seconds_total",
                         "How long clients had to wait for quotas, by API", labels,
                         as_double(api.throttle_ms.value()) * kSecondsPerMillisecond);
      }
      families.histogram("kreel_request_seconds", "From a whole request to its reply", labels,
                         api.latency);
    }
  }
}

void add_connections(broker::Broker& broker, FamilySet& families) {
  using broker::RequestMetrics;
  const double opened = sum_over_threads(
      broker, [](RequestMetrics & m) -> auto& { return m.connections_opened; });
  const double closed = sum_over_threads(
      broker, [](RequestMetrics & m) -> auto& { return m.connections_closed; });
  families.counter("kreel_connections_total", "Connections accepted", {}, opened);
  families.gauge("kreel_connections_open", "Connections open now", {}, opened - closed);
  families.counter("kreel_malformed_requests_total", "Requests that closed their connection", {},
                   sum_over_threads(
                       broker, [](RequestMetrics & m) -> auto& { return m.malformed_requests; }));
  families.counter("kreel_unsupported_requests_total",
                   "Requests for an API or version that is not served", {},
                   sum_over_threads(
                       broker, [](RequestMetrics & m) -> auto& { return m.unsupported_requests; }));
  families.counter("kreel_records_produced_total", "Records appended for clients", {},
                   sum_over_threads(
                       broker, [](RequestMetrics & m) -> auto& { return m.records_in; }));
  families.counter("kreel_record_bytes_produced_total",
                   "Bytes of record batches appended for clients", {},
                   sum_over_threads(
                       broker, [](RequestMetrics & m) -> auto& { return m.record_bytes_in; }));
  families.counter("kreel_record_bytes_fetched_total", "Bytes of record batches sent to clients",
                   {},
                   sum_over_threads(
                       broker, [](RequestMetrics & m) -> auto& { return m.record_bytes_out; }));
  families.gauge("kreel_fetch_sessions", "Incremental fetch sessions", {},
                 as_double(std::uint64_t{broker.fetch_sessions().size()}));
}

void add_logs(broker::Broker& broker, FamilySet& families) {
  const auto snapshot = broker.catalog().snapshot();
  for (const auto& [name, topic] : snapshot->topics()) {
    for (std::size_t p = 0; p < topic->partitions.size(); ++p) {
      const storage::Log& log = *topic->partitions[p];
      const storage::LogOffsets offsets = log.offsets();
      // An empty internal partition says nothing; there are fifty of them.
      if (topic->is_internal && offsets.log_end == 0) continue;
      const Labels labels{{"topic", name}, {"partition", std::to_string(p)}};
      families.gauge("kreel_log_start_offset", "First offset of the partition", labels,
                     as_double(offsets.log_start));
      families.gauge("kreel_log_end_offset", "High watermark of the partition", labels,
                     as_double(offsets.high_watermark));
      families.gauge("kreel_log_size_bytes", "Bytes of the partition's segments", labels,
                     as_double(log.size_bytes()));
    }
  }
  const fs::FreeSpace space = broker.logs().free_space();
  families.gauge("kreel_disk_available_bytes", "Free bytes on the data directory's disk", {},
                 as_double(std::uint64_t{space.available_bytes}));
}

void add_compaction(broker::Broker& broker, FamilySet& families) {
  const storage::CompactionMetrics& metrics = broker.logs().compaction();
  const auto add = [&](const char* name, const char* help, const metrics::Counter& counter) {
    families.counter(name, help, {}, as_double(counter.value()));
  };
  add("kreel_compaction_passes_total", "Passes of compaction over a partition", metrics.passes);
  add("kreel_compaction_read_bytes_total", "Bytes that compaction has read", metrics.bytes_read);
  add("kreel_compaction_written_bytes_total", "Bytes that compaction has written",
      metrics.bytes_written);
  add("kreel_compaction_removed_records_total", "Records that compaction has removed",
      metrics.records_removed);
  add("kreel_compaction_failures_total", "Compactions that failed", metrics.failures);
}

void add_groups(broker::Broker& broker, FamilySet& families) {
  const auto snapshot = broker.catalog().snapshot();
  for (const auto& committed : broker.groups().committed_offsets(kShardWait)) {
    const Labels labels{{"group", committed.group_id},
                        {"topic", committed.topic},
                        {"partition", std::to_string(committed.partition)}};
    families.gauge("kreel_group_committed_offset", "Offset that the group has committed", labels,
                   as_double(committed.offset));
    const auto topic = snapshot->find(committed.topic);
    const auto log = topic == nullptr ? nullptr : topic->partition(committed.partition);
    if (log == nullptr) continue;
    const storage::LogOffsets offsets = log->offsets();
    const Offset from = std::max(committed.offset, offsets.log_start);
    families.gauge("kreel_group_lag", "Records between the committed offset and the high watermark",
                   labels, as_double(std::max<Offset>(0, offsets.high_watermark - from)));
  }
}

void add_process(FamilySet& families) {
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  families.gauge("process_resident_memory_bytes", "Resident memory", {},
                 as_double(resident_pages) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
}

}  // namespace kreel::server
