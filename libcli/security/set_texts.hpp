#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "security/secret.hpp"

namespace kreel::security {

inline constexpr std::uint16_t kTlsPort = 9093;

/// Where the files of a set are and what opens them.
struct SetPlaces {
  std::string directory;
  std::vector<std::string> hosts;
  std::string bootstrap;  ///< empty: the first host
  bool broker_asks_for_certificates = false;
  Secret broker_password;
  Secret trust_password;
};

/// Kafka's client settings, for Java.
Secret java_client_properties(const SetPlaces& places, const std::string& client,
                              const Secret& key_password);
/// The same by librdkafka's names, for -F of kreel and kcat.
Secret librdkafka_properties(const SetPlaces& places, const std::string& client);
/// The lines of a broker, Apache's or kreel's.
Secret broker_properties(const SetPlaces& places);

}  // namespace kreel::security
