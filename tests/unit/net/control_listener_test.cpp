#include "net/control_listener.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "base/control_socket.hpp"
#include "support/temp_directory.hpp"

using namespace kreel;

namespace {

class UnixClient {
 public:
  explicit UnixClient(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    const auto address = ControlAddress::of(path);
    REQUIRE(address);
    REQUIRE(::connect(socket_, address->address(), ControlAddress::kSizeBytes) == 0);
  }
  ~UnixClient() { ::close(socket_); }
  UnixClient(const UnixClient&) = delete;
  UnixClient& operator=(const UnixClient&) = delete;

  void send(const std::string& text) {
    [[maybe_unused]] const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  /// "" at the end of the connection.
  std::string line() {
    std::string text;
    char c = 0;
    while (::recv(socket_, &c, 1, 0) == 1 && c != '\n') text += c;
    return text;
  }

 private:
  int socket_;
};

struct Rig {
  test::TempDirectory directory;
  net::IoContextThread thread;
  std::unique_ptr<net::ControlListener> listener;

  Rig() {
    const auto echo = [](std::string_view line) { return "<" + std::string(line) + ">"; };
    auto opened = net::ControlListener::open(thread, directory.path() + "/control", echo);
    REQUIRE(opened);
    listener = std::move(*opened);
    thread.start("test");
  }
  ~Rig() { thread.stop(); }
};

}  // namespace

TEST_CASE("control listener: each line gets its line, in order") {
  Rig rig;
  UnixClient client(rig.listener->path());
  client.send("one\ntwo\nthr");
  CHECK(client.line() == "<one>");
  CHECK(client.line() == "<two>");
  client.send("ee\n");
  CHECK(client.line() == "<three>");
}

TEST_CASE("control listener: a line without an end is cut off, and the next client is served") {
  Rig rig;
  UnixClient endless(rig.listener->path());
  endless.send(std::string(net::ControlListener::kLineBytesMax + 1, 'x'));
  CHECK(endless.line().empty());
  UnixClient next(rig.listener->path());
  next.send("next\n");
  CHECK(next.line() == "<next>");
}

TEST_CASE("control listener: clients are bounded, and room comes back") {
  Rig rig;
  std::vector<std::unique_ptr<UnixClient>> clients;
  for (std::size_t i = 0; i < net::ControlListener::kClientsMax; ++i) {
    clients.push_back(std::make_unique<UnixClient>(rig.listener->path()));
    clients.back()->send("hello\n");
    CHECK(clients.back()->line() == "<hello>");
  }
  CHECK(UnixClient(rig.listener->path()).line().empty());
  clients.pop_back();
  // The broker sees the end of a connection when it comes to it.
  std::string answer;
  for (int i = 0; i < 1000 && answer.empty(); ++i) {
    UnixClient again(rig.listener->path());
    again.send("again\n");
    answer = again.line();
  }
  CHECK(answer == "<again>");
}
