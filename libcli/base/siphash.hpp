#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"

// As OpenSSL's headers declare it, which few need to read.
struct evp_mac_ctx_st;

namespace kreel {

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const Hash128&) const = default;
};

struct SipKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

/// SipHash-2-4 with 128 bits of output (Aumasson, Bernstein), OpenSSL's. Whoever does not know the
/// key cannot make two inputs meet. Not thread-safe.
class SipHash {
 public:
  explicit SipHash(const SipKey& key);
  Hash128 of(ByteView bytes);

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const;
  };
  SipKey key_;
  std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

}  // namespace kreel
