// AddPartitionsToTxn, versions 0-5.
//   2: PRODUCER_FENCED   3: flexible
//   4: many transactions at once, to add or only to verify (brokers; KIP-890)   5: as 4

#include <map>

#include "broker/handlers/transaction_call.hpp"
#include "broker/partition_lookup.hpp"

namespace kreel::broker {
namespace {

using protocol::AddPartitionsToTxnRequest;
using protocol::AddPartitionsToTxnResponse;
using protocol::ErrorCode;
using storage::TopicPartition;
using AskedTransaction = AddPartitionsToTxnRequest::AddPartitionsToTxnTransaction;
using Result = AddPartitionsToTxnResponse::AddPartitionsToTxnResult;
using Errors = std::map<TopicPartition, ErrorCode>;

constexpr protocol::Version kFirstWithManyTransactions = 4;

/// One of versions 0-3 in the form of later ones.
std::vector<AskedTransaction> transactions_of(AddPartitionsToTxnRequest request,
                                              protocol::Version version) {
  if (version >= kFirstWithManyTransactions) return std::move(request.transactions);
  AskedTransaction only;
  only.transactional_id = std::move(request.v3_and_below_transactional_id);
  only.producer_id = request.v3_and_below_producer_id;
  only.producer_epoch = request.v3_and_below_producer_epoch;
  only.topics = std::move(request.v3_and_below_topics);
  return {std::move(only)};
}

Result to_result(std::string transactional_id, const Errors& errors) {
  Result result;
  result.transactional_id = std::move(transactional_id);
  for (const auto& [partition, error] : errors) {
    auto& topics = result.topic_results;
    if (topics.empty() || topics.back().name != partition.topic) {
      topics.push_back({partition.topic, {}});
    }
    topics.back().results_by_partition.push_back({partition.partition, error});
  }
  return result;
}

struct AddWork {
  Call<protocol::AddPartitionsToTxn> call;
  std::vector<Result> results;
  std::size_t missing = 0;

  void set(std::size_t index, Result result) {
    results[index] = std::move(result);
    if (--missing > 0) return;
    AddPartitionsToTxnResponse response;
    if (call.version() >= kFirstWithManyTransactions) {
      response.results_by_transaction = std::move(results);
    } else {
      response.results_by_topic_v3_and_below = std::move(results.front().topic_results);
    }
    call.reply(response);
  }
};

/// One partition that is not there, or is not for this client, keeps the others out of the
/// transaction. What brokers ask is allowed as a whole.
bool refuse_some(const catalog::Snapshot& snapshot, const RequestContext& context, Errors& errors) {
  const bool asks = context.version < kFirstWithManyTransactions;
  bool all_there = true;
  for (auto& [partition, error] : errors) {
    if (asks && !context.access.may(rules::add_partitions, partition.topic)) {
      error = rules::add_partitions.error;
      all_there = false;
      continue;
    }
    const auto found = find_partition(snapshot, partition.topic, partition.partition);
    if (found.log != nullptr) continue;
    error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    all_there = false;
  }
  if (all_there) return false;
  for (auto& [partition, error] : errors) {
    if (error == ErrorCode::NONE) error = ErrorCode::OPERATION_NOT_ATTEMPTED;
  }
  return true;
}

void add_one(const std::shared_ptr<AddWork>& work, std::size_t index, const AskedTransaction& asked,
             RequestContext& context) {
  Errors errors;
  coordinator::AddPartitions request{.transactional_id = asked.transactional_id,
                                     .producer_id = asked.producer_id,
                                     .producer_epoch = asked.producer_epoch,
                                     .partitions = {},
                                     .client_version = context.version >= kFirstWithManyTransactions
                                                           ? coordinator::kTransactionsV2
                                                           : coordinator::kTransactionsV0};
  for (const auto& topic : asked.topics) {
    for (const PartitionId partition : topic.partitions) {
      request.partitions.insert({topic.name, partition});
      errors.emplace(TopicPartition{topic.name, partition}, ErrorCode::NONE);
    }
  }
  if (refuse_some(*context.broker.catalog().snapshot(), context, errors)) {
    return work->set(index, to_result(asked.transactional_id, errors));
  }
  const TransactionService& transactions = context.broker.transactions();
  Executor& home = context.io.executor();
  if (asked.verify_only) {
    return transactions.verify(
        home, std::move(request),
        [work, index, id = asked.transactional_id,
         errors = std::move(errors)](const std::vector<ErrorCode>& told) mutable {
          auto next = told.begin();
          for (auto& [partition, error] : errors) error = *next++;
          work->set(index, to_result(std::move(id), errors));
        });
  }
  transactions.add(home, std::move(request),
                   [work, index, id = asked.transactional_id,
                    errors = std::move(errors)](ErrorCode told) mutable {
                     for (auto& [partition, error] : errors) {
                       error = fenced_for_version(told, work->call.version());
                     }
                     work->set(index, to_result(std::move(id), errors));
                   });
}

}  // namespace

void handle(Call<protocol::AddPartitionsToTxn> call, RequestContext& context) {
  const std::vector<AskedTransaction> asked =
      transactions_of(std::move(call.request), call.version());
  if (asked.empty()) return call.reply({});
  auto work = std::make_shared<AddWork>(
      AddWork{std::move(call), std::vector<Result>(asked.size()), asked.size()});
  for (std::size_t i = 0; i < asked.size(); ++i) add_one(work, i, asked[i], context);
}

}  // namespace kreel::broker
