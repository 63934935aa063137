#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct AddPartitionsToTxnRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 3};

  struct AddPartitionsToTxnTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<std::int32_t> partitions;

    bool operator==(const AddPartitionsToTxnTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &AddPartitionsToTxnTopic::name, since(0));
      v("partitions", &AddPartitionsToTxnTopic::partitions, since(0));
    }
  };

  struct AddPartitionsToTxnTransaction {
    static constexpr bool kIsDescribed = true;

    std::string transactional_id;
    std::int64_t producer_id = 0;
    std::int16_t producer_epoch = 0;
    bool verify_only = false;  ///< asks whether they are in the transaction (KIP-890)
    std::vector<AddPartitionsToTxnTopic> topics;

    bool operator==(const AddPartitionsToTxnTransaction&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("transactional_id", &AddPartitionsToTxnTransaction::transactional_id, since(4));
      v("producer_id", &AddPartitionsToTxnTransaction::producer_id, since(4));
      v("producer_epoch", &AddPartitionsToTxnTransaction::producer_epoch, since(4));
      v("verify_only", &AddPartitionsToTxnTransaction::verify_only, since(4));
      v("topics", &AddPartitionsToTxnTransaction::topics, since(4));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<AddPartitionsToTxnTransaction>
      transactions;  ///< by other brokers alone: a batch since 4
  std::string v3_and_below_transactional_id;
  std::int64_t v3_and_below_producer_id = 0;
  std::int16_t v3_and_below_producer_epoch = 0;
  std::vector<AddPartitionsToTxnTopic> v3_and_below_topics;

  bool operator==(const AddPartitionsToTxnRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("transactions", &AddPartitionsToTxnRequest::transactions, since(4));
    v("v3_and_below_transactional_id", &AddPartitionsToTxnRequest::v3_and_below_transactional_id,
      between(0, 3));
    v("v3_and_below_producer_id", &AddPartitionsToTxnRequest::v3_and_below_producer_id,
      between(0, 3));
    v("v3_and_below_producer_epoch", &AddPartitionsToTxnRequest::v3_and_below_producer_epoch,
      between(0, 3));
    v("v3_and_below_topics", &AddPartitionsToTxnRequest::v3_and_below_topics, between(0, 3));
  }
};

struct AddPartitionsToTxnResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 3};

  struct AddPartitionsToTxnPartitionResult {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    ErrorCode partition_error_code = ErrorCode::NONE;

    bool operator==(const AddPartitionsToTxnPartitionResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &AddPartitionsToTxnPartitionResult::partition_index, since(0));
      v("partition_error_code", &AddPartitionsToTxnPartitionResult::partition_error_code, since(0));
    }
  };

  struct AddPartitionsToTxnTopicResult {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<AddPartitionsToTxnPartitionResult> results_by_partition;

    bool operator==(const AddPartitionsToTxnTopicResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &AddPartitionsToTxnTopicResult::name, since(0));
      v("results_by_partition", &AddPartitionsToTxnTopicResult::results_by_partition, since(0));
    }
  };

  struct AddPartitionsToTxnResult {
    static constexpr bool kIsDescribed = true;

    std::string transactional_id;
    std::vector<AddPartitionsToTxnTopicResult> topic_results;

    bool operator==(const AddPartitionsToTxnResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("transactional_id", &AddPartitionsToTxnResult::transactional_id, since(4));
      v("topic_results", &AddPartitionsToTxnResult::topic_results, since(4));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;  ///< of the whole batch
  std::vector<AddPartitionsToTxnResult> results_by_transaction;
  std::vector<AddPartitionsToTxnTopicResult> results_by_topic_v3_and_below;

  bool operator==(const AddPartitionsToTxnResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &AddPartitionsToTxnResponse::throttle_time_ms, since(0));
    v("error_code", &AddPartitionsToTxnResponse::error_code, since(4).ignorable());
    v("results_by_transaction", &AddPartitionsToTxnResponse::results_by_transaction, since(4));
    v("results_by_topic_v3_and_below", &AddPartitionsToTxnResponse::results_by_topic_v3_and_below,
      between(0, 3));
  }
};

struct AddPartitionsToTxn {
  static constexpr std::int16_t key = 24;
  using Request = AddPartitionsToTxnRequest;
  using Response = AddPartitionsToTxnResponse;
};

}  // namespace kreel::protocol
