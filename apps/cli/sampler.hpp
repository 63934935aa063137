#pragma once

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace kreel::cli {

// Takes a sample again and again on a thread of its own, so that whoever draws, reads keys and
// obeys signals never waits for a broker. Signals go to the other threads.
template <class Sample>
class Sampler {
 public:
  // The first one at once, each next one `interval` after the one before began.
  Sampler(std::function<Sample()> take, std::chrono::milliseconds interval)
      : state_(std::make_shared<State>()) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([state = state_, take = std::move(take), interval]() mutable {
      run(*state, take, interval);
      take = nullptr;
      state->finish();
    }).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  // Waits a moment for the thread, but not for a broker that does not answer: the process is about
  // to end then.
  ~Sampler() {
    std::unique_lock lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
    state_->changed.wait_for(lock, kPatience, [&] { return state_->finished; });
  }
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // Readable while there is a sample to get(); for poll().
  int descriptor() const { return state_->descriptor; }
  // The newest sample that nobody got.
  std::optional<Sample> get() {
    const std::lock_guard lock(state_->mutex);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto read = ::read(state_->descriptor, &count, sizeof(count));
    return std::exchange(state_->newest, std::nullopt);
  }

 private:
  static constexpr std::chrono::milliseconds kPatience{500};

  struct State {
    ~State() { ::close(descriptor); }
    void finish() {
      const std::lock_guard lock(mutex);
      finished = true;
      changed.notify_all();
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Sample> newest;
    bool stopping = false;
    bool finished = false;
    const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  };

  static void run(State& state, const std::function<Sample()>& take,
                  std::chrono::milliseconds interval) {
    while (true) {
      const auto next = std::chrono::steady_clock::now() + interval;
      Sample sample = take();
      std::unique_lock lock(state.mutex);
      if (state.stopping) return;
      state.newest = std::move(sample);
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto written = ::write(state.descriptor, &one, sizeof(one));
      if (state.changed.wait_until(lock, next, [&] { return state.stopping; })) return;
    }
  }

  std::shared_ptr<State> state_;
};

}  // namespace kreel::cli
