#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "client/admin_impl.hpp"

// Quotas of users, client ids and addresses (KIP-546).

namespace kreel::client {

using protocol::ErrorCode;

namespace {

std::string name_of(const QuotaEntity& entity) {
  std::vector<std::string> parts;
  for (const QuotaPart& part : entity) {
    parts.push_back(part.name ? fmt::format("{} \"{}\"", part.type, escape_control(*part.name))
                              : fmt::format("the default {}", part.type));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

Result<std::vector<QuotaInfo>> ProtocolAdmin::list_quotas() {
  const Deadline deadline = cluster_.new_deadline();
  using Quotas = std::vector<QuotaInfo>;
  const auto ask = [this](Connection& connection, const Deadline& limit) -> Result<Quotas> {
    TRY_ASSIGN(const auto reply, connection.call<protocol::DescribeClientQuotas>({}, limit));
    if (reply->error_code != ErrorCode::NONE) {
      return fail(describe_error(reply->error_code,
                                 Subject::cluster("DESCRIBE_CONFIGS").by(cluster_.user()),
                                 reply->error_message));
    }
    Quotas quotas;
    if (!reply->entries) return quotas;
    for (const auto& entry : *reply->entries) {
      QuotaInfo& quota = quotas.emplace_back();
      for (const auto& part : entry.entity) {
        quota.entity.push_back({part.entity_type, part.entity_name});
      }
      for (const auto& value : entry.values) quota.values.emplace_back(value.key, value.value);
      std::ranges::sort(quota.entity);
      std::ranges::sort(quota.values);
    }
    std::ranges::sort(quotas, {}, &QuotaInfo::entity);
    return quotas;
  };
  return cluster_.with_any(deadline, ask);
}

Result<void> ProtocolAdmin::alter_quotas(const QuotaChange& change, bool validate_only) {
  const Deadline deadline = cluster_.new_deadline();
  protocol::AlterClientQuotasRequest request;
  request.validate_only = validate_only;
  auto& entry = request.entries.emplace_back();
  for (const QuotaPart& part : change.entity) entry.entity.push_back({part.type, part.name});
  for (const auto& [key, value] : change.values) {
    entry.ops.push_back({.key = key, .value = value.value_or(0), .remove = !value.has_value()});
  }
  ControllerRouter router(cluster_);
  using Call = Scatter<protocol::AlterClientQuotas>;
  const Subject subject{"quota", name_of(change.entity), "ALTER_CONFIGS", std::nullopt,
                        cluster_.user()};
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        return std::vector<Call::Batch>{{request, items}};
      },
      [&](const protocol::AlterClientQuotasResponse& response, const Call::Items& items,
          Outcome& outcome) {
        if (response.entries.empty()) return;
        const auto& answer = response.entries.front();
        if (answer.error_code == ErrorCode::NONE) {
          outcome.done(items.front());
        } else if (answer.error_code == ErrorCode::NOT_CONTROLLER) {
          outcome.failed(items.front(), answer.error_code, subject);
        } else {
          outcome.failed(items.front(),
                         {describe_error(answer.error_code, subject, answer.error_message),
                          static_cast<std::int16_t>(answer.error_code)},
                         false);
        }
      });
  TRY_ASSIGN(auto outcome, call.run(1, deadline));
  if (auto error = outcome.take_error(0)) return fail(std::move(error->error));
  return {};
}

}  // namespace kreel::client
