#include <algorithm>

#include "client/deadline.hpp"
#include "client/producer_impl.hpp"

// Whether the topic of a record can be written, before the record is.

namespace kreel {
namespace {

/// How long one question may take, and the pause before the next one; stop() is looked at between.
constexpr std::int64_t kTopicAnswerMs = 500;
constexpr int kTopicPauseMs = 100;

/// What a topic may be a moment after it was made.
bool may_come(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

using RdMetadata =
    std::unique_ptr<const rd_kafka_metadata_t, client::RdDeleter<rd_kafka_metadata_destroy>>;

}  // namespace

Result<TopicReadiness> Producer::Impl::ask_for_topic(const std::string& topic,
                                                     std::int64_t wait_ms) {
  TRY_ASSIGN(rd_kafka_topic_t * handle, topic_of(topic));
  const rd_kafka_metadata_t* answer = nullptr;
  const auto code = rd_kafka_metadata(handle_, 0, handle, &answer,
                                      static_cast<int>(std::max<std::int64_t>(1, wait_ms)));
  const RdMetadata metadata(answer);
  poll(0);
  {
    const std::lock_guard lock(last_error_mutex_);
    if (not_let_in_) return fail(*not_let_in_);
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt == 0) {
    return TopicReadiness::kNoBroker;
  }
  const rd_kafka_resp_err_t topic_code = metadata->topics[0].err;
  if (topic_code == RD_KAFKA_RESP_ERR_NO_ERROR) return TopicReadiness::kReady;
  if (may_come(topic_code)) return TopicReadiness::kUnknown;
  return fail(client::describe_rd_error(topic_code, rd_kafka_err2str(topic_code), topic, "WRITE"));
}

Result<TopicReadiness> Producer::Impl::wait_for_topic(const std::string& topic,
                                                      std::int64_t wait_ms) {
  const auto deadline = client::Deadline::in_ms(wait_ms);
  while (true) {
    TRY_ASSIGN(const TopicReadiness found,
               ask_for_topic(topic, std::min(kTopicAnswerMs, deadline.remaining_ms())));
    if (found == TopicReadiness::kReady || deadline.passed() || stopped_) return found;
    poll(std::min<std::int64_t>(kTopicPauseMs, deadline.remaining_ms()));
  }
}

}  // namespace kreel
