#include "client/library_admin.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "client/error_text.hpp"

namespace kreel::client {
namespace {

/// How often a wait looks whether a login has failed.
constexpr std::int64_t kLoginLookMs = 200;

std::vector<std::int32_t> ids(const std::int32_t* first, int count) {
  return {first, first + count};
}

TopicInfo topic_info(const rd_kafka_metadata_topic_t& from, const std::string& user) {
  TopicInfo topic;
  topic.name = from.topic;
  if (from.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    topic.error = ItemError{
        describe_rd_error(from.err, rd_kafka_err2str(from.err), topic.name, "DESCRIBE", user),
        static_cast<std::int16_t>(from.err)};
    return topic;
  }
  topic.internal = topic.name == "__consumer_offsets" || topic.name == "__transaction_state";
  for (int i = 0; i < from.partition_cnt; ++i) {
    const rd_kafka_metadata_partition_t& partition = from.partitions[i];
    PartitionInfo& info = topic.partitions.emplace_back();
    info.partition = partition.id;
    if (partition.leader >= 0) info.leader = partition.leader;
    info.replicas = ids(partition.replicas, partition.replica_cnt);
    info.isr = ids(partition.isrs, partition.isr_cnt);
  }
  std::ranges::sort(topic.partitions, {}, &PartitionInfo::partition);
  return topic;
}

}  // namespace

bool only_library_logs_in(const ClientConfig& config) {
  return has_sasl(config.security_protocol) &&
         user_value(config, "sasl.mechanisms", "") == "OAUTHBEARER" &&
         user_value(config, "sasl.oauthbearer.method", "") == "oidc";
}

tl::unexpected<Error> LibraryAdmin::refused() const {
  return fail(
      ErrorKind::kUsage,
      "sasl.mechanism=OAUTHBEARER: kreel's own client does not log in this way "
      "(sasl.oauthbearer.method)",
      "produce and consume do, by librdkafka; this needs PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, "
      "GSSAPI, or a client certificate");
}

void LibraryAdmin::on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
  auto& admin = *static_cast<LibraryAdmin*>(opaque);
  const auto rd_code = static_cast<rd_kafka_resp_err_t>(code);
  if (rd_code != RD_KAFKA_RESP_ERR__AUTHENTICATION && rd_code != RD_KAFKA_RESP_ERR__SSL) return;
  const std::lock_guard lock(admin.mutex_);
  admin.login_error_ = describe_rd_error(rd_code, reason, "", "");
}

Result<rd_kafka_t*> LibraryAdmin::client(Isolation isolation) {
  Client& client = clients_[static_cast<std::size_t>(isolation)];
  if (client) return client.get();
  const bool committed = isolation == Isolation::kReadCommitted;
  TRY_ASSIGN(RdConf conf,
             make_rd_conf(config_, {},
                          {{"isolation.level", committed ? "read_committed" : "read_uncommitted"},
                           {"allow.auto.create.topics", "false"}}));
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  std::array<char, 512> text{};
  client.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), text.data(), text.size()));
  if (client == nullptr) return fail(ErrorKind::kUsage, text.data());
  static_cast<void>(conf.release());
  return client.get();
}

Error LibraryAdmin::call_error(rd_kafka_resp_err_t code, const std::string& topic) const {
  const std::lock_guard lock(mutex_);
  if (login_error_ && is_lost_connection(code)) return *login_error_;
  return describe_rd_error(code, rd_kafka_err2str(code), topic, "DESCRIBE", user());
}

Result<LibraryAdmin::Metadata> LibraryAdmin::metadata() {
  TRY_ASSIGN(rd_kafka_t * client, this->client(Isolation::kReadCommitted));
  const Deadline deadline = latest_end_.limit(Deadline::in_ms(config_.timeout_ms));
  while (true) {
    const rd_kafka_metadata_t* found = nullptr;
    const auto wait_ms = static_cast<int>(std::min(kLoginLookMs, deadline.remaining_ms()));
    const rd_kafka_resp_err_t code =
        rd_kafka_metadata(client, 1, nullptr, &found, std::max(wait_ms, 1));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Metadata(found);
    rd_kafka_poll(client, 0);
    const Error error = call_error(code, "");
    if (!is_lost_connection(code) || error.kind() == ErrorKind::kAuthentication ||
        deadline.passed()) {
      return fail(error);
    }
  }
}

Result<ClusterInfo> LibraryAdmin::describe_cluster() {
  TRY_ASSIGN(const Metadata found, metadata());
  TRY_ASSIGN(rd_kafka_t * client, this->client(Isolation::kReadCommitted));
  ClusterInfo info;
  const auto timeout_ms = static_cast<int>(config_.timeout_ms);
  if (char* id = rd_kafka_clusterid(client, timeout_ms)) {
    info.cluster_id = id;
    rd_kafka_mem_free(client, id);
  }
  if (const auto id = rd_kafka_controllerid(client, timeout_ms); id >= 0) info.controller_id = id;
  for (int i = 0; i < found->broker_cnt; ++i) {
    const rd_kafka_metadata_broker_t& broker = found->brokers[i];
    info.brokers.push_back({broker.id, broker.host, broker.port, std::nullopt, false});
  }
  std::ranges::sort(info.brokers, {}, &BrokerInfo::id);
  return info;
}

Result<std::vector<TopicInfo>> LibraryAdmin::list_topics() {
  TRY_ASSIGN(const Metadata found, metadata());
  std::vector<TopicInfo> topics;
  for (int i = 0; i < found->topic_cnt; ++i) {
    topics.push_back(topic_info(found->topics[i], user()));
  }
  std::ranges::sort(topics, {}, &TopicInfo::name);
  return topics;
}

// Of all topics, since librdkafka's own question for one topic may make it.
Result<std::vector<TopicInfo>> LibraryAdmin::describe_topics(std::span<const std::string> names) {
  TRY_ASSIGN(const auto all, list_topics());
  std::vector<std::string> known;
  for (const TopicInfo& topic : all) known.push_back(topic.name);
  std::vector<TopicInfo> topics;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(all, name, &TopicInfo::name);
    if (found != all.end()) {
      topics.push_back(*found);
      continue;
    }
    TopicInfo& unknown = topics.emplace_back();
    unknown.name = name;
    unknown.error =
        ItemError{not_found("topic", name, known),
                  static_cast<std::int16_t>(protocol::ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)};
  }
  return topics;
}

Result<std::int64_t> LibraryAdmin::offset_of(rd_kafka_t* client, const OffsetQuery& query,
                                             const Deadline& deadline) {
  const auto timeout_ms = static_cast<int>(std::max<std::int64_t>(deadline.remaining_ms(), 1));
  const auto& [topic, partition] = query.at;
  if (query.spec.kind == OffsetSpec::Kind::kAtTime) {
    const RdPartitions wanted(rd_kafka_topic_partition_list_new(1));
    auto* at = rd_kafka_topic_partition_list_add(wanted.get(), topic.c_str(), partition);
    at->offset = query.spec.time_ms;
    const auto code = rd_kafka_offsets_for_times(client, wanted.get(), timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(call_error(code, topic));
    if (at->err != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(call_error(at->err, topic));
    return at->offset;
  }
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto code =
      rd_kafka_query_watermark_offsets(client, topic.c_str(), partition, &low, &high, timeout_ms);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(call_error(code, topic));
  return query.spec.kind == OffsetSpec::Kind::kEarliest ? low : high;
}

Result<std::vector<ListedOffset>> LibraryAdmin::list_offsets(std::span<const OffsetQuery> queries,
                                                             Isolation isolation) {
  TRY_ASSIGN(rd_kafka_t * client, this->client(isolation));
  const Deadline deadline = latest_end_.limit(Deadline::in_ms(config_.timeout_ms));
  std::vector<ListedOffset> listed;
  for (const OffsetQuery& query : queries) {
    const bool is_known = query.spec.kind == OffsetSpec::Kind::kEarliest ||
                          query.spec.kind == OffsetSpec::Kind::kLatest ||
                          query.spec.kind == OffsetSpec::Kind::kAtTime;
    if (!is_known) return refused();
    ListedOffset& item = listed.emplace_back();
    item.at = query.at;
    const auto offset = offset_of(client, query, deadline);
    if (!offset) {
      item.error = ItemError{offset.error(), 0};
    } else if (*offset >= 0) {
      item.offset = *offset;
    }
  }
  return listed;
}

}  // namespace kreel::client
