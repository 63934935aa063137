#include "security/scram.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/assert.hpp"

namespace kreel::security {
namespace {

const EVP_MD* digest_of(ScramMechanism mechanism) {
  return mechanism == ScramMechanism::kSha256 ? ::EVP_sha256() : ::EVP_sha512();
}

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string string_of(const unsigned char* bytes, std::size_t count) {
  return {reinterpret_cast<const char*>(bytes), count};
}

std::string exclusive_or(std::string left, std::string_view right) {
  for (std::size_t i = 0; i < left.size(); ++i) {
    left[i] = static_cast<char>(static_cast<unsigned char>(left[i]) ^
                                static_cast<unsigned char>(right[i]));
  }
  return left;
}

}  // namespace

std::string_view to_string(ScramMechanism mechanism) {
  return mechanism == ScramMechanism::kSha256 ? "SCRAM-SHA-256" : "SCRAM-SHA-512";
}

std::optional<ScramMechanism> scram_mechanism(std::string_view name) {
  for (const auto mechanism : {ScramMechanism::kSha256, ScramMechanism::kSha512}) {
    if (to_string(mechanism) == name) return mechanism;
  }
  return std::nullopt;
}

std::optional<ScramMechanism> scram_mechanism(std::int8_t number) {
  if (number != 1 && number != 2) return std::nullopt;
  return static_cast<ScramMechanism>(number);
}

std::size_t digest_bytes(ScramMechanism mechanism) {
  return mechanism == ScramMechanism::kSha256 ? 32 : 64;
}

std::string scram_hmac(ScramMechanism mechanism, std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  const auto* made = ::HMAC(digest_of(mechanism), key.data(), static_cast<int>(key.size()),
                            octets(text), text.size(), out.data(), &size);
  KREEL_ASSERT(made != nullptr, "OpenSSL has SHA-2");
  return string_of(out.data(), size);
}

std::string scram_hash(ScramMechanism mechanism, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  const int made =
      ::EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, digest_of(mechanism), nullptr);
  KREEL_ASSERT(made == 1, "OpenSSL has SHA-2");
  return string_of(out.data(), size);
}

Secret salt_password(ScramMechanism mechanism, const Secret& password, std::string_view salt,
                     std::int32_t iterations) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  const std::size_t size = digest_bytes(mechanism);
  const int made =
      ::PKCS5_PBKDF2_HMAC(password.reveal().data(), static_cast<int>(password.reveal().size()),
                          octets(salt), static_cast<int>(salt.size()), iterations,
                          digest_of(mechanism), static_cast<int>(size), out.data());
  KREEL_ASSERT(made == 1, "OpenSSL has PBKDF2");
  Secret salted(string_of(out.data(), size));
  ::OPENSSL_cleanse(out.data(), out.size());
  return salted;
}

ScramCredential make_credential(ScramMechanism mechanism, const Secret& salted_password,
                                std::string salt, std::int32_t iterations) {
  const std::string client_key = scram_hmac(mechanism, salted_password.reveal(), "Client Key");
  return {.salt = std::move(salt),
          .stored_key = scram_hash(mechanism, client_key),
          .server_key = scram_hmac(mechanism, salted_password.reveal(), "Server Key"),
          .iterations = iterations};
}

std::string scram_proof(ScramMechanism mechanism, const Secret& salted_password,
                        std::string_view auth_message) {
  const std::string client_key = scram_hmac(mechanism, salted_password.reveal(), "Client Key");
  const std::string stored_key = scram_hash(mechanism, client_key);
  return exclusive_or(client_key, scram_hmac(mechanism, stored_key, auth_message));
}

std::string scram_server_signature(ScramMechanism mechanism, const Secret& salted_password,
                                   std::string_view auth_message) {
  const std::string server_key = scram_hmac(mechanism, salted_password.reveal(), "Server Key");
  return scram_hmac(mechanism, server_key, auth_message);
}

bool is_proof_of(const ScramCredential& credential, ScramMechanism mechanism,
                 std::string_view proof, std::string_view auth_message) {
  if (proof.size() != digest_bytes(mechanism) ||
      credential.stored_key.size() != digest_bytes(mechanism)) {
    return false;
  }
  const std::string client_key =
      exclusive_or(std::string(proof), scram_hmac(mechanism, credential.stored_key, auth_message));
  const std::string stored_key = scram_hash(mechanism, client_key);
  return ::CRYPTO_memcmp(stored_key.data(), credential.stored_key.data(), stored_key.size()) == 0;
}

std::string escape_scram_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == ',') {
      out += "=2C";
    } else if (c == '=') {
      out += "=3D";
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<std::string> unescape_scram_name(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.front() != '=') {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    if (!text.starts_with("=2C") && !text.starts_with("=3D")) return std::nullopt;
    out += text[1] == '2' ? ',' : '=';
    text.remove_prefix(3);
  }
  return out;
}

}  // namespace kreel::security
