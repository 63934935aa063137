#include "cli/bench_support.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "cli/admin.hpp"
#include "cli/client_log.hpp"

namespace kreel::cli {
namespace {

constexpr std::size_t kTextBytes = 1 << 20;
constexpr std::int64_t kEndOnStopMs = 1'600;

double cpu_of_process() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Value rounded(double value, double steps) {
  return std::round(value * steps) / steps;
}

Value milliseconds(const std::optional<double>& value) {
  return value ? rounded(*value, 1000) : Value();
}

}  // namespace

void LatencyHistogram::add(std::int64_t us) {
  // The leading bits of the value number its bucket.
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(0, us));
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - 1 - kSubBits);
  const std::size_t bucket =
      (static_cast<std::size_t>(shift) << kSubBits) + static_cast<std::size_t>(value >> shift);
  ++buckets_[std::min(bucket, kBuckets - 1)];
  ++count_;
  max_us_ = std::max(max_us_, us);
}

std::optional<double> LatencyHistogram::percentile_ms(double part) const {
  if (count_ == 0) return std::nullopt;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen < wanted || seen == 0) continue;
    const std::size_t first = std::size_t{1} << kSubBits;
    const std::size_t shift = bucket < 2 * first ? 0 : (bucket >> kSubBits) - 1;
    const std::uint64_t base = (bucket - (shift << kSubBits)) << shift;
    const std::uint64_t top = base + (std::uint64_t{1} << shift) - 1;
    return static_cast<double>(std::min(top, static_cast<std::uint64_t>(max_us_))) / 1e3;
  }
  return static_cast<double>(max_us_) / 1e3;
}

Result<ExitCode> run_bench(
    CommandContext& context,
    const std::function<Result<ExitCode>(AdminClient&, const StopRequests&)>& bench) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  const StopRequests stop([&admin] { admin->end_within(kEndOnStopMs); });
  auto code = bench(*admin, stop);
  if (const auto stopped = stop.exit()) return *stopped;
  return code;
}

Result<BenchTopic> BenchTopic::make(CommandContext& context, AdminClient& admin,
                                    const std::optional<std::string>& name, std::int32_t partitions,
                                    AclOperation purpose) {
  if (name) {
    const std::array<std::string, 1> names{*name};
    TRY(require_topics(admin, names, purpose));
    return BenchTopic(context, admin, *name, false);
  }
  NewTopic topic;
  topic.name = fmt::format("kreel-bench-{}-{}", ::getpid(), steady_ms());
  topic.partitions = partitions;
  const std::array<NewTopic, 1> topics{topic};
  TRY_ASSIGN(const auto created, admin.create_topics(topics, {}));
  if (created.front().error) return fail(created.front().error->error);
  return BenchTopic(context, admin, topic.name, true);
}

BenchTopic::BenchTopic(BenchTopic&& other) noexcept
    : context_(other.context_),
      admin_(other.admin_),
      name_(std::move(other.name_)),
      ours_(std::exchange(other.ours_, false)) {}

BenchTopic::~BenchTopic() {
  if (!ours_) return;
  const std::array<std::string, 1> names{name_};
  const auto deleted = admin_->delete_topics(names);
  if (deleted && !deleted->front().error) return;
  const Error error = deleted ? deleted->front().error->error : deleted.error();
  const bool is_unknown = error.kind() == ErrorKind::kUnreachable;
  const std::string why = is_unknown ? "its deletion was not answered" : error.message();
  context_->warn(fmt::format("topic \"{}\" may still be there: {}", name_, why),
                 fmt::format("kreel topics delete {}", name_));
}

BenchPayload::BenchPayload(std::int64_t size_bytes) : size_(static_cast<std::size_t>(size_bytes)) {
  constexpr std::string_view kWords[] = {"order ", "payment ", "user=", "status=", "ok ", "retry ",
                                         "10.0.",  "latency=", "id=",   "region ", "eu ", "us "};
  std::uint64_t random = 0x9e3779b97f4a7c15U;
  text_.reserve(kTextBytes + size_ + 32);
  while (text_.size() < kTextBytes + size_) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    text_ += kWords[random % std::size(kWords)];
    text_ += fmt::format("{:x}", random & 0xffffff);
    text_ += ' ';
  }
}

std::string_view BenchPayload::value(std::uint64_t number) const {
  return std::string_view(text_).substr(number * 97 % kTextBytes, size_);
}

Stopwatch::Stopwatch() : started_us_(now_us()), cpu_at_start_(cpu_of_process()) {}

std::int64_t Stopwatch::now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

double Stopwatch::seconds() const {
  return static_cast<double>(std::max<std::int64_t>(1, now_us() - started_us_)) / 1e6;
}

double Stopwatch::cpu_seconds() const {
  return cpu_of_process() - cpu_at_start_;
}

Result<void> print_bench(Output& output, const std::vector<BenchRow>& rows) {
  TRY(output.begin("bench", {{"what"},
                             {"topic", Column::Show::kWide},
                             {"records"},
                             {"failed", Column::Show::kWide},
                             {"bytes", Column::Show::kWide},
                             {"seconds"},
                             {"records_s"},
                             {"mb_s"},
                             {"p50_ms"},
                             {"p99_ms"},
                             {"p999_ms"},
                             {"max_ms"},
                             {"cpu_s"}}));
  for (const BenchRow& row : rows) {
    const double seconds = std::max(row.seconds, 1e-6);
    output.row({row.what, row.topic, static_cast<std::int64_t>(row.records),
                static_cast<std::int64_t>(row.failed), static_cast<std::int64_t>(row.bytes),
                rounded(row.seconds, 1000),
                static_cast<std::int64_t>(static_cast<double>(row.records) / seconds),
                rounded(static_cast<double>(row.bytes) / 1e6 / seconds, 100),
                milliseconds(row.latency.percentile_ms(0.5)),
                milliseconds(row.latency.percentile_ms(0.99)),
                milliseconds(row.latency.percentile_ms(0.999)),
                milliseconds(row.latency.percentile_ms(1)), rounded(row.cpu_seconds, 1000)});
  }
  output.end();
  return {};
}

}  // namespace kreel::cli
