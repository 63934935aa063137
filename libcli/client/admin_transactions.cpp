#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "client/admin_impl.hpp"

// What transaction coordinators know, and what they are told to abort. What partitions know is in
// admin_producers.cpp.

namespace kreel::client {

using protocol::ErrorCode;

namespace {

constexpr protocol::Version kDurationFrom = 1;

/// Brokers ignore a state that is not spelt like this.
constexpr std::array<std::string_view, 8> kStates{
    "Empty",          "Ongoing",       "PrepareCommit", "PrepareAbort",
    "CompleteCommit", "CompleteAbort", "Dead",          "PrepareEpochFence"};

std::string spelt_right(const std::string& state) {
  const auto known = std::ranges::find_if(
      kStates, [&](std::string_view one) { return equals_ignore_case(one, state); });
  return known == kStates.end() ? state : std::string(*known);
}

/// Those that have ended keep their start, and Kafka goes on counting.
bool is_under_way(std::string_view state) {
  return state == "Ongoing" || state.starts_with("Prepare");
}

Result<protocol::ListTransactionsRequest> list_request(const ListTransactionsFilter& filter,
                                                       protocol::Version version) {
  protocol::ListTransactionsRequest request;
  std::ranges::transform(filter.states, std::back_inserter(request.state_filters), spelt_right);
  request.producer_id_filters = filter.producer_ids;
  if (!filter.open_for_ms) return request;
  if (version < kDurationFrom) {
    return fail(ErrorKind::kFailed,
                "the broker does not support ListTransactions by duration (Kafka 3.8 and later "
                "do)");
  }
  request.duration_filter = *filter.open_for_ms;
  return request;
}

void fill(TransactionDescription& described,
          const protocol::DescribeTransactionsResponse::TransactionState& from) {
  described.state = from.transaction_state;
  described.producer_id = from.producer_id;
  described.producer_epoch = from.producer_epoch;
  described.timeout_ms = from.transaction_timeout_ms;
  if (from.transaction_start_time_ms >= 0 && is_under_way(from.transaction_state)) {
    described.start_ms = from.transaction_start_time_ms;
  }
  described.partitions.clear();
  for (const auto& topic : from.topics) {
    for (const auto partition : topic.partitions) {
      described.partitions.push_back({topic.topic, partition});
    }
  }
  std::ranges::sort(described.partitions);
}

}  // namespace

Result<TransactionList> ProtocolAdmin::list_transactions(const ListTransactionsFilter& filter) {
  const Deadline deadline = cluster_.new_deadline();
  TRY(cluster_.ensure_brokers(deadline));
  std::vector<std::int32_t> ids;
  for (const auto& [id, broker] : cluster_.brokers()) ids.push_back(id);
  BrokerRouter router(cluster_, ids);
  TransactionList list;
  using Call = Scatter<protocol::ListTransactions>;
  Call call(
      cluster_, router,
      [&](protocol::Version version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        TRY_ASSIGN(auto request, list_request(filter, version));
        return std::vector<Call::Batch>{{std::move(request), items}};
      },
      [&](const protocol::ListTransactionsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        const std::size_t item = items.front();
        if (response.error_code != ErrorCode::NONE) {
          const Subject broker{"broker", std::to_string(ids[item]), "DESCRIBE", std::nullopt, {}};
          return outcome.failed(item, response.error_code, broker);
        }
        for (const auto& one : response.transaction_states) {
          if (filter.open_for_ms && !is_under_way(one.transaction_state)) continue;
          list.transactions.push_back(
              {one.transactional_id, one.producer_id, one.transaction_state, ids[item]});
        }
        outcome.done(item);
      });
  TRY_ASSIGN(auto outcome, call.run(ids.size(), deadline));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (auto error = outcome.take_error(i)) list.errors.push_back(std::move(error->error));
  }
  if (!ids.empty() && list.errors.size() == ids.size()) return fail(list.errors.front());
  std::ranges::sort(list.transactions, {}, &TransactionListing::transactional_id);
  return list;
}

Result<std::vector<TransactionDescription>> ProtocolAdmin::describe_transactions(
    std::span<const std::string> transactional_ids) {
  const Deadline deadline = cluster_.new_deadline();
  const std::vector<std::string> ids(transactional_ids.begin(), transactional_ids.end());
  std::vector<TransactionDescription> described(ids.size());
  CoordinatorRouter router(cluster_, ids, "DESCRIBE", Coordinated::kTransactionalId);
  using Call = Scatter<protocol::DescribeTransactions>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        for (const std::size_t item : items) {
          batches[0].request.transactional_ids.push_back(ids[item]);
        }
        return batches;
      },
      [&](const protocol::DescribeTransactionsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        std::map<std::string, std::size_t> index;
        for (const std::size_t item : items) index.emplace(ids[item], item);
        for (const auto& one : response.transaction_states) {
          const auto at = index.find(one.transactional_id);
          if (at == index.end()) continue;
          if (one.error_code != ErrorCode::NONE) {
            outcome.failed(at->second, one.error_code,
                           Subject::transactional_id(at->first, "DESCRIBE"));
            continue;
          }
          fill(described[at->second], one);
          described[at->second].coordinator_id = router.broker_of(at->second);
          outcome.done(at->second);
        }
      });
  TRY_ASSIGN(auto outcome, call.run(ids.size(), deadline));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    described[i].transactional_id = ids[i];
    described[i].error = outcome.take_error(i);
  }
  return described;
}

Result<std::vector<NamedResult>> ProtocolAdmin::abort_transactions(
    std::span<const TransactionToAbort> transactions) {
  const Deadline deadline = cluster_.new_deadline();
  std::vector<std::string> ids;
  for (const auto& one : transactions) ids.push_back(one.transactional_id);
  CoordinatorRouter router(cluster_, ids, "WRITE", Coordinated::kTransactionalId);
  using Call = Scatter<protocol::InitProducerId>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches;
        for (const std::size_t item : items) {
          auto& batch = batches.emplace_back();
          batch.request.transactional_id = ids[item];
          batch.request.transaction_timeout_ms = transactions[item].timeout_ms;
          batch.items = {item};
        }
        return batches;
      },
      [&](const protocol::InitProducerIdResponse& response, const Call::Items& items,
          Outcome& outcome) {
        const std::size_t item = items.front();
        if (response.error_code == ErrorCode::NONE) return outcome.done(item);
        outcome.failed(item, response.error_code, Subject::transactional_id(ids[item], "WRITE"));
      });
  TRY_ASSIGN(auto outcome, call.run(ids.size(), deadline));
  std::vector<NamedResult> results;
  for (std::size_t i = 0; i < ids.size(); ++i) results.push_back({ids[i], outcome.take_error(i)});
  return results;
}

}  // namespace kreel::client
