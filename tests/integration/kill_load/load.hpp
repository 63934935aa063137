#pragma once

// What the parts of kill_load share: the history that they write, and librdkafka in a few words.

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace load {

/// No more kills: everybody has to come on once more.
extern std::atomic<bool> calm;
/// After that.
extern std::atomic<bool> stopping;

long long now_ns();

template <class... Parts>
std::string words(const Parts&... parts) {
  std::string text;
  const auto add = [&](const auto& part) {
    if (!text.empty()) text += ' ';
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(part)>>) {
      text += std::to_string(part);
    } else {
      text += part;
    }
  };
  (add(parts), ...);
  return text;
}

/// The file of calls and their outcomes; history.py explains its lines.
class History {
 public:
  explicit History(const char* path);
  ~History() { std::fclose(file_); }
  void add(const char* kind, const std::string& rest);

 private:
  std::mutex mutex_;
  std::FILE* file_;
};

struct Load {
  std::string brokers;
  History& history;
};

struct HandleDeleter {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
};
using Handle = std::unique_ptr<rd_kafka_t, HandleDeleter>;
struct MessageDeleter {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using Message = std::unique_ptr<rd_kafka_message_t, MessageDeleter>;
struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;
struct EventDeleter {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
using Event = std::unique_ptr<rd_kafka_event_t, EventDeleter>;
struct ErrorDeleter {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
/// What a call of a transactional producer says; nothing when all is well.
using ErrorPointer = std::unique_ptr<rd_kafka_error_t, ErrorDeleter>;

PartitionList partition_list();

using Settings = std::vector<std::pair<const char*, std::string>>;
using DeliveryCallback = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void*);
using RebalanceCallback = void (*)(rd_kafka_t*, rd_kafka_resp_err_t,
                                   rd_kafka_topic_partition_list_t*, void*);

struct Client {
  Settings settings;
  void* opaque = nullptr;
  DeliveryCallback on_delivery = nullptr;
  RebalanceCallback on_rebalance = nullptr;
};
Settings common_settings(const Load& load);
Handle make_handle(rd_kafka_type_t type, const Client& client);
/// Without a group: to ask questions.
Handle make_asker(const Load& load, const char* isolation = "read_uncommitted");
/// Reads partitions 0 to `count` of a topic from the beginning.
Handle make_reader(const Load& load, const std::string& topic, int count, const char* isolation);

/// High watermark, or the last stable offset for an asker that is read_committed; -1 without
/// answer.
struct Watermarks {
  std::int64_t low = -1;
  std::int64_t high = -1;
};
Watermarks ask_watermarks(rd_kafka_t* asker, const std::string& topic, int partition);
/// Asks for all partitions of a topic until there is an answer; false after a minute.
bool find_ends(const Load& load, const std::string& topic, int count, const char* isolation,
               std::vector<std::int64_t>& ends);

/// Reads each partition of a topic up to `ends`; false when that takes more than a minute.
using OnMessage = std::function<void(const rd_kafka_message_t&)>;
bool read_to(rd_kafka_t* reader, const std::vector<std::int64_t>& ends,
             const OnMessage& on_message);
/// The topic from its beginning: up to its high watermark, for which read_committed waits until the
/// transactions before it have ended, or up to its last stable offset.
enum class Until { kHighWatermark, kLastStable };
bool read_all(const Load& load, const std::string& topic, int count, const char* isolation,
              const OnMessage& on_message, Until until = Until::kHighWatermark);

/// Without `value` a tombstone. False when the client's queue does not take it.
struct NewMessage {
  const char* topic = nullptr;
  int partition = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  void* opaque = nullptr;
};
bool produce(rd_kafka_t* producer, const NewMessage& message);

struct NewTopic {
  std::string name;
  int partitions = 1;
  Settings configs;
};
rd_kafka_resp_err_t create_topic(rd_kafka_t* asker, const NewTopic& topic, int timeout_ms = 15'000);
/// The first event of an admin call: `call` gets the queue for its answer.
Event admin_call(rd_kafka_t* asker, int timeout_ms,
                 const std::function<void(rd_kafka_queue_t*)>& call);

/// One who works until the end; `progressed` is said at each success.
class Actor {
 public:
  Actor(std::string name, std::function<void(Actor&)> work);
  void start();
  void join() { thread_.join(); }
  void progressed();
  bool came_on() const { return came_on_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::function<void(Actor&)> work_;
  std::thread thread_;
  std::atomic<bool> came_on_{false};
};
using Actors = std::vector<std::unique_ptr<Actor>>;

std::string text_of(const void* data, std::size_t size);
unsigned long crc_of(const void* data, std::size_t size);
void pause_ms(int ms);

// The parts: each makes its topics, then its actors, and reads everything in the end.
class Part {
 public:
  virtual ~Part() = default;
  virtual bool prepare() = 0;
  virtual void add_actors(Actors& actors) = 0;
  virtual bool finish() = 0;
};
std::unique_ptr<Part> make_values(const Load& load);
std::unique_ptr<Part> make_copies(const Load& load);
std::unique_ptr<Part> make_accounts(const Load& load);
std::unique_ptr<Part> make_tables(const Load& load);
std::unique_ptr<Part> make_catalog(const Load& load);

}  // namespace load
