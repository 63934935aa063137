#include "base/siphash.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <bit>
#include <new>

#include "base/assert.hpp"

namespace kreel {

static_assert(std::endian::native == std::endian::little, "words are read as they lie");

void SipHash::Free::operator()(evp_mac_ctx_st* context) const {
  EVP_MAC_CTX_free(context);
}

SipHash::SipHash(const SipKey& key) : key_(key) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  if (mac == nullptr) throw std::bad_alloc();
  context_.reset(EVP_MAC_CTX_new(mac));
  EVP_MAC_free(mac);
  if (!context_) throw std::bad_alloc();
  std::size_t size_bytes = sizeof(Hash128);
  const std::array params{OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size_bytes),
                          OSSL_PARAM_construct_end()};
  if (EVP_MAC_CTX_set_params(context_.get(), params.data()) != 1) throw std::bad_alloc();
}

Hash128 SipHash::of(ByteView bytes) {
  Hash128 hash;
  std::size_t size_bytes = 0;
  // Without its key OpenSSL does not begin anew.
  const bool hashed =
      EVP_MAC_init(context_.get(), reinterpret_cast<const unsigned char*>(&key_), sizeof(key_),
                   nullptr) == 1 &&
      EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size()) == 1 &&
      EVP_MAC_final(context_.get(), reinterpret_cast<unsigned char*>(&hash), &size_bytes,
                    sizeof(hash)) == 1;
  KREEL_ASSERT(hashed && size_bytes == sizeof(hash), "SipHash is computed in place");
  return hash;
}

}  // namespace kreel
