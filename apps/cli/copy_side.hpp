#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kreel/admin.hpp>
#include <kreel/client_config.hpp>
#include <kreel/position.hpp>

#include "cli/context.hpp"

namespace kreel::cli {

// Which cluster one side of a copy is on. With neither field it is the command's own: -b, -P, -X,
// -F and the environment. Otherwise the one that is given alone says how to reach it, so that
// nothing meant for one cluster, a password least of all, goes to the other.
struct CopySide {
  std::optional<std::string> profile;
  std::optional<std::string> brokers;

  bool is_own() const { return !profile && !brokers; }
  Result<ClientConfig> config(CommandContext& context, PropertyScope scope) const;
  // kRefused where it leads to another cluster than the profile's kreel.cluster.id.
  Result<std::unique_ptr<AdminClient>> connect(CommandContext& context) const;

 private:
  Result<Configuration> configuration(CommandContext& context) const;
};

// "orders", "prod/orders", "prod/orders:0,3-5": a topic's name has no slash.
struct CopyAddress {
  std::optional<std::string> profile;
  TopicPartitions topic;
};
Result<CopyAddress> parse_copy_address(std::string_view text);

}  // namespace kreel::cli
