#pragma once

#include <utility>

#include "base/executor.hpp"
#include "coordinator/reply.hpp"

namespace kreel::coordinator {

/// Runs `ask(shard, reply)` on the shard's thread, at once if that is this one, with a reply that
/// finds its way back to `home`, the executor of the calling thread.
template <class Response, class Shard, class Ask>
void ask_shard(Executor& home, Executor& of_shard, Shard& shard, Reply<Response> reply, Ask ask) {
  if (&of_shard == &home) return ask(shard, std::move(reply));
  of_shard.post([&home, &shard, reply = std::move(reply), ask = std::move(ask)]() mutable {
    ask(shard, Reply<Response>([&home, reply = std::move(reply)](Response response) {
          home.post(
              [reply, response = std::move(response)]() mutable { reply(std::move(response)); });
        }));
  });
}

}  // namespace kreel::coordinator
