#include "net/output_queue.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include "net/limits.hpp"

using namespace kreel;
using net::OutputQueue;
using protocol::Records;
using protocol::WireWriter;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

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

TEST_CASE("output queue: many small replies leave whole and in their order") {
  SocketPair sockets;
  TemporaryFile file("0123456789");
  OutputQueue queue;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    WireWriter out;
    const std::string text(static_cast<std::size_t>(i % 700), static_cast<char>('a' + i % 26));
    out.write_view(as_bytes(text));
    expected += text;
    if (i % 100 == 99) {
      out.write_records(Records::file(file.descriptor, 2, 3, nullptr), true);
      expected +=
          "\x04"
          "234";
    }
    queue.push(out.take());
  }
  CHECK(queue.queued_bytes() == expected.size());
  std::string sent;
  while (queue.write_to(sockets.ends[0]) == OutputQueue::Progress::kBlocked)
    sent += sockets.drain();
  sent += sockets.drain();
  CHECK(sent == expected);
  CHECK(queue.queued_bytes() == 0);
}

TEST_CASE("output queue: a full socket blocks, and nothing is lost after it (CVE-2026-35554)") {
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
  CHECK(queue.write_to(sockets.ends[0]) == OutputQueue::Progress::kUnreadable);
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

TEST_CASE("output queue: a large reply gives others a turn") {
  constexpr std::size_t kParts = 16;
  TemporaryFile file(std::string(kMiB, 'x'));
  // Takes whatever it is given, as a fast reader does.
  const int drain = ::open("/dev/null", O_WRONLY);
  REQUIRE(drain >= 0);
  protocol::WireParts reply;
  for (std::size_t i = 0; i < kParts; ++i) {
    reply.files.push_back({.at = 0, .records = Records::file(file.descriptor, 0, kMiB, nullptr)});
  }
  OutputQueue queue;
  queue.push(std::move(reply));
  REQUIRE(queue.queued_bytes() == kParts * kMiB);
  std::size_t turns = 1;
  while (queue.write_to(drain) == OutputQueue::Progress::kBlocked) {
    const std::size_t written = kParts * kMiB - queue.queued_bytes();
    CHECK(written <= turns * (net::limits::kWrittenPerTurnBytes + kMiB));
    CHECK(written >= turns * net::limits::kWrittenPerTurnBytes);
    ++turns;
  }
  ::close(drain);
  CHECK(queue.empty());
  CHECK(turns >= 3);
}
