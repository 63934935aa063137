#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kreel/broker.hpp"
#include "kreel/export.hpp"
#include "kreel/result.hpp"

namespace kreel {

/// A fault that a broker has.
struct Fault {
  std::int64_t id = 0;
  std::string kind;                ///< "error", "latency" or "drop"
  std::optional<std::string> api;  ///< "list_offsets"; empty: all
  std::optional<std::string> error;
  std::optional<std::int64_t> left;  ///< requests that still get the error; empty: no end
  std::optional<std::int64_t> latency_min_ms;
  std::optional<std::int64_t> latency_max_ms;
  std::optional<double> percent;
  std::int64_t hits = 0;
};

/// The control socket of a running broker of this machine and user. Each call returns the faults
/// that the broker has then; a failed one has changed nothing.
class KREEL_API BrokerControl {
 public:
  /// The socket in a data directory.
  static std::string socket_of(const std::string& data_directory);
  /// kNotFound when no broker listens there, kNotAuthorized when it is another user's.
  static Result<std::unique_ptr<BrokerControl>> connect(const std::string& socket,
                                                        std::int64_t timeout_ms);
  virtual ~BrokerControl() = default;

  /// Of the broker that listens there.
  virtual std::optional<std::string> cluster_id() = 0;
  virtual Result<std::vector<Fault>> add_faults(const FaultSpecs& specs) = 0;
  virtual Result<std::vector<Fault>> list_faults() = 0;
  virtual Result<std::vector<Fault>> clear_faults() = 0;
  virtual Result<std::vector<Fault>> clear_faults(std::span<const std::int64_t> ids) = 0;
};

}  // namespace kreel
