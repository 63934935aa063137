#include "coordinator/transaction_router.hpp"

#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "coordinator/ask_shard.hpp"
#include "coordinator/collector.hpp"
#include "coordinator/group_id.hpp"
#include "coordinator/transaction/transaction.hpp"

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::ListTransactionsResponse;

namespace {

template <class Response, class Request>
using ShardCall = void (TransactionShard::*)(Request, Reply<Response>);

template <class Response, class Request>
void bring(Executor& home, const TransactionRouter::Shard& shard, ShardCall<Response, Request> call,
           Request request, Reply<Response> reply) {
  ask_shard(home, *shard.executor, *shard.transactions, std::move(reply),
            [call, request = std::move(request)](TransactionShard& to, auto back) mutable {
              (to.*call)(std::move(request), std::move(back));
            });
}

}  // namespace

TransactionRouter::TransactionRouter(std::vector<Shard> shards, std::int32_t partition_count)
    : shards_(std::move(shards)), partition_count_(partition_count) {}

std::size_t TransactionRouter::shard_of_partition(PartitionId partition) const {
  return static_cast<std::size_t>(partition) % shards_.size();
}

PartitionId TransactionRouter::partition_of(std::string_view transactional_id) const {
  return partition_for_transactional_id(transactional_id, partition_count_);
}

const TransactionRouter::Shard& TransactionRouter::shard_for(
    std::string_view transactional_id) const {
  return shards_[shard_of_partition(partition_of(transactional_id))];
}

void TransactionRouter::init(Executor& home, protocol::InitProducerIdRequest request,
                             InitReply reply) const {
  const Shard& shard = shard_for(request.transactional_id.value_or(""));
  bring(home, shard, &TransactionShard::init, std::move(request), std::move(reply));
}

void TransactionRouter::add(Executor& home, AddPartitions request, Reply<ErrorCode> reply) const {
  const Shard& shard = shard_for(request.transactional_id);
  bring(home, shard, &TransactionShard::add, std::move(request), std::move(reply));
}

void TransactionRouter::verify(Executor& home, AddPartitions request, VerifyReply reply) const {
  const Shard& shard = shard_for(request.transactional_id);
  bring(home, shard, &TransactionShard::verify, std::move(request), std::move(reply));
}

void TransactionRouter::end(Executor& home, EndTransaction request, EndReply reply) const {
  const Shard& shard = shard_for(request.transactional_id);
  bring(home, shard, &TransactionShard::end, std::move(request), std::move(reply));
}

void TransactionRouter::describe(Executor& home, std::vector<std::string> transactional_ids,
                                 Reply<protocol::DescribeTransactionsResponse> reply) const {
  using Described = std::vector<DescribedTransaction>;
  if (transactional_ids.empty()) return reply({});
  auto put_together = [reply = std::move(reply)](Described told) {
    protocol::DescribeTransactionsResponse response;
    response.transaction_states = std::move(told);
    reply(std::move(response));
  };
  const std::set<std::string> ids(transactional_ids.begin(), transactional_ids.end());
  auto answers =
      std::make_shared<Collector<DescribedTransaction>>(ids.size(), std::move(put_together));
  std::size_t place = 0;
  for (const std::string& id : ids) {
    Reply<Described> one = [answers, place](Described told) {
      answers->set(place, std::move(told.front()));
    };
    bring(home, shard_for(id), &TransactionShard::describe, std::vector{id}, std::move(one));
    ++place;
  }
}

void TransactionRouter::list(Executor& home, protocol::ListTransactionsRequest request,
                             Reply<ListTransactionsResponse> reply) const {
  std::vector<std::string> unknown_states;
  for (const std::string& state : request.state_filters) {
    if (!transaction_state(state)) unknown_states.push_back(state);
  }
  auto put_together = [reply = std::move(reply), unknown_states = std::move(unknown_states)](
                          std::vector<ListTransactionsResponse> parts) mutable {
    ListTransactionsResponse all;
    all.unknown_state_filters = std::move(unknown_states);
    for (ListTransactionsResponse& part : parts) {
      if (part.error_code != ErrorCode::NONE) all.error_code = part.error_code;
      for (auto& told : part.transaction_states) all.transaction_states.push_back(std::move(told));
    }
    if (all.error_code != ErrorCode::NONE) all.transaction_states.clear();
    reply(std::move(all));
  };
  auto answers = std::make_shared<Collector<ListTransactionsResponse>>(shards_.size(),
                                                                       std::move(put_together));
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    Reply<ListTransactionsResponse> one = [answers, i](ListTransactionsResponse part) {
      answers->set(i, std::move(part));
    };
    bring(home, shards_[i], &TransactionShard::list, protocol::ListTransactionsRequest(request),
          std::move(one));
  }
}

}  // namespace kreel::coordinator
