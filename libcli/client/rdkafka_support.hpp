#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "client/rdkafka_text.hpp"
#include "kreel/client_config.hpp"

namespace kreel::client {

template <auto Destroy>
struct RdDeleter {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};

using RdConf = std::unique_ptr<rd_kafka_conf_t, RdDeleter<rd_kafka_conf_destroy>>;
using RdTopic = std::unique_ptr<rd_kafka_topic_t, RdDeleter<rd_kafka_topic_destroy>>;
using RdQueue = std::unique_ptr<rd_kafka_queue_t, RdDeleter<rd_kafka_queue_destroy>>;
using RdPartitions = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                     RdDeleter<rd_kafka_topic_partition_list_destroy>>;
using RdMessage = std::unique_ptr<rd_kafka_message_t, RdDeleter<rd_kafka_message_destroy>>;
using RdGroupMetadata = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                        RdDeleter<rd_kafka_consumer_group_metadata_destroy>>;
using RdHeaders = std::unique_ptr<rd_kafka_headers_t, RdDeleter<rd_kafka_headers_destroy>>;

using RdSettings = std::vector<std::pair<std::string_view, std::string>>;

/// Servers, client id and all properties of `config`, over `defaults` (which hold where the user
/// says nothing) and under `fixed` (which hold in any case). kUsage names a property that
/// librdkafka refuses, with the nearest name for an unknown one.
Result<RdConf> make_rd_conf(const ClientConfig& config, const RdSettings& defaults,
                            const RdSettings& fixed);

/// Whether the user set `name`, or the alias that librdkafka has for it.
bool user_set(const ClientConfig& config, std::string_view name);
std::string user_value(const ClientConfig& config, std::string_view name,
                       std::string_view otherwise);

/// What holds of a property, librdkafka's own default included; nullopt where it has none.
std::optional<std::string> rd_value(const rd_kafka_conf_t* conf, std::string_view name);
/// The same of a number, which librdkafka has checked when it was set.
std::int64_t rd_number(const rd_kafka_conf_t* conf, std::string_view name);

/// Whether a broker was not reached, or the connection to it ended.
bool is_lost_connection(rd_kafka_resp_err_t code);

/// What a person is told of an error of librdkafka's or of the broker's; `about` is the topic, the
/// group or the transactional id that it concerns, `operation` the right that it takes, `user` who
/// asks, as user_of() has it.
Error describe_rd_error(rd_kafka_resp_err_t code, std::string_view text, const std::string& about,
                        std::string_view operation, const std::string& user = {});

}  // namespace kreel::client
