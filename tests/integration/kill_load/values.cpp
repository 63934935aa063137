// Producers of unique values, idempotent and not; a reader that runs all the time; a group of two
// members that commit what they have read; and a watcher of the watermarks.

#include "load.hpp"

namespace load {
namespace {

constexpr const char* kValues = "values";
constexpr const char* kReaders = "readers";
constexpr int kValuePartitions = 4;
constexpr int kProducers = 3;
constexpr int kMembers = 2;
constexpr std::size_t kMaxFillerBytes = 3'000;
constexpr int kQueuedMax = 100;
constexpr int kFlushTimeoutMs = 60'000;

/// Which value a delivery report is about.
struct Value {
  int producer = 0;
  long long sequence = 0;
};

struct Producer {
  History& history;
  Actor& actor;
};

void on_value_delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto& producer = *static_cast<Producer*>(opaque);
  const std::unique_ptr<Value> value(static_cast<Value*>(message->_private));
  const auto who = words(value->producer, value->sequence, message->partition);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    producer.history.add("o", words(who, message->offset));
    producer.actor.progressed();
  } else {
    producer.history.add("f", words(who, rd_kafka_err2name(message->err)));
  }
}

void note_message(History& history, const char* kind, const rd_kafka_message_t& message) {
  const auto text = text_of(message.payload, message.len);
  const auto bar = text.find('|');
  const auto value = bar == std::string::npos || bar > 40 ? "-1 -1" : text.substr(0, bar);
  history.add(kind, words(message.partition, message.offset, value, text.size(),
                          crc_of(message.payload, message.len)));
}

/// A member's records since its last commit, per partition.
struct Delivered {
  std::vector<std::pair<std::int64_t, std::int64_t>> runs =
      std::vector<std::pair<std::int64_t, std::int64_t>>(kValuePartitions, {-1, -1});
};

/// What a partition had brought before it went to another member, or came back, is no run any more.
void on_reader_rebalance(rd_kafka_t* member, rd_kafka_resp_err_t what,
                         rd_kafka_topic_partition_list_t* list, void* opaque) {
  auto& delivered = *static_cast<Delivered*>(opaque);
  delivered.runs.assign(kValuePartitions, {-1, -1});
  rd_kafka_assign(member, what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? list : nullptr);
}

class Values : public Part {
 public:
  explicit Values(const Load& load) : load_(load), history_(load.history) {}

  bool prepare() override {
    const auto asker = make_asker(load_);
    const auto error =
        create_topic(asker.get(), {kValues, kValuePartitions, {{"segment.bytes", "1048576"}}});
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    std::fprintf(stderr, "kill_load: creating a topic: %s\n", rd_kafka_err2str(error));
    return false;
  }

  void add_actors(Actors& actors) override {
    for (int i = 0; i < kProducers; ++i) {
      add(actors, "producer " + std::to_string(i), [this, i](Actor& actor) { produce(i, actor); });
    }
    for (int i = 0; i < kMembers; ++i) {
      add(actors, "member " + std::to_string(i), [this, i](Actor& actor) { be_member(i, actor); });
    }
    add(actors, "reader", [this](Actor& actor) { consume(actor); });
    add(actors, "watcher", [this](Actor& actor) { watch(actor); });
  }

  bool finish() override {
    std::vector<std::int64_t> ends;
    if (!find_ends(load_, kValues, kValuePartitions, "read_uncommitted", ends)) return false;
    const bool caught_up = read_to(reader_.get(), ends, [this](const rd_kafka_message_t& message) {
      note_message(history_, "c", message);
    });
    if (!caught_up) history_.add("e", "the reader did not reach the end");
    return caught_up && read_all(load_, kValues, kValuePartitions, "read_uncommitted",
                                 [this](const rd_kafka_message_t& message) {
                                   note_message(history_, "r", message);
                                 });
  }

 private:
  static void add(Actors& actors, std::string name, std::function<void(Actor&)> work) {
    actors.push_back(std::make_unique<Actor>(std::move(name), std::move(work)));
  }

  /// Even ones are idempotent; odd ones use acks=1 and never try again, so that none writes a value
  /// twice.
  void produce(int id, Actor& actor) {
    Producer opaque{history_, actor};
    Client client{common_settings(load_), &opaque, on_value_delivered, nullptr};
    client.settings.emplace_back("linger.ms", "2");
    // One that gives up a record starts a new epoch, in which others may be written a second time.
    client.settings.emplace_back("message.timeout.ms", "600000");
    if (id % 2 == 0) {
      client.settings.emplace_back("enable.idempotence", "true");
    } else {
      client.settings.emplace_back("acks", "1");
      client.settings.emplace_back("message.send.max.retries", "0");
    }
    const auto handle = make_handle(RD_KAFKA_PRODUCER, client);
    std::mt19937_64 random(static_cast<std::uint64_t>(id));
    for (long long sequence = 0; !stopping; ++sequence) {
      const auto partition = static_cast<int>(random() % kValuePartitions);
      auto text = words(id, sequence) + "|";
      const auto filler = random() % kMaxFillerBytes;
      for (std::size_t i = 0; i < filler; ++i) text += static_cast<char>('a' + (random() & 15U));
      history_.add("i",
                   words(id, sequence, partition, text.size(), crc_of(text.data(), text.size())));
      auto value = std::make_unique<Value>(Value{id, sequence});
      if (load::produce(handle.get(), {kValues, partition, std::nullopt, text, value.get()})) {
        static_cast<void>(value.release());
      } else {
        history_.add("f", words(id, sequence, partition, rd_kafka_err2name(rd_kafka_last_error())));
      }
      // Bounded, so that an outage does not pile up values.
      do {
        rd_kafka_poll(handle.get(), 4);
      } while (!stopping && rd_kafka_outq_len(handle.get()) > kQueuedMax);
    }
    if (rd_kafka_flush(handle.get(), kFlushTimeoutMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      history_.add("e", words("flush", id, "timed out"));
    }
    char reason[256] = {};
    const auto fatal = rd_kafka_fatal_error(handle.get(), reason, sizeof(reason));
    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
      history_.add("e", words("fatal", id, rd_kafka_err2name(fatal), reason));
    }
  }

  /// One reader for the whole run; transport errors are expected, losing its place is not.
  void consume(Actor& actor) {
    reader_ = make_reader(load_, kValues, kValuePartitions, "read_uncommitted");
    while (!stopping) {
      const Message message(rd_kafka_consumer_poll(reader_.get(), 50));
      if (!message || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        note_message(history_, "c", *message);
        actor.progressed();
      } else {
        history_.add("e", words("consumer", message->partition, rd_kafka_err2name(message->err),
                                rd_kafka_message_errstr(message.get())));
      }
    }
  }

  void be_member(int id, Actor& actor) {
    Delivered delivered;
    Client client{common_settings(load_), &delivered, nullptr, on_reader_rebalance};
    for (const auto& [name, value] : Settings{{"group.id", kReaders},
                                              {"enable.auto.commit", "false"},
                                              {"auto.offset.reset", "earliest"},
                                              {"session.timeout.ms", "10000"},
                                              {"heartbeat.interval.ms", "500"},
                                              {"fetch.wait.max.ms", "50"}}) {
      client.settings.emplace_back(name, value);
    }
    const auto handle = make_handle(RD_KAFKA_CONSUMER, client);
    const auto topics = partition_list();
    rd_kafka_topic_partition_list_add(topics.get(), kValues, RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(handle.get(), topics.get());
    for (auto next_commit = now_ns(); !stopping;) {
      const Message message(rd_kafka_consumer_poll(handle.get(), 50));
      if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) take(id, delivered, *message);
      if (now_ns() < next_commit) continue;
      next_commit = now_ns() + 100'000'000;
      if (commit(id, handle.get(), delivered)) actor.progressed();
    }
    rd_kafka_consumer_close(handle.get());
  }

  void take(int id, Delivered& delivered, const rd_kafka_message_t& message) {
    auto& [first, last] = delivered.runs[static_cast<std::size_t>(message.partition)];
    if (first >= 0 && message.offset != last + 1) {
      history_.add("gd", words(kReaders, id, message.partition, first, last));
      first = -1;
    }
    if (first < 0) first = message.offset;
    last = message.offset;
  }

  bool commit(int id, rd_kafka_t* handle, Delivered& delivered) {
    const auto list = partition_list();
    for (int p = 0; p < kValuePartitions; ++p) {
      auto& [first, last] = delivered.runs[static_cast<std::size_t>(p)];
      if (first < 0) continue;
      history_.add("gd", words(kReaders, id, p, first, last));
      rd_kafka_topic_partition_list_add(list.get(), kValues, p)->offset = last + 1;
      history_.add("gi", words(kReaders, kValues, p, last + 1));
      first = -1;
    }
    if (list->cnt == 0) return false;
    if (rd_kafka_commit(handle, list.get(), 0) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    bool all = true;
    for (int i = 0; i < list->cnt; ++i) {
      const auto& one = list->elems[i];
      if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        all = false;
        continue;
      }
      history_.add("gc", words(kReaders, kValues, one.partition, one.offset));
    }
    return all;
  }

  void watch(Actor& actor) {
    const auto asker = make_asker(load_);
    Client client{common_settings(load_), nullptr, nullptr, nullptr};
    client.settings.emplace_back("group.id", kReaders);
    const auto group = make_handle(RD_KAFKA_CONSUMER, client);
    while (!stopping) {
      for (int p = 0; p < kValuePartitions && !stopping; ++p) {
        const auto asked = now_ns();
        const auto marks = ask_watermarks(asker.get(), kValues, p);
        if (marks.high >= 0) history_.add("w", words(asked, kValues, p, marks.low, marks.high));
      }
      const auto list = partition_list();
      rd_kafka_topic_partition_list_add_range(list.get(), kValues, 0, kValuePartitions - 1);
      const auto asked = now_ns();
      const auto error = rd_kafka_committed(group.get(), list.get(), 2'000);
      for (int i = 0; error == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; ++i) {
        const auto& one = list->elems[i];
        if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        history_.add("go", words(asked, kReaders, kValues, one.partition, one.offset));
        actor.progressed();
      }
      pause_ms(20);
    }
  }

  const Load& load_;
  History& history_;
  Handle reader_;
};

}  // namespace

std::unique_ptr<Part> make_values(const Load& load) {
  return std::make_unique<Values>(load);
}

}  // namespace load
