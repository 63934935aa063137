// A compacted topic: an idempotent producer sets and deletes fifty keys.
#include "load.hpp"

namespace load {
namespace {

constexpr const char* kTable = "table";
constexpr int kTablePartitions = 2;
constexpr int kKeys = 50;

struct Change {
  int key = 0;
  long long sequence = 0;
};

struct TableWriter {
  History& history;
  Actor& actor;
};

void on_change_delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto& writer = *static_cast<TableWriter*>(opaque);
  const std::unique_ptr<Change> change(static_cast<Change*>(message->_private));
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  writer.history.add("ko", words(change->key, change->sequence, message->offset));
  writer.actor.progressed();
}

class Tables : public Part {
 public:
  explicit Tables(const Load& load) : load_(load), history_(load.history) {}

  bool prepare() override {
    const auto asker = make_asker(load_);
    return create_topic(asker.get(), {kTable,
                                      kTablePartitions,
                                      {{"cleanup.policy", "compact"},
                                       {"internal.segment.bytes", "20000"},
                                       {"min.cleanable.dirty.ratio", "0.01"},
                                       {"delete.retention.ms", "600000"}}}) == 0;
  }

  void add_actors(Actors& actors) override {
    actors.push_back(std::make_unique<Actor>("table", [this](Actor& actor) { change(actor); }));
  }

  bool finish() override {
    return read_all(
        load_, kTable, kTablePartitions, "read_committed",
        [this](const rd_kafka_message_t& message) {
          history_.add(
              "kr",
              words(text_of(message.key, message.key_len), message.partition, message.offset,
                    message.payload == nullptr ? "-" : text_of(message.payload, message.len)));
        });
  }

 private:
  void change(Actor& actor) {
    TableWriter writer{history_, actor};
    Client client{common_settings(load_), &writer, on_change_delivered, nullptr};
    client.settings.emplace_back("enable.idempotence", "true");
    client.settings.emplace_back("linger.ms", "2");
    client.settings.emplace_back("message.timeout.ms", "600000");
    const auto handle = make_handle(RD_KAFKA_PRODUCER, client);
    std::mt19937_64 random(300);
    for (long long sequence = 0; !stopping; ++sequence) {
      const int key = static_cast<int>(random() % kKeys);
      const bool is_deleted = random() % 6 == 0;
      const auto name = std::to_string(key);
      const auto text = std::to_string(sequence);
      history_.add("ki", words(key, sequence, key % kTablePartitions, is_deleted ? "-" : text));
      auto opaque = std::make_unique<Change>(Change{key, sequence});
      const NewMessage message{kTable, key % kTablePartitions, name,
                               is_deleted ? std::nullopt : std::optional(text), opaque.get()};
      if (produce(handle.get(), message)) static_cast<void>(opaque.release());
      do {
        rd_kafka_poll(handle.get(), 4);
      } while (!stopping && rd_kafka_outq_len(handle.get()) > 100);
    }
    rd_kafka_flush(handle.get(), 60'000);
  }

  const Load& load_;
  History& history_;
};

}  // namespace

std::unique_ptr<Part> make_tables(const Load& load) {
  return std::make_unique<Tables>(load);
}

}  // namespace load
