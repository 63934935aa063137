#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kreel/export.hpp"
#include "kreel/result.hpp"

namespace kreel {

struct JaasOption {
  std::string name;
  std::string value;
};

/// A login line of Java's: `Module required name="value" …;`.
struct JaasLogin {
  std::string module;  ///< "org.apache.kafka.common.security.plain.PlainLoginModule"
  std::vector<JaasOption> options;
};

/// ErrorKind::kUsage. The errors never contain a value.
KREEL_API Result<JaasLogin> parse_jaas(std::string_view text);

}  // namespace kreel
