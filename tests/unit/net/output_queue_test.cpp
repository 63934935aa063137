#include "net/output_queue.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

using namespace kreel;
using net::OutputQueue;
using protocol::Records;
using protocol::WireWriter;

namespace {

struct SocketPair {
  std::array<int, 2> ends{};
  SocketPair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0); }
  ~SocketPair() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  std::string drain() const {
    std::string all;
    std::array<char, 65536> chunk{};
    while (true) {
      const ssize_t got = ::read(ends[1], chunk.data(), chunk.size());
      if (got <= 0) return all;
      all.append(chunk.data(), static_cast<std::size_t>(got));
    }
  }
};

struct TemporaryFile {
  int descriptor = -1;
  explicit TemporaryFile(std::string_view content) {
    std::string path = "/tmp/kreel-output-queue-XXXXXX";
    descriptor = ::mkstemp(path.data());
    REQUIRE(descriptor >= 0);
    ::unlink(path.c_str());
    REQUIRE(::pwrite(descriptor, content.data(), content.size(), 0) ==
            static_cast<ssize_t>(content.size()));
  }
  ~TemporaryFile() { ::close(descriptor); }
};

}  // namespace

TEST_CASE("output queue: memory and file ranges leave in their order") {
  SocketPair sockets;
  TemporaryFile file("0123456789");
  WireWriter out;
  out.write_view(as_bytes("<"));
  out.write_records(Records::file(file.descriptor, 2, 3, nullptr), true);
  out.write_view(as_bytes("|"));
  out.write_records(Records::file(file.descriptor, 7, 2, nullptr), true);
  OutputQueue queue;
  queue.push(out.take());
  WireWriter next;
  next.write_view(as_bytes(">"));
  queue.push(next.take());
  CHECK(queue.write_to(sockets.ends[0]) == OutputQueue::Progress::kDone);
  CHECK(queue.empty());
  CHECK(queue.queued_bytes() == 0);
  CHECK(sockets.drain() ==
        "<\x04"
        "234|\x03"
        "78>");
}

TEST_CASE("output queue: a full socket blocks, and nothing is lost or doubled after it") {
  SocketPair sockets;
  const std::string content(3'000'000, 'f');
  TemporaryFile file(content);
  std::string expected;
  OutputQueue queue;
  for (int i = 0; i < 3; ++i) {
    WireWriter out;
    const std::string text(200'000, static_cast<char>('a' + i));
    out.write_view(as_bytes(text));
    out.write_records(Records::file(file.descriptor, 0, content.size(), nullptr), false);
    const protocol::WireParts parts = out.take();
    expected += as_text(parts.bytes);
    expected += content;
    queue.push(parts);
  }
  std::string received;
  auto progress = queue.write_to(sockets.ends[0]);
  CHECK(progress == OutputQueue::Progress::kBlocked);
  while (progress == OutputQueue::Progress::kBlocked) {
    received += sockets.drain();
    progress = queue.write_to(sockets.ends[0]);
  }
  received += sockets.drain();
  CHECK(progress == OutputQueue::Progress::kDone);
  CHECK(received == expected);
}

TEST_CASE("output queue: a file that is shorter than promised fails instead of looping") {
  SocketPair sockets;
  TemporaryFile file("short");
  WireWriter out;
  out.write_records(Records::file(file.descriptor, 0, 100, nullptr), true);
  OutputQueue queue;
  queue.push(out.take());
  CHECK(queue.write_to(sockets.ends[0]) == OutputQueue::Progress::kFailed);
}

TEST_CASE("output queue: a peer that is gone is a failure, not a signal") {
  SocketPair sockets;
  ::shutdown(sockets.ends[1], SHUT_RD);
  WireWriter out;
  out.write_view(as_bytes("hello"));
  OutputQueue queue;
  queue.push(out.take());
  CHECK(queue.write_to(sockets.ends[0]) == OutputQueue::Progress::kFailed);
}
