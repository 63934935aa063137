// Workers of a group copy "orders" to "copies", and what they have copied there twice again,
// records and offsets in one transaction each. Some transactions are aborted, some producers
// disappear in the middle and leave theirs to their successor.
#include "load.hpp"

namespace load {
namespace {

constexpr const char* kOrders = "orders";
constexpr const char* kCopies = "copies";
constexpr const char* kCopiers = "copiers";
constexpr int kCopyPartitions = 3;
constexpr int kWorkers = 2;
constexpr int kHopsMax = 2;
constexpr std::size_t kBatchMax = 20;
constexpr int kOrderPauseMs = 5;

struct Input {
  std::string topic;
  int partition = 0;
  std::int64_t offset = 0;
  int hops = 0;
};

struct WorkerState {
  std::vector<Input> batch;
};

/// What was read from a partition that goes must not be copied: another member gets it.
void on_worker_rebalance(rd_kafka_t* member, rd_kafka_resp_err_t what,
                         rd_kafka_topic_partition_list_t* list, void* opaque) {
  static_cast<WorkerState*>(opaque)->batch.clear();
  rd_kafka_assign(member, what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? list : nullptr);
}

void on_order_delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) static_cast<Actor*>(opaque)->progressed();
}

class Worker {
 public:
  Worker(const Load& load, int id, Actor& actor)
      : load_(load),
        history_(load.history),
        id_(id),
        actor_(actor),
        random_(static_cast<std::uint64_t>(100 + id)) {}

  void run() {
    make_consumer();
    while (!stopping) {
      if (!producer_ && !make_producer()) continue;
      read_batch();
      if (!state_.batch.empty()) do_transaction();
    }
    if (!producer_) make_producer();  // so that nothing stays open
    rd_kafka_consumer_close(consumer_.get());
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }

  void make_consumer() {
    Client client{common_settings(load_), &state_, nullptr, on_worker_rebalance};
    for (const auto& [name, value] : Settings{{"group.id", kCopiers},
                                              {"enable.auto.commit", "false"},
                                              {"auto.offset.reset", "earliest"},
                                              {"isolation.level", "read_committed"},
                                              {"session.timeout.ms", "10000"},
                                              {"heartbeat.interval.ms", "500"},
                                              {"fetch.wait.max.ms", "20"}}) {
      client.settings.emplace_back(name, value);
    }
    consumer_ = make_handle(RD_KAFKA_CONSUMER, client);
    const auto topics = partition_list();
    rd_kafka_topic_partition_list_add(topics.get(), kOrders, RD_KAFKA_PARTITION_UA);
    rd_kafka_topic_partition_list_add(topics.get(), kCopies, RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(consumer_.get(), topics.get());
  }

  /// Waits until what a predecessor has left is decided; then the group's offsets say where to go
  /// on.
  bool make_producer() {
    Client client{common_settings(load_), nullptr, nullptr, nullptr};
    client.settings.emplace_back("transactional.id", "worker-" + std::to_string(id_));
    client.settings.emplace_back("transaction.timeout.ms", "20000");
    client.settings.emplace_back("linger.ms", "1");
    producer_ = make_handle(RD_KAFKA_PRODUCER, client);
    for (int attempt = 0; attempt < 12; ++attempt) {
      const ErrorPointer error(rd_kafka_init_transactions(producer_.get(), 5'000));
      if (!error) return rewind();
      if (rd_kafka_error_is_fatal(error.get()) != 0) break;
    }
    producer_.reset();
    return false;
  }

  void read_batch() {
    while (state_.batch.size() < kBatchMax) {
      const Message message(
          rd_kafka_consumer_poll(consumer_.get(), state_.batch.empty() ? 100 : 5));
      if (!message) return;
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      const auto text = text_of(message->payload, message->len);
      Input input{rd_kafka_topic_name(message->rkt), message->partition, message->offset, 0};
      if (input.topic == kCopies) input.hops = text.empty() ? 0 : text.back() - '0';
      state_.batch.push_back(std::move(input));
    }
  }

  std::string who() const { return words(id_, number_); }

  void do_transaction() {
    ++number_;
    history_.add("tb", who());
    const bool written = write() && send_offsets();
    if (written && !calm && one_in(50)) {
      producer_.reset();  // its transaction stays open until the next one of this name
      return;
    }
    if (!written || one_in(6)) return abort();
    history_.add("tc", who());
    if (!commit()) return;
    history_.add("tk", who());
    state_.batch.clear();
    actor_.progressed();
  }

  bool write() {
    if (ErrorPointer(rd_kafka_begin_transaction(producer_.get()))) return false;
    int index = 0;
    for (const auto& input : state_.batch) {
      const auto source = words(input.topic, input.partition, input.offset);
      history_.add("tr", words(who(), source));
      if (input.hops == kHopsMax) continue;
      const auto text = words(who(), index++, source, input.hops + 1);
      const auto partition = static_cast<int>(random_() % kCopyPartitions);
      if (!produce(producer_.get(), {kCopies, partition, std::nullopt, text})) return false;
    }
    history_.add("tw", words(who(), index));
    return true;
  }

  bool send_offsets() {
    const auto offsets = partition_list();
    for (const auto& input : state_.batch) {
      auto* one =
          rd_kafka_topic_partition_list_find(offsets.get(), input.topic.c_str(), input.partition);
      if (one == nullptr) {
        one =
            rd_kafka_topic_partition_list_add(offsets.get(), input.topic.c_str(), input.partition);
      }
      one->offset = input.offset + 1;
    }
    auto* group = rd_kafka_consumer_group_metadata(consumer_.get());
    bool sent = false;
    while (!sent && !stopping) {
      const ErrorPointer error(
          rd_kafka_send_offsets_to_transaction(producer_.get(), offsets.get(), group, 5'000));
      sent = !error;
      if (error && rd_kafka_error_is_retriable(error.get()) == 0) break;
    }
    rd_kafka_consumer_group_metadata_destroy(group);
    return sent;
  }

  /// When the outcome stays unknown, the next producer of this name waits until it is decided.
  bool commit() {
    for (int attempt = 0; attempt < 20; ++attempt) {
      const ErrorPointer error(rd_kafka_commit_transaction(producer_.get(), 5'000));
      if (!error) return true;
      if (rd_kafka_error_txn_requires_abort(error.get()) != 0) {
        abort();
        return false;
      }
      if (rd_kafka_error_is_retriable(error.get()) == 0) break;
    }
    producer_.reset();
    return false;
  }

  void abort() {
    const bool in_doubt = rd_kafka_outq_len(producer_.get()) > 0;  // as in accounts.cpp
    for (int attempt = 0; attempt < 20; ++attempt) {
      const ErrorPointer error(rd_kafka_abort_transaction(producer_.get(), 5'000));
      if (!error) {
        if (in_doubt || !rewind()) producer_.reset();
        return;
      }
      if (rd_kafka_error_is_retriable(error.get()) == 0) break;
    }
    producer_.reset();
  }

  /// Back to what the group has committed.
  bool rewind() {
    state_.batch.clear();
    rd_kafka_topic_partition_list_t* assigned = nullptr;
    if (rd_kafka_assignment(consumer_.get(), &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    const PartitionList list(assigned);
    if (list->cnt == 0) return true;
    for (int attempt = 0; attempt < 20; ++attempt) {
      if (rd_kafka_committed(consumer_.get(), list.get(), 5'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        continue;
      }
      for (int i = 0; i < list->cnt; ++i) {
        if (list->elems[i].offset < 0) list->elems[i].offset = 0;
      }
      const ErrorPointer error(rd_kafka_seek_partitions(consumer_.get(), list.get(), 5'000));
      if (!error) return true;
    }
    return false;
  }

  const Load& load_;
  History& history_;
  const int id_;
  Actor& actor_;
  std::mt19937_64 random_;
  Handle consumer_;
  Handle producer_;
  WorkerState state_;
  long long number_ = 0;
};

class Copies : public Part {
 public:
  explicit Copies(const Load& load) : load_(load), history_(load.history) {}

  bool prepare() override {
    const auto asker = make_asker(load_);
    const Settings configs{{"internal.segment.bytes", "50000"}};
    return create_topic(asker.get(), {kOrders, kCopyPartitions, configs}) == 0 &&
           create_topic(asker.get(), {kCopies, kCopyPartitions, configs}) == 0;
  }

  void add_actors(Actors& actors) override {
    actors.push_back(std::make_unique<Actor>("orders", [this](Actor& actor) { order(actor); }));
    for (int i = 0; i < kWorkers; ++i) {
      actors.push_back(
          std::make_unique<Actor>("worker " + std::to_string(i),
                                  [this, i](Actor& actor) { Worker(load_, i, actor).run(); }));
    }
    actors.push_back(
        std::make_unique<Actor>("copies reader", [this](Actor& actor) { read(actor); }));
    actors.push_back(
        std::make_unique<Actor>("copies watcher", [this](Actor& actor) { watch(actor); }));
  }

  bool finish() override {
    const auto group = make_group_asker();
    bool asked = false;
    for (int attempt = 0; attempt < 20 && !asked; ++attempt) {
      asked = note_offsets(group.get(), kOrders, "gf") && note_offsets(group.get(), kCopies, "gf");
    }
    return asked &&
           read_all(load_, kOrders, kCopyPartitions, "read_committed",
                    [this](const rd_kafka_message_t& message) {
                      history_.add("or", words(message.partition, message.offset));
                    }) &&
           read_all(load_, kCopies, kCopyPartitions, "read_committed",
                    [this](const rd_kafka_message_t& message) { note(message, "tf"); });
  }

 private:
  Handle make_group_asker() {
    Client client{common_settings(load_), nullptr, nullptr, nullptr};
    client.settings.emplace_back("group.id", kCopiers);
    return make_handle(RD_KAFKA_CONSUMER, client);
  }

  void order(Actor& actor) {
    Client client{common_settings(load_), &actor, on_order_delivered, nullptr};
    client.settings.emplace_back("enable.idempotence", "true");
    const auto handle = make_handle(RD_KAFKA_PRODUCER, client);
    for (long long number = 0; !stopping; ++number) {
      produce(handle.get(), {kOrders, static_cast<int>(number % kCopyPartitions), std::nullopt,
                             std::to_string(number)});
      do {
        rd_kafka_poll(handle.get(), kOrderPauseMs);
      } while (!stopping && rd_kafka_outq_len(handle.get()) > 100);
    }
    rd_kafka_flush(handle.get(), 60'000);
  }

  void note(const rd_kafka_message_t& message, const char* kind) {
    history_.add(kind,
                 words(message.partition, message.offset, text_of(message.payload, message.len)));
  }

  void read(Actor& actor) {
    const auto reader = make_reader(load_, kCopies, kCopyPartitions, "read_committed");
    while (!stopping) {
      const Message message(rd_kafka_consumer_poll(reader.get(), 50));
      if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      note(*message, "tl");
      actor.progressed();
    }
  }

  bool note_offsets(rd_kafka_t* group, const char* topic, const char* kind) {
    const auto list = partition_list();
    rd_kafka_topic_partition_list_add_range(list.get(), topic, 0, kCopyPartitions - 1);
    const auto asked = now_ns();
    if (rd_kafka_committed(group, list.get(), 5'000) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    for (int i = 0; i < list->cnt; ++i) {
      const auto& one = list->elems[i];
      if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
      history_.add(kind, words(asked, kCopiers, topic, one.partition, one.offset));
    }
    return true;
  }

  /// First the last stable offset, then the high watermark, which has to cover it.
  void watch(Actor& actor) {
    const auto stable = make_asker(load_, "read_committed");
    const auto high = make_asker(load_);
    const auto group = make_group_asker();
    while (!stopping) {
      for (int p = 0; p < kCopyPartitions && !stopping; ++p) {
        auto asked = now_ns();
        auto marks = ask_watermarks(stable.get(), kCopies, p);
        if (marks.high >= 0) history_.add("s", words(asked, kCopies, p, marks.high));
        asked = now_ns();
        marks = ask_watermarks(high.get(), kCopies, p);
        if (marks.high >= 0) history_.add("w", words(asked, kCopies, p, marks.low, marks.high));
      }
      if (note_offsets(group.get(), kOrders, "go") && note_offsets(group.get(), kCopies, "go")) {
        actor.progressed();
      }
      pause_ms(30);
    }
  }

  const Load& load_;
  History& history_;
};

}  // namespace

std::unique_ptr<Part> make_copies(const Load& load) {
  return std::make_unique<Copies>(load);
}

}  // namespace load
