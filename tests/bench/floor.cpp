// The speed-of-light broker: what any broker must do for a request, and nothing else. One thread;
// recv, parse, CRC-32C, one write() per partition, one send per readable event. Other programs are
// measured as multiples of it, so it must stay simple and must work with librdkafka.
#include <fcntl.h>
#include <sys/epoll.h>

#include <filesystem>
#include <optional>

#include "canned_log.hpp"

namespace bench {
namespace {

constexpr std::string_view kUsage =
    "floor HOST:PORT [--partitions N] [--crc 0|1|3] [--dir DIR] [--sendfile SEGMENT]\n"
    "  --partitions N     partitions of the one topic `bench` (1)\n"
    "  --crc 0|1|3        no check, one SSE4.2 stream, ISA-L's three streams (1)\n"
    "  --dir DIR          keep the batches, in DIR/bench-P/00000000000000000000.log\n"
    "  --sendfile SEGMENT answer Fetch from this file, not from memory\n";

enum Api : std::int16_t {
  kProduce = 0,
  kFetch = 1,
  kListOffsets = 2,
  kMetadata = 3,
  kFindCoordinator = 10,
  kApiVersions = 18,
  kInitProducerId = 22,
};
struct Range {
  std::int16_t key, low, high;
};
// librdkafka wants the low ends; requests below what is answered here close the connection.
constexpr Range kServed[] = {{kProduce, 0, 7},       {kFetch, 4, 11},          {kListOffsets, 1, 2},
                             {kMetadata, 1, 4},      {kFindCoordinator, 0, 2}, {kApiVersions, 0, 3},
                             {kInitProducerId, 0, 1}};
constexpr std::int16_t kNoError = 0, kUnknownPartition = 3, kCorrupt = 2, kStorageError = 56;
constexpr std::size_t kReceiveBytes = 256 << 10;
constexpr std::size_t kLargestFrame = 128 << 20;

struct Partition {
  int file = -1;
  std::int64_t end_offset = 0;
};
struct Connection {
  int fd;
  std::size_t filled = 0;
  std::vector<std::uint8_t> in = std::vector<std::uint8_t>(kReceiveBytes);
};

class Floor {
 public:
  Floor(Endpoint self, int partitions, Crc crc, const std::string& dir, std::string segment)
      : self_(std::move(self)),
        crc_(crc),
        segment_(std::move(segment)),
        partitions_(static_cast<std::size_t>(partitions)) {
    for (std::size_t i = 0; !dir.empty() && i < partitions_.size(); ++i) {
      const auto folder = dir + "/bench-" + std::to_string(i);
      std::filesystem::create_directories(folder);
      const auto file = folder + "/00000000000000000000.log";
      partitions_[i].file = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
      if (partitions_[i].file < 0) fail("cannot create " + file);
    }
  }

  // Serves what has arrived on a connection; false when it is over.
  bool serve(Connection& connection) {
    auto& in = connection.in;
    const auto got = recv(connection.fd, in.data() + connection.filled,
                          in.size() - connection.filled, MSG_DONTWAIT);
    if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
    connection.filled += static_cast<std::size_t>(got);
    std::size_t at = 0;
    while (connection.filled - at >= 4) {
      const auto size = load_be<std::uint32_t>(in.data() + at) + std::size_t{4};
      if (size > kLargestFrame) return false;
      if (connection.filled - at < size) {
        if (in.size() < size) in.resize(size + kReceiveBytes);
        break;
      }
      if (!answer(Reader({in.data() + at + 4, size - 4}))) return false;
      at += size;
    }
    connection.filled -= at;
    if (at > 0 && connection.filled > 0) std::memmove(in.data(), in.data() + at, connection.filled);
    return flush(connection.fd);
  }

 private:
  bool answer(Reader in) try {
    const auto key = in.get<std::int16_t>();
    const auto version = in.get<std::int16_t>();
    const auto before = out_.size();
    const auto frame = out_.open_frame();
    out_.put(in.get<std::int32_t>());
    in.string();  // client id
    std::size_t records_bytes = 0;
    if (key == kProduce && version >= 3 && version <= 7) {
      if (!produce(in, version)) return out_.truncate(before), true;
    } else if (key == kFetch && version == 11) {
      records_bytes = fetch(in);
    } else if (!answer_small(key, version, in)) {
      return false;
    }
    out_.close_frame(frame, records_bytes);
    return true;
  } catch (const std::out_of_range&) {
    return false;
  }

  // False when the producer wants no answer.
  bool produce(Reader& in, std::int16_t version) {
    in.string();  // transactional id
    const auto acks = in.get<std::int16_t>();
    in.get<std::int32_t>();  // timeout
    each_topic(in, [&] {
      const auto index = in.get<std::int32_t>();
      const auto [error, base_offset] = append(index, in.bytes());
      out_.put(index);
      out_.put(error);
      out_.put(base_offset);
      out_.put<std::int64_t>(-1);                   // log append time
      if (version >= 5) out_.put<std::int64_t>(0);  // log start offset
    });
    out_.put<std::int32_t>(0);  // throttle time
    return acks != 0;
  }

  struct Appended {
    std::int16_t error;
    std::int64_t base_offset;
  };
  Appended append(std::int32_t index, std::span<std::uint8_t> batch) {
    if (static_cast<std::size_t>(index) >= partitions_.size()) return {kUnknownPartition, -1};
    auto* at = batch.data();
    if (batch.size() < kBatchHeaderBytes || at[kMagicAt] != 2 || batch_bytes(at) != batch.size())
      return {kCorrupt, -1};
    if (crc_ != nullptr &&
        crc_(at + kCheckedFrom, batch.size() - kCheckedFrom) != load_be<std::uint32_t>(at + kCrcAt))
      return {kCorrupt, -1};
    auto& partition = partitions_[static_cast<std::size_t>(index)];
    const auto base_offset = partition.end_offset;
    store_be(at, base_offset);
    partition.end_offset += load_be<std::int32_t>(at + kLastOffsetDeltaAt) + 1;
    if (partition.file >= 0 &&
        write(partition.file, at, batch.size()) != static_cast<ssize_t>(batch.size()))
      return {kStorageError, -1};
    return {kNoError, base_offset};
  }

  // Returns how many bytes of records flush() will add to the frame.
  std::size_t fetch(Reader& in) {
    in.take(12);  // replica id, max wait, min bytes
    auto bytes_left = std::int64_t{in.get<std::int32_t>()};
    in.take(9);                 // isolation level, session
    out_.put<std::int32_t>(0);  // throttle time
    out_.put(kNoError);
    out_.put<std::int32_t>(0);  // no session
    std::size_t records_bytes = 0;
    each_topic(in, [&] {
      const auto index = in.get<std::int32_t>();
      in.take(4);  // leader epoch
      const auto offset = in.get<std::int64_t>();
      in.take(8);  // log start offset
      const auto wanted = std::min(std::int64_t{in.get<std::int32_t>()}, bytes_left);
      const auto slice = wanted > 0 ? log().slice(offset, wanted) : CannedLog::Slice{};
      bytes_left -= static_cast<std::int64_t>(slice.bytes);
      records_bytes += slice.bytes;
      out_.put(index);
      out_.put(kNoError);
      out_.put(log().end_offset());  // high watermark
      out_.put(log().end_offset());  // last stable offset
      out_.put<std::int64_t>(0);     // log start offset
      out_.put<std::int32_t>(-1);    // no aborted transactions
      out_.put<std::int32_t>(-1);    // no preferred replica
      out_.put(static_cast<std::int32_t>(slice.bytes));
      if (slice.bytes > 0) splices_.push_back({out_.size(), slice});
    });
    return records_bytes;
  }

  bool answer_small(std::int16_t key, std::int16_t version, Reader& in) {
    if (key == kApiVersions) return api_versions(version), true;
    if (key == kMetadata && version >= 1 && version <= 4) return metadata(version), true;
    if (key == kListOffsets && (version == 1 || version == 2)) {
      in.take(version == 2 ? 5 : 4);  // replica id, isolation level
      if (version == 2) out_.put<std::int32_t>(0);
      each_topic(in, [&] {
        out_.put(in.get<std::int32_t>());
        out_.put(kNoError);
        out_.put<std::int64_t>(-1);  // timestamp
        out_.put(in.get<std::int64_t>() == -1 ? log().end_offset() : std::int64_t{0});
      });
      return true;
    }
    if (key == kFindCoordinator && version <= 2) {
      if (version >= 1) out_.put<std::int32_t>(0);
      out_.put(kNoError);
      if (version >= 1) out_.put<std::int16_t>(-1);  // no error message
      put_self();
      return true;
    }
    if (key == kInitProducerId && version <= 1) {
      out_.put<std::int32_t>(0);
      out_.put(kNoError);
      out_.put(next_producer_id_++);
      out_.put<std::int16_t>(0);  // epoch
      return true;
    }
    return false;
  }

  void api_versions(std::int16_t version) {
    const bool flexible = version == 3;
    out_.put<std::int16_t>(version <= 3 ? kNoError : std::int16_t{35});
    if (flexible)
      out_.put(static_cast<std::uint8_t>(std::size(kServed) + 1));
    else
      out_.put(static_cast<std::int32_t>(std::size(kServed)));
    for (const auto& range : kServed) {
      out_.put(range.key);
      out_.put(range.low);
      out_.put(range.high);
      if (flexible) out_.put<std::uint8_t>(0);
    }
    if (version >= 1 && version <= 3) out_.put<std::int32_t>(0);
    if (flexible) out_.put<std::uint8_t>(0);
  }

  void metadata(std::int16_t version) {
    if (version >= 3) out_.put<std::int32_t>(0);  // throttle time
    out_.put<std::int32_t>(1);
    put_self();
    out_.put<std::int16_t>(-1);                    // no rack
    if (version >= 2) out_.put<std::int16_t>(-1);  // no cluster id
    out_.put<std::int32_t>(kSelf);                 // controller
    out_.put<std::int32_t>(1);
    out_.put(kNoError);
    out_.string("bench");
    out_.put<std::uint8_t>(0);  // not internal
    out_.put(static_cast<std::int32_t>(partitions_.size()));
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(partitions_.size()); ++i) {
      out_.put(kNoError);
      // index, leader, one replica, one in sync
      for (const auto field : {i, kSelf, 1, kSelf, 1, kSelf}) out_.put(field);
    }
  }

  void put_self() {
    out_.put(kSelf);
    out_.string(self_.host);
    out_.put<std::int32_t>(self_.port);
  }

  // The shape that Produce, Fetch and ListOffsets share: topics, and partitions in each.
  template <class EachPartition>
  void each_topic(Reader& in, EachPartition each_partition) {
    const auto topics = in.get<std::int32_t>();
    out_.put(topics);
    for (std::int32_t t = 0; t < topics; ++t) {
      out_.string(in.string());
      const auto partitions = in.get<std::int32_t>();
      out_.put(partitions);
      for (std::int32_t p = 0; p < partitions; ++p) each_partition();
    }
  }

  bool flush(int socket) {
    std::size_t sent = 0;
    bool good = true;
    for (const auto& [at, slice] : splices_) {
      good = good && send_all(socket, out_.data() + sent, at - sent, MSG_MORE) &&
             log_->send_slice(socket, slice);
      sent = at;
    }
    good = good && send_all(socket, out_.data() + sent, out_.size() - sent);
    splices_.clear();
    out_.truncate(0);
    return good;
  }

  CannedLog& log() {
    if (!log_) log_ = segment_.empty() ? CannedLog::in_memory() : CannedLog::from_file(segment_);
    return *log_;
  }

  struct Splice {
    std::size_t at;  // in out_
    CannedLog::Slice slice;
  };
  static constexpr std::int32_t kSelf = 1;
  Endpoint self_;
  Crc crc_;
  std::string segment_;
  std::optional<CannedLog> log_;
  std::vector<Partition> partitions_;
  std::int64_t next_producer_id_ = 1;
  Writer out_;
  std::vector<Splice> splices_;
};

void run(Floor& floor, int listener) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const auto watch = [&](int fd, void* whose) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = whose}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  };
  watch(listener, nullptr);
  epoll_event events[64];
  while (true) {
    const int count = epoll_wait(epoll, events, std::size(events), -1);
    for (int i = 0; i < count; ++i) {
      auto* connection = static_cast<Connection*>(events[i].data.ptr);
      if (connection == nullptr) {
        const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0) watch(fd, new Connection{fd});
      } else if (!floor.serve(*connection)) {
        close(connection->fd);
        delete connection;
      }
    }
  }
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  bench::Args args(argc, argv, bench::kUsage);
  const auto partitions = args.number("partitions", 1);
  const auto crc = bench::crc_of(args.number("crc", 1));
  const auto dir = args.text("dir", "");
  const auto segment = args.text("sendfile", "");
  const auto self = bench::endpoint(args.finish(1)[0]);
  bench::Floor floor(self, partitions, crc, dir, segment);
  bench::run(floor, bench::listen_on(self));
}
