#include "load.hpp"

#include <cstdlib>
#include <ctime>

#include <algorithm>
#include <chrono>

#include <zlib.h>

namespace load {
namespace {

constexpr int kPatienceS = 60;

long long seconds_from_now(int seconds) {
  return now_ns() + seconds * 1'000'000'000LL;
}

/// Where a reader that has run before is already.
std::vector<bool> reached(rd_kafka_t* reader, const std::vector<std::int64_t>& ends) {
  std::vector<bool> done(ends.size());
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  if (rd_kafka_assignment(reader, &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return done;
  const PartitionList list(assigned);
  rd_kafka_position(reader, list.get());
  for (int i = 0; i < list->cnt; ++i) {
    const auto at = static_cast<std::size_t>(list->elems[i].partition);
    done[at] = list->elems[i].offset >= ends[at];
  }
  return done;
}

}  // namespace

std::atomic<bool> calm{false};
std::atomic<bool> stopping{false};

long long now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

void pause_ms(int ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

unsigned long crc_of(const void* data, std::size_t size) {
  return crc32(0, static_cast<const Bytef*>(data), static_cast<uInt>(size));
}

std::string text_of(const void* data, std::size_t size) {
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

History::History(const char* path) : file_(std::fopen(path, "w")) {
  if (file_ == nullptr) {
    std::perror(path);
    std::exit(1);
  }
}

void History::add(const char* kind, const std::string& rest) {
  const std::lock_guard lock(mutex_);
  std::fprintf(file_, "%s %lld %s\n", kind, now_ns(), rest.c_str());
}

PartitionList partition_list() {
  return PartitionList(rd_kafka_topic_partition_list_new(4));
}

Settings common_settings(const Load& load) {
  return {{"bootstrap.servers", load.brokers},
          {"reconnect.backoff.ms", "10"},
          {"reconnect.backoff.max.ms", "50"},
          {"retry.backoff.ms", "10"},
          {"topic.metadata.refresh.interval.ms", "1000"},
          {"socket.timeout.ms", "10000"}};
}

Handle make_handle(rd_kafka_type_t type, const Client& client) {
  char error[512] = {};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : client.settings) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof(error)) != RD_KAFKA_CONF_OK) {
      std::fprintf(stderr, "kill_load: %s\n", error);
      std::exit(1);
    }
  }
  rd_kafka_conf_set_opaque(conf, client.opaque);
  if (client.on_delivery != nullptr) rd_kafka_conf_set_dr_msg_cb(conf, client.on_delivery);
  if (client.on_rebalance != nullptr) rd_kafka_conf_set_rebalance_cb(conf, client.on_rebalance);
  // Refused connections are the daily bread of this program.
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
  Handle handle(rd_kafka_new(type, conf, error, sizeof(error)));
  if (!handle) {
    std::fprintf(stderr, "kill_load: %s\n", error);
    std::exit(1);
  }
  if (type == RD_KAFKA_CONSUMER) rd_kafka_poll_set_consumer(handle.get());
  return handle;
}

Handle make_asker(const Load& load, const char* isolation) {
  Client client;
  client.settings = common_settings(load);
  client.settings.emplace_back("isolation.level", isolation);
  client.settings.emplace_back("group.id", "asker");
  return make_handle(RD_KAFKA_CONSUMER, client);
}

Handle make_reader(const Load& load, const std::string& topic, int count, const char* isolation) {
  Client client;
  client.settings = common_settings(load);
  for (const auto& [name, value] : Settings{{"group.id", "reader"},
                                            {"enable.auto.commit", "false"},
                                            {"auto.offset.reset", "error"},
                                            {"check.crcs", "true"},
                                            {"enable.partition.eof", "true"},
                                            {"isolation.level", isolation},
                                            {"fetch.wait.max.ms", "50"},
                                            {"fetch.error.backoff.ms", "10"}}) {
    client.settings.emplace_back(name, value);
  }
  auto handle = make_handle(RD_KAFKA_CONSUMER, client);
  const auto list = partition_list();
  for (int i = 0; i < count; ++i) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset = 0;
  }
  rd_kafka_assign(handle.get(), list.get());
  return handle;
}

Watermarks ask_watermarks(rd_kafka_t* asker, const std::string& topic, int partition) {
  Watermarks marks;
  const auto error = rd_kafka_query_watermark_offsets(asker, topic.c_str(), partition, &marks.low,
                                                      &marks.high, 2'000);
  return error == RD_KAFKA_RESP_ERR_NO_ERROR ? marks : Watermarks{};
}

bool find_ends(const Load& load, const std::string& topic, int count, const char* isolation,
               std::vector<std::int64_t>& ends) {
  const auto asker = make_asker(load, isolation);
  const auto deadline = seconds_from_now(kPatienceS);
  ends.clear();
  for (int i = 0; i < count; ++i) {
    Watermarks marks;
    while (marks.high < 0 && now_ns() < deadline) marks = ask_watermarks(asker.get(), topic, i);
    if (marks.high < 0) return false;
    ends.push_back(marks.high);
  }
  return true;
}

// Only the event that tells the end says that everything before it was read: the last offset may be
// a marker's, and what a read stops in front of may be newer than what compaction has taken away.
bool read_to(rd_kafka_t* reader, const std::vector<std::int64_t>& ends,
             const OnMessage& on_message) {
  std::vector<bool> done = reached(reader, ends);
  const auto deadline = seconds_from_now(kPatienceS);
  while (std::count(done.begin(), done.end(), false) > 0 && now_ns() < deadline) {
    const Message message(rd_kafka_consumer_poll(reader, 50));
    if (!message) continue;
    const auto at = static_cast<std::size_t>(message->partition);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) on_message(*message);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && message->offset >= ends[at]) {
      done[at] = true;
    }
  }
  return std::count(done.begin(), done.end(), false) == 0;
}

bool read_all(const Load& load, const std::string& topic, int count, const char* isolation,
              const OnMessage& on_message, Until until) {
  std::vector<std::int64_t> ends;
  const char* end = until == Until::kLastStable ? "read_committed" : "read_uncommitted";
  if (!find_ends(load, topic, count, end, ends)) return false;
  return read_to(make_reader(load, topic, count, isolation).get(), ends, on_message);
}

bool produce(rd_kafka_t* producer, const NewMessage& message) {
  std::vector<rd_kafka_vu_t> parts(4);
  parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  parts[0].u.cstr = message.topic;
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = message.partition;
  parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[2].u.i = RD_KAFKA_MSG_F_COPY;
  parts[3].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[3].u.ptr = message.opaque;
  const auto add = [&](rd_kafka_vtype_t type, const std::optional<std::string>& text) {
    if (!text) return;
    auto& part = parts.emplace_back();
    part.vtype = type;
    part.u.mem.ptr = const_cast<char*>(text->data());
    part.u.mem.size = text->size();
  };
  add(RD_KAFKA_VTYPE_KEY, message.key);
  add(RD_KAFKA_VTYPE_VALUE, message.value);
  return !ErrorPointer(rd_kafka_produceva(producer, parts.data(), parts.size()));
}

Event admin_call(rd_kafka_t* asker, int timeout_ms,
                 const std::function<void(rd_kafka_queue_t*)>& call) {
  rd_kafka_queue_t* queue = rd_kafka_queue_new(asker);
  call(queue);
  Event event(rd_kafka_queue_poll(queue, timeout_ms));
  rd_kafka_queue_destroy(queue);
  return event;
}

rd_kafka_resp_err_t create_topic(rd_kafka_t* asker, const NewTopic& topic, int timeout_ms) {
  char error[256] = {};
  rd_kafka_NewTopic_t* created =
      rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, 1, error, sizeof(error));
  for (const auto& [name, value] : topic.configs) {
    rd_kafka_NewTopic_set_config(created, name, value.c_str());
  }
  const auto event = admin_call(asker, timeout_ms, [&](rd_kafka_queue_t* queue) {
    rd_kafka_CreateTopics(asker, &created, 1, nullptr, queue);
  });
  rd_kafka_NewTopic_destroy(created);
  if (!event) return RD_KAFKA_RESP_ERR__TIMED_OUT;
  const auto outcome = rd_kafka_event_error(event.get());
  if (outcome != RD_KAFKA_RESP_ERR_NO_ERROR) return outcome;
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  return rd_kafka_topic_result_error(results[0]);
}

Actor::Actor(std::string name, std::function<void(Actor&)> work)
    : name_(std::move(name)), work_(std::move(work)) {}

void Actor::start() {
  thread_ = std::thread([this] { work_(*this); });
}

void Actor::progressed() {
  if (calm) came_on_ = true;
}

}  // namespace load
