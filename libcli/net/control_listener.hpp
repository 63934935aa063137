#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <asio/local/stream_protocol.hpp>

#include "base/result.hpp"
#include "net/io_context_thread.hpp"

namespace kreel::net {

/// A Unix socket of mode 0600 on which the broker's owner gives orders, one line each, and gets one
/// line back for each. Lives on one io thread. Lines and the number of clients are bounded.
class ControlListener {
 public:
  static constexpr std::size_t kLineBytesMax = 64 * 1024;
  static constexpr std::size_t kClientsMax = 8;
  /// On the io thread; the answer has no line feed.
  using Handler = std::function<std::string(std::string_view line)>;

  /// Binds and accepts. What is at `path` is replaced: the caller holds the directory's lock.
  static Result<std::unique_ptr<ControlListener>> open(IoContextThread& thread, std::string path,
                                                       Handler handler);
  /// Removes the socket. When the thread has stopped.
  ~ControlListener();

  const std::string& path() const { return path_; }

 private:
  ControlListener(IoContextThread& thread, std::string path, int descriptor, Handler handler);
  void accept_next();

  IoContextThread& thread_;
  std::string path_;
  asio::local::stream_protocol::acceptor acceptor_;
  Handler handler_;
  /// Counts the clients: each holds a reference.
  std::shared_ptr<int> clients_ = std::make_shared<int>();
};

}  // namespace kreel::net
