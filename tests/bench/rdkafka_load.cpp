// What a stock client sees: librdkafka produces or consumes as fast as it can, and says what that
// cost it.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>

#include "args.hpp"
#include "report.hpp"

namespace bench {
namespace {

constexpr std::string_view kUsage =
    "rdkafka_load produce|sync|consume HOST:PORT [options]: prints one JSON object\n"
    "  produce: messages are queued as fast as they go; sync: one in flight, no linger\n"
    "  consume: reads one partition from its beginning\n"
    "  --topic NAME        (bench)\n"
    "  --partition N       (0)\n"
    "  --messages N        (1000000; sync 10000)\n"
    "  --message-bytes N   when producing (1024)\n"
    "  --linger-ms MS      for produce (5)\n"
    "  --acks -1|0|1       (1)\n"
    "  --compression CODEC (none)\n";

struct Options {
  std::string mode, brokers, topic, compression, linger_ms, acks;
  std::int32_t partition;
  std::int64_t messages;
  std::size_t message_bytes;
};

struct Tally {
  std::int64_t done = 0;
  std::int64_t bytes = 0;
  std::int64_t first_ns = 0;  // when the first message was there
  std::int64_t last_ns = 0;   // when the last one was; closing the client comes after it
  Histogram latencies;
};

void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(message->err));
  auto& tally = *static_cast<Tally*>(opaque);
  ++tally.done;
  tally.bytes += static_cast<std::int64_t>(message->len);
}

using Client = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;

Client connect(const Options& options, rd_kafka_type_t type, Tally& tally) {
  auto* conf = rd_kafka_conf_new();
  char error[512];
  const auto set = [&](const char* name, const std::string& value) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK)
      fail(error);
  };
  set("bootstrap.servers", options.brokers);
  if (type == RD_KAFKA_PRODUCER) {
    set("linger.ms", options.mode == "sync" ? "0" : options.linger_ms);
    set("acks", options.acks);
    set("compression.codec", options.compression);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_conf_set_opaque(conf, &tally);
  } else {
    set("group.id", "bench");
    set("enable.auto.commit", "false");
    set("enable.auto.offset.store", "false");
  }
  auto* client = rd_kafka_new(type, conf, error, sizeof error);
  if (client == nullptr) fail(error);
  return {client, rd_kafka_destroy};
}

void produce(const Options& options, Tally& tally) {
  const auto client = connect(options, RD_KAFKA_PRODUCER, tally);
  auto* topic = rd_kafka_topic_new(client.get(), options.topic.c_str(), nullptr);
  std::string payload(options.message_bytes, 'x');
  const bool one_by_one = options.mode == "sync";
  for (std::int64_t i = 0; i < options.messages; ++i) {
    const auto sent = now_ns();
    if (i == (one_by_one ? 1 : 0)) tally.first_ns = sent;
    while (rd_kafka_produce(topic, options.partition, RD_KAFKA_MSG_F_COPY, payload.data(),
                            payload.size(), nullptr, 0, nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        fail(rd_kafka_err2str(rd_kafka_last_error()));
      rd_kafka_poll(client.get(), 10);
    }
    if (!one_by_one) {
      rd_kafka_poll(client.get(), 0);
      continue;
    }
    while (tally.done <= i) rd_kafka_poll(client.get(), 1000);
    if (i > 0) tally.latencies.add(now_ns() - sent);  // the first one waits for the connection
  }
  rd_kafka_flush(client.get(), 60'000);
  tally.last_ns = now_ns();
  rd_kafka_topic_destroy(topic);
  if (tally.done != options.messages) fail("not every message was acknowledged");
}

// The rate counts from the first message on: finding the broker is not part of it.
void consume(const Options& options, Tally& tally) {
  const auto client = connect(options, RD_KAFKA_CONSUMER, tally);
  auto* partitions = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(partitions, options.topic.c_str(), options.partition)->offset =
      0;
  rd_kafka_assign(client.get(), partitions);
  rd_kafka_topic_partition_list_destroy(partitions);
  auto* queue = rd_kafka_queue_get_consumer(client.get());
  rd_kafka_message_t* messages[1000];
  while (tally.done < options.messages) {
    // It waits for as many as are asked for, so never for more than will come.
    const auto wanted = std::min<std::int64_t>(std::ssize(messages), options.messages - tally.done);
    const auto count =
        rd_kafka_consume_batch_queue(queue, 10'000, messages, static_cast<std::size_t>(wanted));
    if (count <= 0) fail("no message within 10 s");
    if (tally.first_ns == 0) tally.first_ns = now_ns();
    for (ssize_t i = 0; i < count; ++i) {
      if (messages[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail(rd_kafka_message_errstr(messages[i]));
      ++tally.done;
      tally.bytes += static_cast<std::int64_t>(messages[i]->len);
      rd_kafka_message_destroy(messages[i]);
    }
  }
  tally.last_ns = now_ns();
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(client.get());
}

void run(const Options& options) {
  Tally tally;
  if (options.mode == "consume") {
    consume(options, tally);
  } else {
    produce(options, tally);
  }
  const auto seconds = static_cast<double>(tally.last_ns - tally.first_ns) / 1e9;
  const auto messages = static_cast<double>(tally.done);
  std::printf(
      R"({"messages":%.0f,"bytes":%lld,"seconds":%.6f,"messages_per_s":%.0f,"mb_per_s":%.2f,)"
      R"("cpu_s":%.4f,)",
      messages, static_cast<long long>(tally.bytes), seconds, messages / seconds,
      static_cast<double>(tally.bytes) / seconds / 1e6, cpu_seconds());
  tally.latencies.print();
  std::printf("}\n");
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  bench::Args args(argc, argv, bench::kUsage);
  bench::Options options{};
  options.topic = args.text("topic", "bench");
  options.partition = args.number<std::int32_t>("partition", 0);
  options.messages = args.number<std::int64_t>("messages", 0);
  options.message_bytes = args.number<std::size_t>("message-bytes", 1024);
  options.linger_ms = args.text("linger-ms", "5");
  options.acks = args.text("acks", "1");
  options.compression = args.text("compression", "none");
  const auto words = args.finish(2);
  options.mode = words[0];
  options.brokers = words[1];
  if (options.mode != "produce" && options.mode != "sync" && options.mode != "consume")
    bench::fail("produce, sync or consume?");
  if (options.messages == 0) options.messages = options.mode == "sync" ? 10'000 : 1'000'000;
  bench::run(options);
}
