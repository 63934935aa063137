#pragma once

#include <utility>

#include "base/executor.hpp"
#include "coordinator/reply.hpp"

namespace kreel::coordinator {

/// Runs `ask(shard, reply)` on the shard's thread, at once if that is this one, with a reply that
/// finds its way back to `home`, the executor of the calling thread.
template <class Response, class Shard, class Ask>
void ask_shard(Executor& home, Executor& of_shard, Shard& shard, Reply<Response> reply, Ask ask) {
  // A coordinator's step is not left half done: without memory the process ends, as by kill -9.
  const auto step = [&shard](Ask& run, Reply<Response> to) noexcept { run(shard, std::move(to)); };
  if (&of_shard == &home) return step(ask, std::move(reply));
  of_shard.post([&home, step, reply = std::move(reply), ask = std::move(ask)]() mutable {
    step(ask, Reply<Response>([&home, reply = std::move(reply)](Response response) {
          home.post(
              [reply, response = std::move(response)]() mutable { reply(std::move(response)); });
        }));
  });
}

}  // namespace kreel::coordinator
