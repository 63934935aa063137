#include "catalog/internal_topics.hpp"

namespace kreel::catalog {

std::vector<NewTopic> internal_topics(const BrokerConfig& config) {
  return {{.name = kConsumerOffsetsTopic,
           .partition_count = config.offsets_topic_num_partitions,
           .configs = {{"cleanup.policy", "compact"}, {"compression.type", "producer"}},
           .is_internal = true},
          {.name = kTransactionStateTopic,
           .partition_count = config.transaction_state_log_num_partitions,
           .configs = {{"cleanup.policy", "compact"},
                       {"compression.type", "uncompressed"},
                       {"min.insync.replicas", "1"},
                       {"unclean.leader.election.enable", "false"}},
           .is_internal = true}};
}

}  // namespace kreel::catalog
