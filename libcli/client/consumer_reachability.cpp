#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "client/consumer_impl.hpp"
#include "kreel/units.hpp"

// librdkafka goes on trying, and says nothing of a broker that is back. Its statistics tell how the
// connections stand.

namespace kreel {
namespace {

/// A fetch is answered after fetch.wait.max.ms at the latest; on a busy machine a little later.
constexpr std::int64_t kSlackMs = 2'000;
constexpr std::int64_t kAwayMs = 3'000;
/// poll() waits for it, and a signal with it.
constexpr int kProbeMs = 500;

}  // namespace

void Consumer::Impl::read_waits(const ClientConfig& config, const rd_kafka_conf_t* conf) {
  silence_ms_ = client::rd_number(conf, "fetch.wait.max.ms") + kSlackMs;
  for (const Endpoint& server : config.bootstrap_servers) {
    servers_ += (servers_.empty() ? "" : ",") + server.to_string();
  }
}

int Consumer::Impl::on_statistics(rd_kafka_t*, char* json, std::size_t size, void* opaque) {
  static_cast<Impl*>(opaque)->look_at_brokers({json, size});
  return 0;  // librdkafka frees the text
}

void Consumer::Impl::look_at_brokers(std::string_view statistics) {
  // While records come, and while nobody waits for them, nothing has to be found out.
  if (std::exchange(heard_, false)) return;
  if (paused_) fetches_.heard();
  if (paused_ && !reachability_.is_lost()) return;
  std::vector<TopicPartition> partitions = held_;
  for (const auto& [at, range] : ranges_) {
    if (!range.finished) partitions.push_back(at);
  }
  const client::ReadStatistics seen(statistics);
  const std::int64_t now_ms = system_clock().monotonic_ms();
  if (!paused_) fetches_.looked(seen.unread(partitions), now_ms);
  bool answering = seen.leaders_answer(partitions, silence_ms_);
  if (!group_.empty() && held_.empty() && !closed_) {
    // To join may rightly take minutes: something else is asked meanwhile.
    answering = answering && some_broker_answers();
  }
  tell(reachability_.looked(answering, now_ms));
}

bool Consumer::Impl::some_broker_answers() {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(handle_, 0, nullptr, &metadata, kProbeMs);
  if (metadata != nullptr) rd_kafka_metadata_destroy(metadata);
  return code != RD_KAFKA_RESP_ERR__TIMED_OUT && !client::is_lost_connection(code);
}

Result<void> Consumer::Impl::check_patience() {
  const std::int64_t now_ms = system_clock().monotonic_ms();
  // The process may have been stopped, or busy with something else.
  if (now_ms - std::exchange(patience_checked_ms_, now_ms) > kAwayMs) {
    reachability_.was_away();
    fetches_.was_away();
  }
  const auto patience = [&] {
    return format_duration(std::chrono::milliseconds(*options_.patience_ms));
  };
  if (reachability_.gave_up(now_ms)) {
    return fail(ErrorKind::kUnreachable,
                fmt::format("{} did not answer for {}", servers_, patience()), last_failure_);
  }
  if (reachability_.is_silent()) return {};
  if (const TopicPartition* at = fetches_.gave_up(now_ms)) {
    return fail(ErrorKind::kUnreachable,
                fmt::format("{}: its leader answered for {} without what it has", at->to_string(),
                            patience()),
                "--debug fetch shows the answers");
  }
  return {};
}

void Consumer::Impl::tell(client::Reachability::News news) {
  if (news == client::Reachability::News::kNone || !options_.on_reach) return;
  options_.on_reach(news == client::Reachability::News::kBack, servers_);
}

}  // namespace kreel
