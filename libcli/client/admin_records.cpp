#include <algorithm>

#include "client/admin_impl.hpp"
#include "protocol/record_batch.hpp"

namespace kreel::client {

using protocol::ErrorCode;

namespace {

constexpr std::int32_t kFirstFetchBytes = 64 << 10;
constexpr std::int32_t kReplyBytes = 32 << 20;
/// Keeps a fetch that brings nothing from being repeated at once.
constexpr std::int32_t kFetchWaitMs = 10;
constexpr std::size_t kDecompressedBytesMax = 256U << 20;
/// Where the format version stands in every batch and in every older message set.
constexpr std::size_t kMagicAt = 16;

/// How one search goes on.
struct Search {
  std::int64_t offset = 0;
  std::int32_t fetch_bytes = kFirstFetchBytes;
  bool finished = false;
};

tl::unexpected<Error> corrupt(const TopicPartition& at, std::int64_t offset, std::string_view why) {
  return fail(ErrorKind::kFailed, fmt::format("{}@{}: {}", at.to_string(), offset, why));
}

/// The first record of `batch` that is not before `search.offset`, into `found`.
Result<void> search_batch(ByteView batch, Search& search, FoundRecord& found) {
  auto reader = protocol::BatchReader::open(batch, kDecompressedBytesMax);
  if (!reader) return corrupt(found.at, search.offset, reader.error().message());
  while (true) {
    auto record = reader->next();
    if (!record) return corrupt(found.at, search.offset, record.error().message());
    if (!*record) return {};
    if ((*record)->offset < search.offset) continue;
    found.offset = (*record)->offset;
    const auto& header = reader->header();
    const bool by_broker = header.timestamp_type() == protocol::TimestampType::kLogAppendTime;
    const std::int64_t timestamp_ms = by_broker ? header.max_timestamp : (*record)->timestamp;
    if (timestamp_ms >= 0) found.timestamp_ms = timestamp_ms;
    search.finished = true;
    return {};
  }
}

/// Goes through what one fetch brought. Unfinished: ask again from search.offset on.
Result<void> search_records(ByteView rest, Search& search, FoundRecord& found) {
  while (rest.size() > kMagicAt && !search.finished) {
    const auto magic = std::to_integer<int>(rest[kMagicAt]);
    if (magic < 2) {
      return corrupt(found.at, search.offset,
                     fmt::format("records of format {}, older than Kafka 0.11", magic));
    }
    const auto header = protocol::read_batch_header(rest);
    if (!header) {
      if (rest.size() >= protocol::kBatchHeaderBytes) {
        return corrupt(found.at, search.offset, "malformed batch header");
      }
      break;
    }
    if (header->size_bytes() > rest.size()) {
      search.fetch_bytes = static_cast<std::int32_t>(
          std::min<std::size_t>(header->size_bytes(), Connection::kReplyBytesMax - (1U << 20)));
      return {};
    }
    if (!header->is_control() && header->last_offset() >= search.offset) {
      TRY(search_batch(rest.first(header->size_bytes()), search, found));
    }
    if (!search.finished) search.offset = std::max(search.offset, header->last_offset() + 1);
    rest = rest.subspan(header->size_bytes());
  }
  return {};
}

using FetchCall = Scatter<protocol::Fetch>;

/// All searches of one find_records(), whose rounds ask for those that are not finished.
class RecordSearches {
 public:
  explicit RecordSearches(std::span<const RecordLocation> locations)
      : found_(locations.size()), searches_(locations.size()) {
    for (std::size_t i = 0; i < locations.size(); ++i) {
      found_[i].at = locations[i].at;
      searches_[i].offset = locations[i].offset;
    }
  }

  std::vector<std::size_t> unfinished() const {
    std::vector<std::size_t> items;
    for (std::size_t i = 0; i < searches_.size(); ++i) {
      if (!searches_[i].finished) items.push_back(i);
    }
    return items;
  }
  const TopicPartition& at(std::size_t search) const { return found_[search].at; }
  void fail_search(std::size_t search, ItemError error) {
    searches_[search].finished = true;
    found_[search].error = std::move(error);
  }
  std::vector<FoundRecord> take() { return std::move(found_); }

  /// At most one search per partition goes into a request.
  protocol::FetchRequest request(std::span<const std::size_t> searches) const {
    protocol::FetchRequest request;
    request.replica_id = -1;
    request.max_bytes = kReplyBytes;
    request.max_wait_ms = kFetchWaitMs;
    request.min_bytes = 1;
    std::map<std::string, std::vector<std::size_t>> topics;
    for (const std::size_t search : searches) topics[at(search).topic].push_back(search);
    for (const auto& [topic, of_topic] : topics) {
      auto& wanted = request.topics.emplace_back();
      wanted.topic = topic;
      for (const std::size_t search : of_topic) {
        auto& partition = wanted.partitions.emplace_back();
        partition.partition = at(search).partition;
        partition.fetch_offset = searches_[search].offset;
        partition.partition_max_bytes = searches_[search].fetch_bytes;
      }
    }
    return request;
  }

  /// An empty reply below the high watermark means that others used up the reply's size.
  void take_records(std::size_t search, const protocol::FetchResponse::PartitionData& data) {
    Search& state = searches_[search];
    const ByteView records = data.records.is_null() ? ByteView{} : data.records.bytes();
    const auto result = search_records(records, state, found_[search]);
    if (!result) fail_search(search, {result.error(), 0});
    if (state.offset >= data.high_watermark) state.finished = true;
  }
  void finish(std::size_t search) { searches_[search].finished = true; }

 private:
  std::vector<FoundRecord> found_;
  std::vector<Search> searches_;
};

/// One fetch for each of `searches`, which name different partitions.
Result<void> run_fetches(Cluster& cluster, RecordSearches& all,
                         const std::vector<std::size_t>& searches, const Deadline& deadline) {
  std::vector<TopicPartition> partitions;
  for (const std::size_t search : searches) partitions.push_back(all.at(search));
  LeaderRouter router(cluster, partitions, "READ");
  FetchCall call(
      cluster, router,
      [&](protocol::Version,
          const FetchCall::Items& items) -> Result<std::vector<FetchCall::Batch>> {
        std::vector<std::size_t> asked;
        for (const std::size_t item : items) asked.push_back(searches[item]);
        return std::vector<FetchCall::Batch>{{all.request(asked), items}};
      },
      [&](const protocol::FetchResponse& response, const FetchCall::Items& items,
          Outcome& outcome) {
        const auto index = by_partition(
            items, [&](std::size_t item) -> const TopicPartition& { return partitions[item]; });
        for (const auto& topic : response.responses) {
          for (const auto& data : topic.partitions) {
            const auto at = index.find({topic.topic, data.partition_index});
            if (at == index.end()) continue;
            if (data.error_code == ErrorCode::OFFSET_OUT_OF_RANGE) {
              all.finish(searches[at->second]);
            } else if (data.error_code != ErrorCode::NONE) {
              outcome.failed(at->second, data.error_code,
                             Subject::partition_of(partitions[at->second], "READ"));
              continue;
            } else {
              all.take_records(searches[at->second], data);
            }
            outcome.done(at->second);
          }
        }
      });
  TRY_ASSIGN(auto outcome, call.run(searches.size(), deadline));
  for (std::size_t i = 0; i < searches.size(); ++i) {
    if (auto error = outcome.take_error(i)) all.fail_search(searches[i], std::move(*error));
  }
  return {};
}

/// The first search of each partition among `searches`.
std::vector<std::size_t> one_per_partition(const RecordSearches& all,
                                           const std::vector<std::size_t>& searches) {
  std::vector<std::size_t> chosen;
  std::set<TopicPartition> seen;
  for (const std::size_t search : searches) {
    if (seen.insert(all.at(search)).second) chosen.push_back(search);
  }
  return chosen;
}

}  // namespace

Result<std::vector<FoundRecord>> ProtocolAdmin::find_records(
    std::span<const RecordLocation> locations) {
  const Deadline deadline = cluster_.new_deadline();
  RecordSearches all(locations);
  for (auto open = all.unfinished(); !open.empty(); open = all.unfinished()) {
    if (deadline.passed()) {
      for (const std::size_t search : open) {
        Error late(ErrorKind::kUnreachable,
                   fmt::format("{}: not read in time", all.at(search).to_string()));
        all.fail_search(search, {std::move(late), 0});
      }
      break;
    }
    TRY(run_fetches(cluster_, all, one_per_partition(all, open), deadline));
  }
  return all.take();
}

}  // namespace kreel::client
