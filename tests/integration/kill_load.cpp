// Load for kill9.py: several producers of unique values, a consumer and a watcher of the watermarks
// against one topic, through restarts of the broker. Every call and its outcome goes to a history
// file (its lines are explained in history.py). Links librdkafka and nothing of kreel.
//
//   kill_load BROKERS TOPIC PARTITIONS PRODUCERS HISTORY
//
// Makes the topic, prints "started", and runs until its standard input ends. Then the producers
// finish, the consumer catches up, and the whole topic is read once more.
#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <time.h>
#include <unistd.h>
#include <zlib.h>

namespace {

constexpr int kFlushTimeoutMs = 60'000;
constexpr int kCatchUpTimeoutS = 60;
constexpr std::size_t kMaxFillerBytes = 3'000;

std::atomic<bool> stopping{false};

long long now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

class History {
 public:
  explicit History(const char* path) : file_(std::fopen(path, "w")) {
    if (file_ == nullptr) {
      std::perror(path);
      std::exit(1);
    }
  }
  ~History() { std::fclose(file_); }

  void add(char kind, const std::string& rest) {
    const std::lock_guard lock(mutex_);
    std::fprintf(file_, "%c %lld %s\n", kind, now_ns(), rest.c_str());
  }

 private:
  std::mutex mutex_;
  std::FILE* file_;
};

struct Options {
  std::string brokers;
  std::string topic;
  int partitions = 0;
  int producers = 0;
};

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

unsigned long crc_of(const void* data, std::size_t size) {
  return crc32(0, static_cast<const Bytef*>(data), static_cast<uInt>(size));
}

struct HandleDeleter {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
};
using Handle = std::unique_ptr<rd_kafka_t, HandleDeleter>;

using Settings = std::vector<std::pair<const char*, std::string>>;

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);

Handle make_handle(rd_kafka_type_t type, const Settings& settings, void* opaque) {
  char error[512] = {};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof(error)) != RD_KAFKA_CONF_OK) {
      std::fprintf(stderr, "kill_load: %s\n", error);
      std::exit(1);
    }
  }
  rd_kafka_conf_set_opaque(conf, opaque);
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  // Refused connections are the daily bread of this program.
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
  Handle handle(rd_kafka_new(type, conf, error, sizeof(error)));
  if (!handle) {
    std::fprintf(stderr, "kill_load: %s\n", error);
    std::exit(1);
  }
  return handle;
}

Settings common_settings(const Options& options) {
  return {{"bootstrap.servers", options.brokers},
          {"reconnect.backoff.ms", "5"},
          {"reconnect.backoff.max.ms", "50"},
          {"topic.metadata.refresh.interval.ms", "1000"},
          {"socket.timeout.ms", "5000"}};
}

/// Which value a delivery report is about.
struct Value {
  int producer = 0;
  long long sequence = 0;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto& history = *static_cast<History*>(opaque);
  const std::unique_ptr<Value> value(static_cast<Value*>(message->_private));
  const auto who = words(value->producer, value->sequence, message->partition);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    history.add('o', words(who, message->offset));
  } else {
    history.add('f', words(who, rd_kafka_err2name(message->err)));
  }
}

/// Even ones are idempotent; odd ones use acks=1 and never try again, so that none writes a value
/// twice.
void run_producer(const Options& options, int id, History& history) {
  auto settings = common_settings(options);
  settings.emplace_back("linger.ms", "2");
  settings.emplace_back("message.timeout.ms", "60000");
  settings.emplace_back("retry.backoff.ms", "10");
  if (id % 2 == 0) {
    settings.emplace_back("enable.idempotence", "true");
  } else {
    settings.emplace_back("acks", "1");
    settings.emplace_back("message.send.max.retries", "0");
  }
  const auto handle = make_handle(RD_KAFKA_PRODUCER, settings, &history);
  std::mt19937_64 random(static_cast<std::uint64_t>(id));
  const auto key = words("producer", id);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(handle.get(), options.topic.c_str(), nullptr);
  for (long long sequence = 0; !stopping; ++sequence) {
    const auto partition =
        static_cast<int>(random() % static_cast<std::uint64_t>(options.partitions));
    auto text = words(id, sequence) + "|";
    const auto filler = random() % kMaxFillerBytes;
    for (std::size_t i = 0; i < filler; ++i) text += static_cast<char>('a' + (random() & 15U));
    history.add('i', words(id, sequence, partition, text.size(), crc_of(text.data(), text.size())));
    auto value = std::make_unique<Value>(Value{id, sequence});
    if (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, text.data(), text.size(),
                         key.data(), key.size(), value.get()) == 0) {
      static_cast<void>(value.release());
    } else {
      history.add('f', words(id, sequence, partition, rd_kafka_err2name(rd_kafka_last_error())));
    }
    // Bounded, so that an outage does not pile up values.
    do {
      rd_kafka_poll(handle.get(), 1);
    } while (!stopping && rd_kafka_outq_len(handle.get()) > 200);
  }
  if (rd_kafka_flush(handle.get(), kFlushTimeoutMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    history.add('e', words("flush", id, "timed out"));
  }
  char reason[256] = {};
  const auto fatal = rd_kafka_fatal_error(handle.get(), reason, sizeof(reason));
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
    history.add('e', words("fatal", id, rd_kafka_err2name(fatal), reason));
  }
  rd_kafka_topic_destroy(topic);
}

void log_message(History& history, char kind, const rd_kafka_message_t& message) {
  const std::string_view text(static_cast<const char*>(message.payload), message.len);
  const auto bar = std::min(text.find('|'), text.size());
  const auto value = bar == text.size() || bar > 40 ? "-1 -1" : std::string(text.substr(0, bar));
  history.add(kind, words(message.partition, message.offset, value, text.size(),
                          crc_of(text.data(), text.size())));
}

Handle make_consumer(const Options& options, const char* group) {
  auto settings = common_settings(options);
  settings.emplace_back("group.id", group);
  settings.emplace_back("enable.auto.commit", "false");
  settings.emplace_back("auto.offset.reset", "error");
  settings.emplace_back("check.crcs", "true");
  settings.emplace_back("fetch.wait.max.ms", "50");
  settings.emplace_back("fetch.error.backoff.ms", "10");
  auto handle = make_handle(RD_KAFKA_CONSUMER, settings, nullptr);
  rd_kafka_poll_set_consumer(handle.get());
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(options.partitions);
  for (int i = 0; i < options.partitions; ++i) {
    rd_kafka_topic_partition_list_add(list, options.topic.c_str(), i)->offset = 0;
  }
  rd_kafka_assign(handle.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  return handle;
}

/// Transport errors are expected; losing the place in the log is not.
void log_error(History& history, const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return;
  history.add('e', words("consumer", message.partition, rd_kafka_err2name(message.err),
                         rd_kafka_message_errstr(&message)));
}

using Positions = std::vector<std::atomic<long long>>;

/// Notes each message until `ends` are reached (nullptr: until told to stop).
void consume(History& history, rd_kafka_t* handle, char kind, Positions& positions,
             const std::atomic<bool>& stop, const Positions* ends) {
  const auto finished = [&] {
    if (stop) return true;
    if (ends == nullptr) return false;
    for (std::size_t i = 0; i < ends->size(); ++i) {
      if (positions[i] < (*ends)[i]) return false;
    }
    return true;
  };
  while (!finished()) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(handle, 50);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      log_message(history, kind, *message);
      positions[static_cast<std::size_t>(message->partition)] = message->offset + 1;
    } else {
      log_error(history, *message);
    }
    rd_kafka_message_destroy(message);
  }
}

/// Asks for one partition's watermarks; the line carries when the question was put.
bool note_watermarks(const Options& options, History& history, rd_kafka_t* handle, int partition,
                     std::int64_t* high) {
  std::int64_t low = -1;
  const auto asked = now_ns();
  const auto error =
      rd_kafka_query_watermark_offsets(handle, options.topic.c_str(), partition, &low, high, 2'000);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  history.add('w', words(asked, partition, low, *high));
  return true;
}

void watch(const Options& options, History& history) {
  const auto handle = make_handle(RD_KAFKA_PRODUCER, common_settings(options), &history);
  while (!stopping) {
    for (int i = 0; i < options.partitions && !stopping; ++i) {
      std::int64_t high = -1;
      note_watermarks(options, history, handle.get(), i, &high);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

bool create_topic(const Options& options, History& history) {
  const auto handle = make_handle(RD_KAFKA_PRODUCER, common_settings(options), &history);
  char error[256] = {};
  rd_kafka_NewTopic_t* topic =
      rd_kafka_NewTopic_new(options.topic.c_str(), options.partitions, 1, error, sizeof(error));
  rd_kafka_NewTopic_set_config(topic, "segment.bytes", "1048576");
  rd_kafka_queue_t* queue = rd_kafka_queue_new(handle.get());
  rd_kafka_CreateTopics(handle.get(), &topic, 1, nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 15'000);
  auto outcome = RD_KAFKA_RESP_ERR__TIMED_OUT;
  if (event != nullptr) outcome = rd_kafka_event_error(event);
  if (outcome == RD_KAFKA_RESP_ERR_NO_ERROR) {
    std::size_t count = 0;
    const auto* results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    outcome = rd_kafka_topic_result_error(results[0]);
  }
  if (event != nullptr) rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy(topic);
  if (outcome == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
  std::fprintf(stderr, "kill_load: creating the topic: %s\n", rd_kafka_err2str(outcome));
  return false;
}

/// The watermarks after the last write; false when the broker does not answer.
bool find_ends(const Options& options, History& history, Positions& ends) {
  const auto handle = make_handle(RD_KAFKA_PRODUCER, common_settings(options), &history);
  for (int i = 0; i < options.partitions; ++i) {
    std::int64_t high = -1;
    for (int attempt = 0; attempt < 20 && high < 0; ++attempt) {
      if (!note_watermarks(options, history, handle.get(), i, &high)) high = -1;
    }
    if (high < 0) return false;
    ends[static_cast<std::size_t>(i)] = high;
  }
  return true;
}

/// Runs `work` on a thread and tells it to stop after kCatchUpTimeoutS.
template <class Work>
bool within_time(Work work) {
  std::atomic<bool> stop{false};
  std::atomic<bool> done{false};
  std::thread thread([&] {
    work(stop);
    done = true;
  });
  for (int i = 0; i < kCatchUpTimeoutS * 20 && !done; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  const bool in_time = done;
  stop = true;
  thread.join();
  return in_time;
}

int run(const Options& options, History& history) {
  if (!create_topic(options, history)) return 1;
  const auto count = static_cast<std::size_t>(options.partitions);
  Positions positions(count);
  std::atomic<bool> stop_consumer{false};
  const auto consumer = make_consumer(options, "kill-load");
  std::vector<std::thread> producers;
  for (int i = 0; i < options.producers; ++i) {
    producers.emplace_back([&, i] { run_producer(options, i, history); });
  }
  std::thread watcher([&] { watch(options, history); });
  std::thread reader(
      [&] { consume(history, consumer.get(), 'c', positions, stop_consumer, nullptr); });
  std::puts("started");
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  stopping = true;
  for (auto& producer : producers) producer.join();
  watcher.join();
  stop_consumer = true;
  reader.join();

  Positions ends(count);
  if (!find_ends(options, history, ends)) {
    history.add('e', "no watermarks at the end");
    return 1;
  }
  const bool caught_up = within_time([&](const std::atomic<bool>& stop) {
    consume(history, consumer.get(), 'c', positions, stop, &ends);
  });
  if (!caught_up) history.add('e', "the consumer did not reach the end");
  Positions again(count);
  const auto checker = make_consumer(options, "kill-load-again");
  const bool read_all = within_time([&](const std::atomic<bool>& stop) {
    consume(history, checker.get(), 'r', again, stop, &ends);
  });
  if (!read_all) history.add('e', "the last read did not reach the end");
  return caught_up && read_all ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: kill_load BROKERS TOPIC PARTITIONS PRODUCERS HISTORY\n", stderr);
    return 2;
  }
  const Options options{argv[1], argv[2], std::atoi(argv[3]), std::atoi(argv[4])};
  History history(argv[5]);
  return run(options, history);
}
