#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "client/consumer_impl.hpp"
#include "client/deadline.hpp"
#include "client/error_text.hpp"
#include "kreel/units.hpp"

// Opening, assignment and closing of Consumer; reading is in consumer.cpp, and what becomes of
// brokers that are gone in consumer_reachability.cpp.

namespace kreel {
namespace {

constexpr std::int64_t kCloseOnDestroyMs = 2'000;
/// Who has been silent for a while is hardly back within a moment.
constexpr std::int64_t kCloseWhenLostMs = 300;
constexpr int kCloseSliceMs = 50;
constexpr int kDestroysUnassignedMembers = 0x02030000;

std::vector<TopicPartition> names_of(const rd_kafka_topic_partition_list_t& partitions) {
  std::vector<TopicPartition> names;
  for (int i = 0; i < partitions.cnt; ++i) {
    names.push_back({partitions.elems[i].topic, partitions.elems[i].partition});
  }
  std::ranges::sort(names);
  return names;
}

client::RdPartitions new_list(std::size_t size) {
  return client::RdPartitions(rd_kafka_topic_partition_list_new(static_cast<int>(size)));
}

}  // namespace

void Consumer::Impl::stop() {
  stopped_ = true;
  wake_.set();
}

Consumer::Impl::~Impl() {
  if (handle_ == nullptr) return;
  static_cast<void>(close(kCloseOnDestroyMs));
  current_.reset();
  lanes_.reset();
  topics_.clear();
  rd_kafka_queue_io_event_enable(queue_.get(), -1, nullptr, 0);
  queue_.reset();
  rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

// A member that could not leave is waited for by librdkafka until its session is over, and longer.
// Before 2.3 librdkafka asserts that its cooperative-sticky assignor has a state, which a member
// has from its first assignment on (librdkafka #4312).
bool Consumer::Impl::abandon() {
  if (handle_ == nullptr || group_.empty()) return false;
  static_cast<void>(close(kCloseOnDestroyMs));
  const bool asserts =
      rd_kafka_version() < kDestroysUnassignedMembers && !was_assigned_ && cooperative_;
  if (!asserts && rd_kafka_consumer_closed(handle_) != 0) return false;
  rd_kafka_set_log_level(handle_, 0);
  return true;
}

Result<void> Consumer::Impl::open_handle(const ClientConfig& config, client::RdSettings defaults,
                                         const client::RdSettings& fixed) {
  defaults.insert(defaults.end(), {{"isolation.level", "read_committed"},
                                   {"check.crcs", "true"},
                                   {"reconnect.backoff.max.ms", "1000"},
                                   {"statistics.interval.ms", "1000"},
                                   {"allow.auto.create.topics", "false"}});
  TRY_ASSIGN(client::RdConf conf, client::make_rd_conf(config, defaults, fixed));
  read_waits(config, conf.get());
  user_ = client::user_of(config);
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
  rd_kafka_conf_set_stats_cb(conf.get(), on_statistics);
  std::array<char, 512> text{};
  handle_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), text.data(), text.size());
  if (handle_ == nullptr) return fail(ErrorKind::kUsage, text.data());
  static_cast<void>(conf.release());
  rd_kafka_poll_set_consumer(handle_);
  queue_.reset(rd_kafka_queue_get_consumer(handle_));
  rd_kafka_queue_io_event_enable(queue_.get(), wake_.get(), &client::WakeDescriptor::kPayload,
                                 sizeof(client::WakeDescriptor::kPayload));
  lanes_.emplace(handle_, options_.priority, wake_.get());
  return {};
}

Result<void> Consumer::Impl::start_assigned(const ClientConfig& config,
                                            std::vector<ReadRange> ranges) {
  // An unused group id: librdkafka wants one for its consumer interface. Nothing is committed.
  TRY(open_handle(config, {{"group.id", "kreel"}, {"fetch.wait.max.ms", "100"}},
                  {{"enable.auto.commit", "false"},
                   {"enable.auto.offset.store", "false"},
                   {"enable.partition.eof", "true"},
                   {"auto.offset.reset", options_.out_of_range}}));
  const auto list = new_list(ranges.size());
  for (ReadRange& range : ranges) {
    const bool empty = range.end && *range.end <= range.start;
    if (!empty) {
      // Of its own, so that its leaders are asked for at once.
      if (list->cnt == 0 || list->elems[list->cnt - 1].topic != range.at.topic) {
        topics_.emplace_back(rd_kafka_topic_new(handle_, range.at.topic.c_str(), nullptr));
      }
      rd_kafka_topic_partition_list_add(list.get(), range.at.topic.c_str(), range.at.partition)
          ->offset = range.start;
      ++open_ranges_;
    }
    ranges_[std::move(range.at)] = {range.start, range.end, empty};
  }
  lanes_->attach(*list);
  const auto code = rd_kafka_assign(handle_, list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return fail(ErrorKind::kFailed, rd_kafka_err2str(code));
  }
  return {};
}

Result<void> Consumer::Impl::start_subscribed(const ClientConfig& config, const std::string& group,
                                              const std::vector<std::string>& topics) {
  if (group.empty()) return fail(ErrorKind::kUsage, "the name of a group cannot be empty");
  group_ = group;
  cooperative_ =
      client::user_value(config, "partition.assignment.strategy", "").find("cooperative") !=
      std::string::npos;
  client::RdSettings defaults{{"auto.offset.reset", "earliest"}};
  // The end of a topic is seen when a fetch comes back empty.
  const bool wants_ends = !options_.priority.empty() || options_.patience_ms;
  if (wants_ends) defaults.push_back({"fetch.wait.max.ms", "100"});
  TRY(open_handle(config, std::move(defaults),
                  {{"group.id", group},
                   {"enable.partition.eof", "true"},
                   {"enable.auto.commit", options_.commit ? "true" : "false"},
                   {"enable.auto.offset.store", "false"}}));
  return topics.empty() ? Result<void>() : change_topics(topics);
}

Result<void> Consumer::Impl::change_topics(const std::vector<std::string>& topics) {
  if (topics.empty()) {
    rd_kafka_unsubscribe(handle_);
    return {};
  }
  const auto list = new_list(topics.size());
  for (const std::string& topic : topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const auto code = rd_kafka_subscribe(handle_, list.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return fail(ErrorKind::kUsage, rd_kafka_err2str(code));
}

void Consumer::Impl::on_log(const rd_kafka_t* handle, int level, const char* facility,
                            const char* message) {
  const Impl& impl = *static_cast<Impl*>(rd_kafka_opaque(handle));
  if (impl.options_.on_log) impl.options_.on_log(level, facility, message);
}

void Consumer::Impl::on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
  Impl& impl = *static_cast<Impl*>(opaque);
  const auto lost = static_cast<rd_kafka_resp_err_t>(code);
  if (client::is_lost_connection(lost) && lost != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    impl.last_failure_ = client::describe_connection(reason);
  }
  const bool final = code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL ||
                     code == RD_KAFKA_RESP_ERR__FATAL;
  if (!final || impl.fatal_) return;
  impl.fatal_ = impl.read_error(static_cast<rd_kafka_resp_err_t>(code), reason, impl.group_);
}

void Consumer::Impl::on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code,
                                  rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  static_cast<Impl*>(opaque)->rebalance(code, partitions);
}

void Consumer::Impl::rebalance(rd_kafka_resp_err_t code,
                               rd_kafka_topic_partition_list_t* partitions) {
  const bool cooperative = std::string_view(rd_kafka_rebalance_protocol(handle_)) == "COOPERATIVE";
  const bool assigned = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  const std::vector<TopicPartition> names = names_of(*partitions);
  was_assigned_ = was_assigned_ || assigned;
  if (!assigned && options_.on_revoked) {
    options_.on_revoked(names, rd_kafka_assignment_lost(handle_) != 0);
  }
  // What was written belongs to the old assignment, and is committed with it.
  store_marks();
  if (assigned) {
    if (options_.reset_age_ms) place_by_age(*partitions);
    lanes_->attach(*partitions);
  } else {
    lanes_->detach(*partitions);
    for (const TopicPartition& at : names) readings_.erase(at);
    last_reading_ = nullptr;
  }
  if (cooperative) {
    rd_kafka_error_t* error = assigned ? rd_kafka_incremental_assign(handle_, partitions)
                                       : rd_kafka_incremental_unassign(handle_, partitions);
    if (error != nullptr) {
      fatal_ = Error(ErrorKind::kFailed, rd_kafka_error_string(error));
      rd_kafka_error_destroy(error);
    }
  } else {
    rd_kafka_assign(handle_, assigned ? partitions : nullptr);
  }
  // Not rd_kafka_assignment(): it has no answer any more for a member that is closing.
  std::vector<TopicPartition> held;
  if (!cooperative) {
    if (assigned) held = names;
  } else if (assigned) {
    std::ranges::set_union(held_, names, std::back_inserter(held));
  } else {
    std::ranges::set_difference(held_, names, std::back_inserter(held));
  }
  held_ = std::move(held);
  if (options_.on_assignment) options_.on_assignment(held_);
}

Consumer::Impl::Range* Consumer::Impl::range_of(const char* topic, std::int32_t partition) {
  // Records come in runs of one partition.
  if (last_range_ != nullptr && last_at_.partition == partition && last_at_.topic == topic) {
    return last_range_;
  }
  const auto found = ranges_.find({topic, partition});
  if (found == ranges_.end()) return nullptr;
  last_at_ = found->first;
  last_range_ = &found->second;
  return last_range_;
}

Consumer::Impl::Reading& Consumer::Impl::reading_of(const char* topic, std::int32_t partition) {
  if (last_reading_ == nullptr || last_at_.partition != partition || last_at_.topic != topic) {
    last_at_ = {topic, partition};
    last_reading_ = &readings_[last_at_];
  }
  return *last_reading_;
}

void Consumer::Impl::finish_range(const TopicPartition& at, Range& range) {
  if (range.finished) return;
  range.finished = true;
  --open_ranges_;
  lanes_->finish(at);
  const auto list = new_list(1);
  rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition);
  rd_kafka_pause_partitions(handle_, list.get());
}

void Consumer::Impl::finish(const TopicPartition& at) {
  if (const auto found = ranges_.find(at); found != ranges_.end()) {
    finish_range(at, found->second);
  }
}

std::vector<RecordLocation> Consumer::Impl::positions() const {
  std::vector<RecordLocation> positions;
  for (const auto& [at, range] : ranges_) positions.push_back({at, range.next});
  for (const auto& [at, reading] : readings_) {
    positions.push_back({at, std::max(reading.next, reading.end)});
  }
  return positions;
}

Result<void> Consumer::Impl::close(std::int64_t wait_ms) {
  if (closed_) return {};
  closed_ = true;
  if (group_.empty()) {
    rd_kafka_assign(handle_, nullptr);
    return {};
  }
  store_marks();
  const client::RdQueue events(rd_kafka_queue_new(handle_));
  if (rd_kafka_error_t* error = rd_kafka_consumer_close_queue(handle_, events.get())) {
    Error failure(ErrorKind::kFailed, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return fail(std::move(failure));
  }
  if (reachability_.is_lost()) wait_ms = std::min(wait_ms, kCloseWhenLostMs);
  const auto deadline = client::Deadline::in_ms(wait_ms);
  while (rd_kafka_consumer_closed(handle_) == 0) {
    if (deadline.passed()) {
      return fail(ErrorKind::kUnreachable,
                  fmt::format("the group's coordinator did not answer in {}; the last offsets may "
                              "not be committed",
                              format_duration(std::chrono::milliseconds(wait_ms))));
    }
    // Records that were fetched ahead come out here too, and are dropped.
    rd_kafka_event_t* event = rd_kafka_queue_poll(events.get(), kCloseSliceMs);
    if (event == nullptr) continue;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE) {
      rebalance(rd_kafka_event_error(event), rd_kafka_event_topic_partition_list(event));
    }
    rd_kafka_event_destroy(event);
  }
  return {};
}

}  // namespace kreel
