// AlterClientQuotas, versions 0-1: sets and removes quotas (KIP-546).
//   1: flexible

#include <map>

#include <fmt/core.h>

#include "broker/handlers/admin_common.hpp"
#include "broker/quotas.hpp"

namespace kreel::broker {
namespace {

using protocol::AlterClientQuotasRequest;
using protocol::AlterClientQuotasResponse;
using protocol::ErrorCode;

/// Changes that one request may ask for, as in Kafka.
constexpr std::size_t kQuotaChangesMax = 10'000;

/// One entity of the request, and what is wrong with what is asked for it.
struct AskedQuotas {
  catalog::QuotaChange change;
  catalog::ChangeResult result;
};

AskedQuotas read_entry(const AlterClientQuotasRequest::EntryData& entry) {
  AskedQuotas asked;
  const auto refuse = [&asked](std::string why) {
    if (asked.result.ok()) asked.result = {ErrorCode::INVALID_REQUEST, std::move(why)};
  };
  for (const auto& part : entry.entity) {
    const bool is_new = asked.change.entity.emplace(part.entity_type, part.entity_name).second;
    if (!is_new) refuse("Invalid client quota entity, duplicate entity entry " + part.entity_type);
  }
  for (const auto& op : entry.ops) {
    asked.change.values.emplace_back(op.key,
                                     op.remove ? std::nullopt : std::optional<double>(op.value));
  }
  if (auto problem = catalog::problem_with_quotas(asked.change)) refuse(std::move(*problem));
  return asked;
}

/// In the order of the request; an entity that comes twice is refused and told once.
std::vector<AskedQuotas> read_entries(const AlterClientQuotasRequest& request) {
  std::vector<AskedQuotas> all;
  std::map<catalog::QuotaEntity, std::size_t> places;
  for (const auto& entry : request.entries) {
    AskedQuotas asked = read_entry(entry);
    const auto [place, is_new] = places.emplace(asked.change.entity, all.size());
    if (is_new) {
      all.push_back(std::move(asked));
    } else {
      all[place->second].result = {
          ErrorCode::INVALID_REQUEST,
          "Ignoring duplicate entity " + catalog::to_string(asked.change.entity)};
    }
  }
  return all;
}

void change_quotas(Broker& broker, const AlterClientQuotasRequest& request,
                   AlterClientQuotasResponse& response) {
  std::vector<AskedQuotas> all = read_entries(request);
  std::size_t count = 0;
  for (const auto& entry : request.entries) count += entry.ops.size();
  const bool too_many = count > kQuotaChangesMax;
  std::vector<catalog::QuotaChange> changes;
  for (AskedQuotas& asked : all) {
    if (too_many) {
      asked.result = {ErrorCode::POLICY_VIOLATION, std::string(kTooManyPartitions)};
    }
    if (asked.result.ok()) changes.push_back(asked.change);
  }
  catalog::ChangeResult changed;
  if (!request.validate_only) {
    changed = broker.catalog().change_quotas(changes);
    broker.quotas().set(*broker.catalog().snapshot()->quotas());
  }
  for (const AskedQuotas& asked : all) {
    const catalog::ChangeResult& result = asked.result.ok() ? changed : asked.result;
    auto& entry = response.entries.emplace_back();
    entry.error_code = result.error;
    entry.error_message = reply_message(result.message);
    for (const auto& [type, name] : asked.change.entity) entry.entity.push_back({type, name});
  }
}

}  // namespace

void handle(Call<protocol::AlterClientQuotas> call, RequestContext& context) {
  answer_after(std::move(call), context, change_quotas);
}

}  // namespace kreel::broker
