#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kreel/error.hpp"

namespace kreel {

/// A password by which one user may log in; the broker keeps what checks it, not the password.
struct UserCredential {
  std::string mechanism;  ///< "SCRAM-SHA-256", "SCRAM-SHA-512"
  std::int32_t iterations = 0;

  bool operator==(const UserCredential&) const = default;
};

struct UserInfo {
  std::string name;
  std::vector<UserCredential> credentials;  ///< by mechanism
};

struct NewPassword {
  std::string user;
  std::string mechanism;
  std::string password;
  /// 4096 to 16384: what guessing it from a recorded login costs, and each login, too.
  std::int32_t iterations = 8192;
};

struct RemovedPassword {
  std::string user;
  std::string mechanism;
};

}  // namespace kreel
