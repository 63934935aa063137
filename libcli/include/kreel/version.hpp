#pragma once

#include <string>

#include "kreel/export.hpp"

namespace kreel {

/// What this library was made from, and what it runs with.
struct Versions {
  std::string kreel;       ///< "0.1.0"
  std::string commit;      ///< as git abbreviates it; empty where the sources were no git tree
  std::string librdkafka;  ///< of the library that is loaded now
  std::string openssl;     ///< of the library that is loaded now
};

/// From any thread.
KREEL_API Versions versions();

}  // namespace kreel
