// Topics are made, given more partitions and another setting, and deleted; a watcher asks what
// there is. A call whose outcome is unknown may come true or not, but all of it or nothing.
#include "load.hpp"

namespace load {
namespace {

constexpr int kFirstCount = 3;
constexpr int kLaterCount = 5;
constexpr int kTimeoutMs = 5'000;
const std::string kPrefix = "made-";

class Catalog : public Part {
 public:
  explicit Catalog(const Load& load) : load_(load), history_(load.history) {}

  bool prepare() override { return true; }

  void add_actors(Actors& actors) override {
    actors.push_back(std::make_unique<Actor>("catalog", [this](Actor& actor) { change(actor); }));
    actors.push_back(std::make_unique<Actor>("lister", [this](Actor& actor) {
      const auto asker = make_asker(load_);
      while (!stopping) {
        if (note_topics(asker.get())) actor.progressed();
        pause_ms(50);
      }
    }));
  }

  bool finish() override {
    const auto asker = make_asker(load_);
    bool asked = false;
    for (int attempt = 0; attempt < 20 && !asked; ++attempt) asked = note_topics(asker.get());
    return asked;
  }

 private:
  void change(Actor& actor) {
    const auto asker = make_asker(load_);
    for (int number = 0; !stopping; ++number) {
      const auto name = kPrefix + std::to_string(number);
      note(name, "create", [&] {
        return create_topic(asker.get(), {name, kFirstCount, {{"retention.ms", "1000000"}}},
                            kTimeoutMs);
      });
      if (number % 2 == 0) note(name, "grow", [&] { return grow(asker.get(), name); });
      if (number % 3 == 0) note(name, "alter", [&] { return alter(asker.get(), name); });
      pause_ms(20);
      if (note(name, "delete", [&] { return remove(asker.get(), name); })) actor.progressed();
    }
  }

  template <class Call>
  bool note(const std::string& name, const char* what, const Call& call) {
    history_.add("xi", words(name, what));
    const bool ok = call() == RD_KAFKA_RESP_ERR_NO_ERROR;
    history_.add(ok ? "xo" : "xu", words(name, what));
    return ok;
  }

  static rd_kafka_resp_err_t grow(rd_kafka_t* asker, const std::string& name) {
    char error[256] = {};
    rd_kafka_NewPartitions_t* more =
        rd_kafka_NewPartitions_new(name.c_str(), kLaterCount, error, sizeof(error));
    const auto event = admin_call(asker, kTimeoutMs, [&](rd_kafka_queue_t* queue) {
      rd_kafka_CreatePartitions(asker, &more, 1, nullptr, queue);
    });
    rd_kafka_NewPartitions_destroy(more);
    if (!event) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    const auto outcome = rd_kafka_event_error(event.get());
    if (outcome != RD_KAFKA_RESP_ERR_NO_ERROR) return outcome;
    std::size_t count = 0;
    const auto* results = rd_kafka_CreatePartitions_result_topics(
        rd_kafka_event_CreatePartitions_result(event.get()), &count);
    return rd_kafka_topic_result_error(results[0]);
  }

  static rd_kafka_resp_err_t remove(rd_kafka_t* asker, const std::string& name) {
    rd_kafka_DeleteTopic_t* gone = rd_kafka_DeleteTopic_new(name.c_str());
    const auto event = admin_call(asker, kTimeoutMs, [&](rd_kafka_queue_t* queue) {
      rd_kafka_DeleteTopics(asker, &gone, 1, nullptr, queue);
    });
    rd_kafka_DeleteTopic_destroy(gone);
    if (!event) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    const auto outcome = rd_kafka_event_error(event.get());
    if (outcome != RD_KAFKA_RESP_ERR_NO_ERROR) return outcome;
    std::size_t count = 0;
    const auto* results = rd_kafka_DeleteTopics_result_topics(
        rd_kafka_event_DeleteTopics_result(event.get()), &count);
    return rd_kafka_topic_result_error(results[0]);
  }

  static rd_kafka_resp_err_t alter(rd_kafka_t* asker, const std::string& name) {
    rd_kafka_ConfigResource_t* resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str());
    rd_kafka_ConfigResource_set_config(resource, "retention.ms", "2000000");
    rd_kafka_ConfigResource_set_config(resource, "max.message.bytes", "2000000");
    const auto event = admin_call(asker, kTimeoutMs, [&](rd_kafka_queue_t* queue) {
      rd_kafka_AlterConfigs(asker, &resource, 1, nullptr, queue);
    });
    rd_kafka_ConfigResource_destroy(resource);
    if (!event) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    const auto outcome = rd_kafka_event_error(event.get());
    if (outcome != RD_KAFKA_RESP_ERR_NO_ERROR) return outcome;
    std::size_t count = 0;
    const auto* resources = rd_kafka_AlterConfigs_result_resources(
        rd_kafka_event_AlterConfigs_result(event.get()), &count);
    return rd_kafka_ConfigResource_error(resources[0]);
  }

  /// One line of all topics, and one of the settings of each.
  bool note_topics(rd_kafka_t* asker) {
    const auto asked = now_ns();
    const rd_kafka_metadata_t* metadata = nullptr;
    if (rd_kafka_metadata(asker, 1, nullptr, &metadata, 2'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return false;
    }
    auto line = std::to_string(asked);
    std::vector<std::string> found;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
      const auto& topic = metadata->topics[i];
      if (std::string(topic.topic).rfind(kPrefix, 0) != 0) continue;
      line = words(line, topic.topic, topic.partition_cnt);
      found.emplace_back(topic.topic);
    }
    rd_kafka_metadata_destroy(metadata);
    history_.add("xs", line);
    for (const auto& name : found) note_settings(asker, name);
    return true;
  }

  void note_settings(rd_kafka_t* asker, const std::string& name) {
    const auto asked = now_ns();
    rd_kafka_ConfigResource_t* resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str());
    const auto event = admin_call(asker, 2'000, [&](rd_kafka_queue_t* queue) {
      rd_kafka_DescribeConfigs(asker, &resource, 1, nullptr, queue);
    });
    rd_kafka_ConfigResource_destroy(resource);
    if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    std::size_t count = 0;
    const auto* resources = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    if (count == 0 || rd_kafka_ConfigResource_error(resources[0]) != 0) return;
    const auto* entries = rd_kafka_ConfigResource_configs(resources[0], &count);
    std::string retention;
    std::string size;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string key = rd_kafka_ConfigEntry_name(entries[i]);
      const char* value = rd_kafka_ConfigEntry_value(entries[i]);
      if (key == "retention.ms" && value != nullptr) retention = value;
      if (key == "max.message.bytes" && value != nullptr) size = value;
    }
    history_.add("xc", words(asked, name, retention, size));
  }

  const Load& load_;
  History& history_;
};

}  // namespace

std::unique_ptr<Part> make_catalog(const Load& load) {
  return std::make_unique<Catalog>(load);
}

}  // namespace load
