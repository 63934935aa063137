#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "security/secret.hpp"

namespace kreel::security {

/// Kafka's numbers of them (KIP-554).
enum class ScramMechanism : std::int8_t { kSha256 = 1, kSha512 = 2 };

/// What a broker takes; a client that is told another number is wasting its time, or is made to.
inline constexpr std::int32_t kScramIterationsMin = 4096;
inline constexpr std::int32_t kScramIterationsMax = 16'384;
/// Of those that kreel makes itself.
inline constexpr std::int32_t kScramIterationsDefault = 8192;
inline constexpr std::size_t kScramSaltBytes = 16;

std::string_view to_string(ScramMechanism mechanism);
std::optional<ScramMechanism> scram_mechanism(std::string_view name);
std::optional<ScramMechanism> scram_mechanism(std::int8_t number);
std::size_t digest_bytes(ScramMechanism mechanism);

/// What a broker keeps of a password (RFC 5802): enough to check a proof, not to make one.
struct ScramCredential {
  std::string salt;
  std::string stored_key;
  std::string server_key;
  std::int32_t iterations = 0;
  bool operator==(const ScramCredential&) const = default;
};

/// RFC 5802's functions. Bytes are held in strings.
std::string scram_hmac(ScramMechanism mechanism, std::string_view key, std::string_view text);
std::string scram_hash(ScramMechanism mechanism, std::string_view bytes);
/// Slow by intention: `iterations` times.
Secret salt_password(ScramMechanism mechanism, const Secret& password, std::string_view salt,
                     std::int32_t iterations);
ScramCredential make_credential(ScramMechanism mechanism, const Secret& salted_password,
                                std::string salt, std::int32_t iterations);
/// The client's proof, and what the server has to answer.
std::string scram_proof(ScramMechanism mechanism, const Secret& salted_password,
                        std::string_view auth_message);
std::string scram_server_signature(ScramMechanism mechanism, const Secret& salted_password,
                                   std::string_view auth_message);
/// Whether only one who has the password can have made the proof. Takes the same time for all.
bool is_proof_of(const ScramCredential& credential, ScramMechanism mechanism,
                 std::string_view proof, std::string_view auth_message);

/// "," and "=" of a user's name as =2C and =3D, and back; nullopt for another "=".
std::string escape_scram_name(std::string_view name);
std::optional<std::string> unescape_scram_name(std::string_view text);

}  // namespace kreel::security
