// UpdateFeatures, versions 0-2.
//   1: kinds of downgrade, validate only   2: no answer per feature
// The level of transaction.version is what the coordinators are written for: it can be confirmed,
// and not changed. Of the other features of Kafka, which ApiVersions does not name, level 0 holds.

#include <array>

#include <algorithm>

#include <fmt/core.h>

#include "broker/handlers/admin_common.hpp"
#include "coordinator/transaction_marker.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::UpdateFeatures;
using protocol::UpdateFeaturesRequest;
using Update = UpdateFeaturesRequest::FeatureUpdateKey;

constexpr protocol::Version kLastUpdateWithResults = 1;
constexpr std::int8_t kUpgrade = 1;
constexpr std::int8_t kUnsafeDowngrade = 3;
constexpr std::string_view kTransactionFeature = "transaction.version";
constexpr auto kFeaturesAtZero =
    std::to_array<std::string_view>({"eligible.leader.replicas.version", "group.version",
                                     "kraft.version", "share.version", "streams.version"});

/// Why Kafka would not make this change; empty: it is made, and changes nothing.
std::string why_not(const Update& update, BrokerId own_id) {
  const bool is_transactions = update.feature == kTransactionFeature;
  const std::int16_t current = is_transactions ? coordinator::kTransactionsV2 : 0;
  const std::int16_t wanted = update.max_version_level;
  if (update.upgrade_type < kUpgrade || update.upgrade_type > kUnsafeDowngrade) {
    return "The controller does not support the given upgrade type.";
  }
  if (wanted < 0) return "A feature version cannot be less than 0.";
  if (wanted > current) {
    return is_transactions
               ? fmt::format("Local controller {} only supports versions 0-{}", own_id, current)
               : fmt::format("Local controller {} does not support this feature.", own_id);
  }
  if (wanted < current) {
    return update.upgrade_type == kUpgrade
               ? "Can't downgrade the version of this feature without setting the upgrade type to "
                 "either safe or unsafe downgrade."
               : "Can't downgrade the version of this feature.";
  }
  if (is_transactions || std::ranges::count(kFeaturesAtZero, update.feature) != 0) return {};
  return fmt::format("Feature {} not found.", update.feature);
}

}  // namespace

void handle(Call<UpdateFeatures> call, RequestContext& context) {
  protocol::UpdateFeaturesResponse response;
  response.error_message = std::nullopt;
  for (const Update& update : call.request.feature_updates) {
    const std::string reason = why_not(update, context.broker.config().node_id);
    if (reason.empty()) continue;
    response.error_code = ErrorCode::INVALID_UPDATE_VERSION;
    response.error_message = reply_message(
        fmt::format("The update failed for all features since the following feature had an error: "
                    "Invalid update version {} for feature {}. {}",
                    update.max_version_level, update.feature, reason));
    return call.reply(response);
  }
  if (context.version <= kLastUpdateWithResults) {
    for (const Update& update : call.request.feature_updates) {
      auto& out = response.results.emplace_back();
      out.feature = update.feature;
      out.error_message = std::nullopt;
    }
  }
  call.reply(response);
}

}  // namespace kreel::broker
