#include "kafka/included_topics.hpp"

namespace kreel::kafka_tools {
namespace {

// Records wait while this is asked for.
constexpr std::int64_t kTopicsAnswerMs = 2'000;

}  // namespace

bool IncludedTopics::refresh(const ClientConfig& config, std::int64_t now_ms) {
  if (now_ms < next_ms_) return false;
  next_ms_ = now_ms + refresh_ms_;
  if (!admin_) {
    ClientConfig short_config = config;
    short_config.timeout_ms = kTopicsAnswerMs;
    auto admin = AdminClient::connect(short_config);
    if (!admin) return false;
    admin_ = std::move(*admin);
    asked_ = admin_.get();
  }
  const auto listed = admin_->list_topics();
  if (!listed) {
    asked_ = nullptr;
    admin_.reset();
    return false;
  }
  std::vector<std::string> matching;
  for (const TopicInfo& topic : *listed) {
    if (topic.internal && !with_internal_) continue;
    if (pattern_.matches(topic.name)) matching.push_back(topic.name);
  }
  if (matching == topics_) return false;
  topics_ = std::move(matching);
  return true;
}

}  // namespace kreel::kafka_tools
