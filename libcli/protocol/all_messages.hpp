#pragma once

// Every API of apis.def. Heavy: for the dispatcher and tests; a handler includes its own message.

#include "protocol/messages/add_offsets_to_txn.hpp"               // IWYU pragma: export
#include "protocol/messages/add_partitions_to_txn.hpp"            // IWYU pragma: export
#include "protocol/messages/alter_client_quotas.hpp"              // IWYU pragma: export
#include "protocol/messages/alter_configs.hpp"                    // IWYU pragma: export
#include "protocol/messages/alter_user_scram_credentials.hpp"     // IWYU pragma: export
#include "protocol/messages/api_versions.hpp"                     // IWYU pragma: export
#include "protocol/messages/create_partitions.hpp"                // IWYU pragma: export
#include "protocol/messages/create_topics.hpp"                    // IWYU pragma: export
#include "protocol/messages/delete_groups.hpp"                    // IWYU pragma: export
#include "protocol/messages/delete_records.hpp"                   // IWYU pragma: export
#include "protocol/messages/delete_topics.hpp"                    // IWYU pragma: export
#include "protocol/messages/describe_client_quotas.hpp"           // IWYU pragma: export
#include "protocol/messages/describe_cluster.hpp"                 // IWYU pragma: export
#include "protocol/messages/describe_configs.hpp"                 // IWYU pragma: export
#include "protocol/messages/describe_groups.hpp"                  // IWYU pragma: export
#include "protocol/messages/describe_log_dirs.hpp"                // IWYU pragma: export
#include "protocol/messages/describe_producers.hpp"               // IWYU pragma: export
#include "protocol/messages/describe_topic_partitions.hpp"        // IWYU pragma: export
#include "protocol/messages/describe_transactions.hpp"            // IWYU pragma: export
#include "protocol/messages/describe_user_scram_credentials.hpp"  // IWYU pragma: export
#include "protocol/messages/end_txn.hpp"                          // IWYU pragma: export
#include "protocol/messages/fetch.hpp"                            // IWYU pragma: export
#include "protocol/messages/find_coordinator.hpp"                 // IWYU pragma: export
#include "protocol/messages/heartbeat.hpp"                        // IWYU pragma: export
#include "protocol/messages/incremental_alter_configs.hpp"        // IWYU pragma: export
#include "protocol/messages/init_producer_id.hpp"                 // IWYU pragma: export
#include "protocol/messages/join_group.hpp"                       // IWYU pragma: export
#include "protocol/messages/leave_group.hpp"                      // IWYU pragma: export
#include "protocol/messages/list_groups.hpp"                      // IWYU pragma: export
#include "protocol/messages/list_offsets.hpp"                     // IWYU pragma: export
#include "protocol/messages/list_transactions.hpp"                // IWYU pragma: export
#include "protocol/messages/metadata.hpp"                         // IWYU pragma: export
#include "protocol/messages/offset_commit.hpp"                    // IWYU pragma: export
#include "protocol/messages/offset_delete.hpp"                    // IWYU pragma: export
#include "protocol/messages/offset_fetch.hpp"                     // IWYU pragma: export
#include "protocol/messages/offset_for_leader_epoch.hpp"          // IWYU pragma: export
#include "protocol/messages/produce.hpp"                          // IWYU pragma: export
#include "protocol/messages/sasl_authenticate.hpp"                // IWYU pragma: export
#include "protocol/messages/sasl_handshake.hpp"                   // IWYU pragma: export
#include "protocol/messages/sync_group.hpp"                       // IWYU pragma: export
#include "protocol/messages/txn_offset_commit.hpp"                // IWYU pragma: export
#include "protocol/messages/write_txn_markers.hpp"                // IWYU pragma: export
