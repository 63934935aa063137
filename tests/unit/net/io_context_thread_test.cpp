#include "net/io_context_thread.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <memory>
#include <thread>

#include "net/connection.hpp"

using namespace kreel;
using net::IoContextThread;

TEST_CASE("io thread: a timer that is cancelled while it is already due does not run") {
  IoContextThread loop;
  bool second_ran = false;
  std::promise<void> done;
  loop.post([&] {
    auto second = std::make_shared<Executor::TimerId>(0);
    loop.schedule_after_ms(1, [&loop, second] { loop.cancel(*second); });
    *second = loop.schedule_after_ms(1, [&second_ran] { second_ran = true; });
    loop.schedule_after_ms(2, [&done] { done.set_value(); });
    // All three are due when the loop looks again.
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  });
  loop.start("io");
  done.get_future().wait();
  loop.stop();
  CHECK_FALSE(second_ran);
}

TEST_CASE("io thread: tasks that have not run when it ends are destroyed on demand, not run") {
  IoContextThread loop;
  IoContextThread other;
  bool ran = false;
  // As a reply's connection: its socket belongs to the other thread.
  const auto socket = std::make_shared<asio::ip::tcp::socket>(other.context());
  socket->open(asio::ip::tcp::v4());
  loop.post([socket, &ran] { ran = true; });
  loop.schedule_after_ms(0, [socket, &ran] { ran = true; });
  socket->async_wait(asio::ip::tcp::socket::wait_read, [socket](const asio::error_code&) {});
  loop.stop();
  other.stop();
  CHECK(socket.use_count() == 4);
  loop.drop_tasks();
  other.drop_tasks();
  CHECK(socket.use_count() == 1);
  CHECK_FALSE(ran);
}
