#include "coordinator/group/group.hpp"
#include "protocol/codec.hpp"
#include "protocol/messages/consumer_protocol.hpp"

namespace kreel::coordinator {

std::optional<std::set<std::string>> Group::subscribed_topics() const {
  std::set<std::string> topics;
  for (const auto& [id, member] : members_) {
    const Bytes* metadata = member->metadata(protocol_name);
    if (metadata == nullptr) return std::nullopt;
    // Version 0 is the prefix of every later version, those that are yet to come included.
    protocol::WireReader in(*metadata);
    const auto version = in.read_int<std::int16_t>();
    protocol::ConsumerProtocolSubscription subscription;
    protocol::decode(subscription, 0, in);
    if (in.failed() || version < 0) return std::nullopt;
    topics.insert(subscription.topics.begin(), subscription.topics.end());
  }
  return topics;
}

}  // namespace kreel::coordinator
