#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/acls.hpp>
#include <kreel/admin.hpp>

#include "cli/context.hpp"
#include "cli/stop_requests.hpp"
#include "cli/value_types.hpp"

namespace kreel::cli {

// Durations in microseconds, kept with an error below 2 %, in constant memory.
class LatencyHistogram {
 public:
  void add(std::int64_t us);
  // The smallest value that `part` (0 to 1) of all are not above; nullopt without values.
  std::optional<double> percentile_ms(double part) const;
  std::uint64_t count() const { return count_; }

 private:
  static constexpr int kSubBits = 6;
  static constexpr std::size_t kBuckets = std::size_t{64 - kSubBits} << kSubBits;
  std::vector<std::uint64_t> buckets_ = std::vector<std::uint64_t>(kBuckets);
  std::uint64_t count_ = 0;
  std::int64_t max_us_ = 0;
};

// From a signal on, how long the last answers are waited for; then the topic is deleted.
inline constexpr std::int64_t kBenchAnswersOnStopMs = 1'000;

// A whole benchmark: connects, and ends within two seconds of a signal.
Result<ExitCode> run_bench(
    CommandContext& context,
    const std::function<Result<ExitCode>(AdminClient&, const StopRequests&)>& bench);

// A topic for one run: made for it, and deleted at the end, unless the user named one.
class BenchTopic {
 public:
  // `purpose` is what is going to be done to a topic of that name.
  static Result<BenchTopic> make(CommandContext& context, AdminClient& admin,
                                 const std::optional<std::string>& name, std::int32_t partitions,
                                 AclOperation purpose);
  BenchTopic(BenchTopic&& other) noexcept;
  BenchTopic& operator=(BenchTopic&&) = delete;
  ~BenchTopic();

  const std::string& name() const { return name_; }
  bool is_ours() const { return ours_; }

 private:
  BenchTopic(CommandContext& context, AdminClient& admin, std::string name, bool ours)
      : context_(&context), admin_(&admin), name_(std::move(name)), ours_(ours) {}

  CommandContext* context_;
  AdminClient* admin_;
  std::string name_;
  bool ours_;
};

// Values of one size, cut from text that compresses about as logs do.
class BenchPayload {
 public:
  explicit BenchPayload(std::int64_t size_bytes);
  std::string_view value(std::uint64_t number) const;

 private:
  std::size_t size_;
  std::string text_;
};

// Wall and CPU time since it was made; CPU time is that of this process with all its threads.
class Stopwatch {
 public:
  Stopwatch();
  double seconds() const;
  double cpu_seconds() const;
  static std::int64_t now_us();

 private:
  std::int64_t started_us_;
  double cpu_at_start_;
};

struct BenchRow {
  std::string what;
  std::string topic;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t failed = 0;
  double seconds = 0;
  double cpu_seconds = 0;
  LatencyHistogram latency;
};
Result<void> print_bench(Output& output, const std::vector<BenchRow>& rows);

}  // namespace kreel::cli
