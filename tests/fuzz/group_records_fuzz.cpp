// Replay of arbitrary records of __consumer_offsets: nothing that a log may hold brings the group
// coordinator down, and replaying it twice comes to the same state. Input: a sequence of
// (int8 flags, int8 producer, int16 key length, int16 value length, key, value).

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/random.hpp"
#include "coordinator/group/coordinator.hpp"
#include "protocol/wire_reader.hpp"

namespace {

using namespace kreel;

class StoppedClock final : public Clock {
 public:
  TimestampMs wall_ms() const override { return 1'700'000'000'000; }
  std::int64_t monotonic_ns() const override { return 1'000'000'000; }
  std::int64_t boottime_ns() const override { return 1'000'000'000; }
};

/// Timers never fire; tasks are dropped.
class IdleExecutor final : public Executor {
 public:
  void post(Task) override {}
  TimerId schedule_after_ms(std::int64_t, Task) override { return ++last_; }
  void cancel(TimerId) override {}
  bool is_current() const override { return true; }

 private:
  TimerId last_ = 0;
};

class NoTopics final : public coordinator::TopicView {
 public:
  std::optional<Topic> find(std::string_view) const override { return std::nullopt; }
  std::optional<std::string> name_of(const Uuid&) const override { return std::nullopt; }
};

class FullDisk final : public coordinator::RecordWriter {
 public:
  Appended append(PartitionId, MutableByteView, Durable) override {
    return {protocol::ErrorCode::KAFKA_STORAGE_ERROR, -1};
  }
  Appended append_marker(PartitionId, const coordinator::TransactionMarker&, Durable) override {
    return {protocol::ErrorCode::KAFKA_STORAGE_ERROR, -1};
  }
};

void replay_all(ByteView input, coordinator::StateMachine& machine) {
  protocol::WireReader in(input);
  Offset offset = 0;
  while (in.remaining() > 0 && !in.failed()) {
    const auto flags = in.read_int<std::int8_t>();
    const auto producer = in.read_int<std::int8_t>();
    const auto key_length = static_cast<std::size_t>(in.read_int<std::uint16_t>());
    const auto value_length = static_cast<std::size_t>(in.read_int<std::uint16_t>());
    const ByteView key = in.read_view(std::min(key_length, in.remaining()));
    const ByteView value = in.read_view(std::min(value_length, in.remaining()));
    if ((flags & 8) != 0) {
      machine.replay_transaction_end(producer, (flags & 4) != 0);
      continue;
    }
    machine.replay({.offset = offset++,
                    .producer_id = producer,
                    .key = (flags & 1) != 0 ? std::nullopt : std::optional(key),
                    .value = (flags & 2) != 0 ? std::nullopt : std::optional(value)});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(reinterpret_cast<const std::byte*>(data), size);
  StoppedClock clock;
  IdleExecutor executor;
  SeededRandom random(1);
  NoTopics topics;
  FullDisk writer;
  coordinator::GroupConfig config;
  coordinator::Outbox outbox;
  const coordinator::GroupCoordinator::Environment environment{executor, clock,  random, writer,
                                                               topics,   config, outbox};
  coordinator::GroupCoordinator first(0, environment);
  coordinator::GroupCoordinator second(0, environment);
  replay_all(input, first);
  replay_all(input, second);
  if (!(first.durable() == second.durable())) std::abort();
  first.loaded();
  // Whatever was read can be asked for.
  for (const auto& group : first.list({})) {
    if (first.find_live(group.group_id) == nullptr) continue;
    (void)first.find_live(group.group_id)->subscribed_topics();
  }
  const coordinator::Outbox::Step step(outbox);
  first.clear();
  return 0;
}
