#pragma once

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "kreel/producer.hpp"

namespace kreel::test {

/// librdkafka's own mock broker, with topics of one partition.
class MockBroker {
 public:
  MockBroker() {
    std::array<char, 512> text{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);
    handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size());
    cluster_ = rd_kafka_mock_cluster_new(handle_, 1);
    config_ = *ClientConfig::from_properties(
        {{"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster_)},
         {"session.timeout.ms", "3000"}});
    producer_ = *Producer::open(config_, {});
  }
  ~MockBroker() {
    producer_.reset();
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(handle_);
  }
  MockBroker(const MockBroker&) = delete;
  MockBroker& operator=(const MockBroker&) = delete;

  void create(const char* topic) { rd_kafka_mock_topic_create(cluster_, topic, 1, 1); }
  void produce(const char* topic, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      REQUIRE(producer_->produce({.topic = topic, .partition = 0, .value = value}, 0));
    }
    producer_->flush(10'000);
    REQUIRE(producer_->counts().in_flight == 0);
  }
  void go_down() { rd_kafka_mock_broker_set_down(cluster_, kId); }
  void come_back() { rd_kafka_mock_broker_set_up(cluster_, kId); }
  /// To the next request of this API.
  void answer(std::int16_t api_key, rd_kafka_resp_err_t error) {
    rd_kafka_mock_push_request_errors(cluster_, api_key, 1, error);
  }
  const ClientConfig& config() const { return config_; }

 private:
  static constexpr std::int32_t kId = 1;

  rd_kafka_t* handle_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  ClientConfig config_;
  std::unique_ptr<Producer> producer_;
};

}  // namespace kreel::test
