#pragma once

// What the handlers of topics, settings and the cluster share.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "broker/broker.hpp"
#include "broker/handlers/handlers.hpp"
#include "catalog/effective_config.hpp"

namespace kreel::broker {

/// Partitions that one request may create, as in Kafka.
inline constexpr std::size_t kNewPartitionsMax = 10'000;
inline constexpr std::string_view kTooManyPartitions =
    "Unable to perform excessively large batch operation.";
inline constexpr std::string_view kUnknownTopic = "This server does not host this topic-partition.";
inline constexpr std::string_view kUnknownTopicId = "This server does not host this topic ID.";

/// What clients of the connection's listener are told to connect to.
struct BrokerAddress {
  std::int32_t node_id = 0;
  std::string host;
  std::int32_t port = 0;
  std::optional<std::string> rack;
};
BrokerAddress own_address(const RequestContext& context);

/// The layers of broker settings in `snapshot`, which the caller keeps alive.
catalog::BrokerLayers broker_layers(const Broker& broker, const catalog::Snapshot& snapshot);

/// Text for a reply: null when there is none, and short enough for its field.
std::optional<std::string> reply_message(std::string text);

/// Runs `work(broker, request, response)` where the disk may be waited for, then replies. The call
/// itself is touched on its io thread alone.
template <class Api, class Work>
void answer_after(Call<Api> call, RequestContext& context, Work work) {
  struct State {
    Call<Api> call;
    typename Api::Response response;
  };
  auto state = std::make_shared<State>(State{std::move(call), {}});
  Broker& broker = context.broker;
  broker.run_blocking([state, work = std::move(work),
                       &broker] { work(broker, state->call.request, state->response); },
                      context.io, [state] { state->call.reply(state->response); });
}

}  // namespace kreel::broker
