#include "broker/faults.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/core.h>

namespace kreel::broker {
namespace {

using Kind = FaultRule::Kind;

bool concerns(const FaultRule& rule, protocol::ApiKey api) {
  return !rule.api || *rule.api == api;
}

bool is_used_up(const FaultRule& rule) {
  return rule.kind == Kind::kError && rule.left && *rule.left == 0;
}

bool replaces(const FaultRule& rule, const FaultRule& earlier) {
  return rule.kind == earlier.kind && rule.kind != Kind::kError && rule.api == earlier.api;
}

class FaultySink final : public ReplySink {
 public:
  FaultySink(std::shared_ptr<ReplySink> sink, Executor& executor, const Faults::Verdict& verdict)
      : sink_(std::move(sink)), executor_(executor), verdict_(verdict) {}

  void reply(std::uint64_t request_number, protocol::WireParts frame) override {
    if (verdict_.drop == Faults::Verdict::Drop::kReply) {
      return sink_->close("a fault was asked for: the reply is dropped");
    }
    if (verdict_.delay_ms <= 0) return sink_->reply(request_number, std::move(frame));
    auto held = std::make_shared<protocol::WireParts>(std::move(frame));
    executor_.schedule_after_ms(verdict_.delay_ms, [sink = sink_, request_number, held] {
      sink->reply(request_number, std::move(*held));
    });
  }
  void no_reply(std::uint64_t request_number) override { sink_->no_reply(request_number); }
  void throttle(std::uint64_t request_number, std::int32_t for_ms) override {
    sink_->throttle(request_number, for_ms);
  }
  void hold(std::uint64_t request_number) override { sink_->hold(request_number); }
  void go_on(std::uint64_t request_number) override { sink_->go_on(request_number); }
  void close(const std::string& why) override { sink_->close(why); }
  bool is_closed() const override { return sink_->is_closed(); }

 private:
  std::shared_ptr<ReplySink> sink_;
  Executor& executor_;
  Faults::Verdict verdict_;
};

}  // namespace

Result<void> Faults::add(std::span<const FaultRule> rules) {
  const std::lock_guard lock(mutex_);
  std::vector<Active> changed = rules_;
  for (const FaultRule& rule : rules) {
    std::erase_if(changed, [&](const Active& earlier) { return replaces(rule, earlier.rule); });
    changed.push_back({.id = last_id_ + 1, .rule = rule});
    ++last_id_;
  }
  if (changed.size() > kRulesMax) {
    return fail(ErrorKind::kRefused, fmt::format("there would be more than {} faults", kRulesMax),
                "kreel fault clear removes them");
  }
  rules_ = std::move(changed);
  rearm();
  return {};
}

Result<void> Faults::remove(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  if (std::erase_if(rules_, [id](const Active& active) { return active.id == id; }) == 0) {
    return fail(ErrorKind::kNotFound, fmt::format("there is no fault {}", id),
                "kreel fault list shows them");
  }
  rearm();
  return {};
}

void Faults::clear() {
  const std::lock_guard lock(mutex_);
  rules_.clear();
  rearm();
}

std::vector<Faults::Active> Faults::list() const {
  const std::lock_guard lock(mutex_);
  return rules_;
}

void Faults::rearm() {
  any_ = std::ranges::any_of(rules_, [](const Active& a) { return !is_used_up(a.rule); });
}

Faults::Verdict Faults::judge(protocol::ApiKey api) {
  const std::lock_guard lock(mutex_);
  Verdict verdict;
  for (Active& active : rules_) {
    FaultRule& rule = active.rule;
    if (!concerns(rule, api) || is_used_up(rule)) continue;
    if (rule.kind == Kind::kError) {
      if (verdict.error != protocol::ErrorCode::NONE) continue;
      verdict.error = rule.error;
      if (rule.left) --*rule.left;
    } else if (rule.kind == Kind::kLatency) {
      const auto width = static_cast<std::uint64_t>(rule.latency_max_ms - rule.latency_min_ms) + 1;
      verdict.delay_ms += rule.latency_min_ms +
                          static_cast<std::int64_t>(width == 1 ? 0 : random_.next_u64() % width);
    } else {
      // The low bit tells a request that was lost from an answer that was.
      const std::uint64_t dice = random_.next_u64();
      if (std::ldexp(static_cast<double>(dice >> 1), -63) >= rule.drop_share) continue;
      verdict.drop = (dice & 1) != 0 ? Verdict::Drop::kReply : Verdict::Drop::kRequest;
    }
    ++active.hits;
  }
  rearm();
  return verdict;
}

std::shared_ptr<ReplySink> with_faults(std::shared_ptr<ReplySink> sink, Executor& executor,
                                       const Faults::Verdict& verdict) {
  return std::make_shared<FaultySink>(std::move(sink), executor, verdict);
}

}  // namespace kreel::broker
