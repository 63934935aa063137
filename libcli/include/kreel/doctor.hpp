#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kreel/client_config.hpp"
#include "kreel/export.hpp"
#include "kreel/result.hpp"

namespace kreel {

/// One step on the way from a host name to a cluster that works.
struct HealthCheck {
  enum class State { kOk, kFail, kSkip };
  /// "dns", "tcp", "tls", "protocol", "api_versions", "sasl", "metadata", "advertised"
  std::string step;
  std::string target;  ///< "h:9092"; of "advertised" the address that a broker advertises
  State state = State::kSkip;
  std::optional<double> elapsed_ms;  ///< empty when skipped
  std::string detail;                ///< what was found, or what is wrong
};

/// "ok", "fail", "skip".
KREEL_API std::string_view to_string(HealthCheck::State state);

struct Diagnosis {
  std::vector<HealthCheck> checks;
  std::optional<Error> problem;  ///< the first thing to change, in its hint; empty when healthy
};

/// Goes to every bootstrap server as a client of `config` does, and to every broker that the
/// cluster advertises. Changes nothing. Each step takes ClientConfig::timeout_ms at most, an
/// advertised address three seconds.
KREEL_API Diagnosis diagnose(const ClientConfig& config);

}  // namespace kreel
