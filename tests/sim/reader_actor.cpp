#include <algorithm>

#include <fmt/format.h>

#include "protocol/record_batch.hpp"
#include "sim/actors.hpp"

namespace kreel::sim {
namespace {

constexpr protocol::Version kFetchNamesTopics = 12;
constexpr std::size_t kDecompressedMax = 1U << 20;

}  // namespace

void Actor::ask_offset(const TopicPartition& at, std::int64_t which,
                       std::function<void(Offset)> done) {
  protocol::ListOffsetsRequest request;
  request.replica_id = -1;
  request.topics.push_back({at.topic, {{.partition_index = at.partition, .timestamp = which}}});
  client_.call<protocol::ListOffsets>(request, [done = std::move(done)](auto response) {
    if (!response) return;
    const auto& answer = response->topics.at(0).partitions.at(0);
    if (answer.error_code == protocol::ErrorCode::NONE) done(answer.offset);
  });
}

ReaderActor::ReaderActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
                         const std::string& name, std::vector<TopicPartition> sources)
    : Actor(world, ledger, node, weather, name) {
  for (TopicPartition& at : sources) {
    Source source;
    source.at = std::move(at);
    sources_.push_back(std::move(source));
  }
}

void ReaderActor::start_final_read() {
  final_ = true;
  finals_left_ = sources_.size();
  for (Source& source : sources_) {
    source.next = 0;
    source.records.clear();
  }
  fetch();
}

void ReaderActor::fetch() {
  protocol::FetchRequest request;
  request.max_wait_ms = final_ ? 0 : static_cast<std::int32_t>(world_.between(0, 300));
  request.min_bytes = 1;
  request.max_bytes = static_cast<std::int32_t>(world_.between(1, 20'000));
  request.isolation_level = static_cast<std::int8_t>(world_.below(2));
  for (Source& source : sources_) {
    source.asked = source.next;
    if (final_ && source.done) continue;
    auto& topic = request.topics.emplace_back();
    topic.topic = source.at.topic;
    auto& partition = topic.partitions.emplace_back();
    partition.partition = source.at.partition;
    partition.fetch_offset = source.next;
    partition.partition_max_bytes = static_cast<std::int32_t>(world_.between(1, 20'000));
  }
  client_.call<protocol::Fetch>(
      request,
      [this, was_final = final_](auto response) {
        if (was_final != final_) return;
        std::int64_t pause_ms = final_ ? 1 : world_.between(0, 600);
        if (!response) pause_ms = 100;
        if (response) {
          for (const auto& topic : response->responses) {
            for (const auto& data : topic.partitions) {
              const auto source = std::ranges::find(
                  sources_, TopicPartition{topic.topic, data.partition_index}, &Source::at);
              if (source != sources_.end()) fetched(*source, data);
            }
          }
        }
        if (final_ && finals_left_ == 0) return;
        world_.after_ms(pause_ms, [this, was_final] {
          if (was_final == final_) fetch();
        });
      },
      kFetchNamesTopics);
}

void ReaderActor::fetched(Source& source, const protocol::FetchResponse::PartitionData& data) {
  using protocol::ErrorCode;
  if (data.error_code == ErrorCode::OFFSET_OUT_OF_RANGE) {
    ask_log_start(source.at, [this, &source, asked = source.asked](Offset log_start) {
      if (log_start <= asked) {
        world_.violation(
            fmt::format("{}: {} is out of range, the log starts at {}", name(), asked, log_start));
      }
      source.next = std::max(source.next, log_start);
    });
    return;
  }
  if (data.error_code != ErrorCode::NONE) {
    if (protocol::is_retriable(data.error_code)) return;
    return world_.violation(fmt::format("{}: {}", name(), protocol::to_string(data.error_code)));
  }
  if (data.high_watermark < source.high_watermark || data.log_start_offset < source.log_start) {
    world_.violation(fmt::format("{} {}: high watermark {}, then {}; log start {}, then {}", name(),
                                 source.at.to_string(), source.high_watermark, data.high_watermark,
                                 source.log_start, data.log_start_offset));
  }
  ledger_.log_start_found(source.at, data.log_start_offset);
  source.high_watermark = data.high_watermark;
  source.log_start = data.log_start_offset;
  ByteView rest = data.records.bytes();
  while (const auto header = protocol::read_batch_header(rest)) {
    if (header->size_bytes() > rest.size()) break;  // cut off by the limit
    const ByteView batch = rest.first(header->size_bytes());
    rest = rest.subspan(header->size_bytes());
    if (!protocol::batch_crc_is_valid(batch)) {
      return world_.violation(fmt::format("{}: damaged batch at {}", name(), header->base_offset));
    }
    auto reader = protocol::BatchReader::open(batch, kDecompressedMax);
    if (!reader) return world_.violation(name() + ": " + reader.error().message());
    while (const auto record = *reader->next()) {
      if (record->offset < source.next) continue;
      const std::string value(as_text(*record->value));
      if (record->offset >= data.high_watermark) {
        world_.violation(fmt::format("{}: {} is past the high watermark", name(), value));
      }
      if (record->offset != source.next) {
        world_.violation(
            fmt::format("{}: {} comes where {} is expected", name(), record->offset, source.next));
      }
      ledger_.observed(source.at, record->offset, value);
      if (final_) source.records.emplace_back(record->offset, value);
      source.next = record->offset + 1;
      progressed();
    }
  }
  if (final_ && !source.done && source.next >= data.high_watermark) {
    source.done = true;
    --finals_left_;
    ledger_.check_all(source.at, source.log_start, source.records);
  }
  if (!final_ && world_.one_in(40))
    source.next = world_.between(data.log_start_offset, source.next);
}

}  // namespace kreel::sim
