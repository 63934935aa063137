#include "security/bearer_token.hpp"

#include <cjose/cjose.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace kreel::security {

struct FreeJwk {
  void operator()(cjose_jwk_t* key) const { ::cjose_jwk_release(key); }
};
/// A key that signatures of tokens are checked with.
struct TokenKey {
  std::unique_ptr<cjose_jwk_t, FreeJwk> key;
  std::string id;
  cjose_jwk_kty_t type;
};

namespace {

using Json = nlohmann::json;

constexpr std::size_t kKeysFileBytesMax = std::size_t{1} << 20;
constexpr std::size_t kKeysMax = 64;
constexpr std::size_t kTokenRsaBitsMin = 2048;
// Signatures by private keys: a secret that both sides have would let each client make tokens.
constexpr auto kAlgorithms = std::to_array<std::pair<std::string_view, cjose_jwk_kty_t>>({
    {"RS256", CJOSE_JWK_KTY_RSA},
    {"RS384", CJOSE_JWK_KTY_RSA},
    {"RS512", CJOSE_JWK_KTY_RSA},
    {"PS256", CJOSE_JWK_KTY_RSA},
    {"PS384", CJOSE_JWK_KTY_RSA},
    {"PS512", CJOSE_JWK_KTY_RSA},
    {"ES256", CJOSE_JWK_KTY_EC},
    {"ES384", CJOSE_JWK_KTY_EC},
    {"ES512", CJOSE_JWK_KTY_EC},
});

struct FreeJws {
  void operator()(cjose_jws_t* token) const { ::cjose_jws_release(token); }
};
using JwsPtr = std::unique_ptr<cjose_jws_t, FreeJws>;

tl::unexpected<Error> bad_token(std::string why) {
  return fail(ErrorKind::kAuthentication, std::move(why));
}

/// A JSON object, or null.
Json parse_object(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json();
}

std::string text_of(const Json& object, const std::string& name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A time in seconds, perhaps with a fraction, in ms.
std::optional<std::int64_t> time_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  constexpr double kSecondsMax = 1e12;
  if (!std::isfinite(seconds) || std::abs(seconds) > kSecondsMax) return std::nullopt;
  return static_cast<std::int64_t>(seconds * 1000);
}

/// "aud" is one text or several.
bool is_for_one_of(const Json& claims, const std::vector<std::string>& audiences) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  const auto is_wanted = [&](const Json& audience) {
    return audience.is_string() &&
           std::ranges::find(audiences, audience.get<std::string>()) != audiences.end();
  };
  if (!found->is_array()) return is_wanted(*found);
  return std::any_of(found->begin(), found->end(), is_wanted);
}

/// The members of a public key, all well formed: cjose 0.6 ends the process on some malformed
/// base64.
std::optional<Json> public_key_of(const Json& json) {
  Json key = Json::object();
  for (const char* name : {"kty", "crv", "kid"}) {
    if (const std::string text = text_of(json, name); !text.empty()) key[name] = text;
  }
  for (const char* name : {"n", "e", "x", "y"}) {
    const std::string number = text_of(json, name);
    if (number.empty()) continue;
    if (!decode_base64_url(number)) return std::nullopt;
    key[name] = number;
  }
  return key;
}

/// nullopt for a key of another use or kind.
std::optional<TokenKey> read_key(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const std::string use = text_of(json, "use");
  if (!use.empty() && use != "sig") return std::nullopt;
  const auto public_key = public_key_of(json);
  if (!public_key) return std::nullopt;
  const std::string text = public_key->dump();
  TokenKey key{
      std::unique_ptr<cjose_jwk_t, FreeJwk>(::cjose_jwk_import(text.data(), text.size(), nullptr)),
      text_of(json, "kid"), CJOSE_JWK_KTY_RSA};
  if (!key.key) return std::nullopt;
  key.type = ::cjose_jwk_get_kty(key.key.get(), nullptr);
  const bool is_weak = key.type == CJOSE_JWK_KTY_RSA &&
                       ::cjose_jwk_get_keysize(key.key.get(), nullptr) < kTokenRsaBitsMin;
  const bool is_public = key.type == CJOSE_JWK_KTY_RSA || key.type == CJOSE_JWK_KTY_EC;
  if (is_weak || !is_public) return std::nullopt;
  return key;
}

struct TokenParts {
  std::string_view header;
  std::string_view claims;
  std::string_view signature;
};

std::optional<TokenParts> parts_of(std::string_view token) {
  const auto parts = split(token, '.');
  if (parts.size() != 3) return std::nullopt;
  return TokenParts{parts[0], parts[1], parts[2]};
}

bool is_signed_by(std::string_view token, const TokenKey& key) {
  const JwsPtr jws(::cjose_jws_import(token.data(), token.size(), nullptr));
  return jws && ::cjose_jws_verify(jws.get(), key.key.get(), nullptr);
}

}  // namespace

struct TokenValidator::Keys {
  std::vector<TokenKey> keys;
};

TokenValidator::~TokenValidator() = default;

Result<std::shared_ptr<TokenValidator>> TokenValidator::open(fs::FileSystem& fs, const Clock& clock,
                                                             TokenRules rules) {
  std::shared_ptr<TokenValidator> validator(new TokenValidator(fs, clock, std::move(rules)));
  validator->loaded_stamp_ = validator->stamp();
  TRY(validator->load());
  const bool has_keys = !validator->keys_->keys.empty();
  if (has_keys || validator->rules_.keys_file.empty()) return validator;
  return fail(ErrorKind::kUsage, validator->rules_.keys_file +
                                     ": no public RSA key of 2048 bits or more, and no EC key");
}

std::int64_t TokenValidator::stamp() const {
  return rules_.keys_file.empty() ? -1 : fs_.modified_ms(rules_.keys_file).value_or(-1);
}

Result<void> TokenValidator::load() {
  auto loaded = std::make_shared<Keys>();
  if (!rules_.keys_file.empty()) {
    auto bytes = fs::read_whole_file(fs_, rules_.keys_file, kKeysFileBytesMax);
    if (!bytes) return fail(ErrorKind::kUsage, std::move(bytes).error().message());
    const Json set = parse_object(as_text(*bytes));
    const auto keys = set.find("keys");
    if (keys == set.end() || !keys->is_array()) {
      return fail(ErrorKind::kUsage, rules_.keys_file + ": no JWK set ({\"keys\":[…]})");
    }
    for (const Json& json : *keys) {
      if (loaded->keys.size() == kKeysMax) break;
      if (auto key = read_key(json)) loaded->keys.push_back(std::move(*key));
    }
  }
  const std::lock_guard lock(mutex_);
  keys_ = std::move(loaded);
  return {};
}

Result<bool> TokenValidator::reload_if_changed() {
  const std::int64_t now = stamp();
  if (now == loaded_stamp_) return false;
  loaded_stamp_ = now;
  TRY(load());
  // A set without keys takes back what was given; a file that is no set was not meant to.
  if (keys_->keys.empty()) {
    log::warning(rules_.keys_file + " has no key any more: no token is taken");
  }
  return true;
}

Result<BearerToken> TokenValidator::validate(std::string_view token) const {
  const auto parts = parts_of(token);
  const auto header_text = parts ? decode_base64_url(parts->header) : std::nullopt;
  const auto claims_text = parts ? decode_base64_url(parts->claims) : std::nullopt;
  // cjose 0.6 ends the process on some malformed base64, so it sees none.
  const auto signature = parts ? decode_base64_url(parts->signature) : std::nullopt;
  if (!header_text || !claims_text || !signature) return bad_token("it is no JSON web token");
  const Json header = parse_object(*header_text);
  const Json claims = parse_object(*claims_text);
  if (header.is_null() || claims.is_null()) return bad_token("it is no JSON web token");

  // RFC 7515 4.1.11: what must be understood and is not.
  if (header.contains("crit")) return bad_token("it names extensions that must be known (crit)");
  const std::string algorithm = text_of(header, "alg");
  if (algorithm == "none") {
    if (!rules_.allows_unsecured) return bad_token("nobody has signed it");
    if (!parts->signature.empty()) return bad_token("it is no JSON web token");
  } else {
    const auto known = std::ranges::find(kAlgorithms, algorithm,
                                         &std::pair<std::string_view, cjose_jwk_kty_t>::first);
    if (known == kAlgorithms.end()) {
      return bad_token(fmt::format("its algorithm \"{}\" is not taken", escape_control(algorithm)));
    }
    std::shared_ptr<const Keys> keys;
    {
      const std::lock_guard lock(mutex_);
      keys = keys_;
    }
    const std::string key_id = text_of(header, "kid");
    const bool is_signed = std::ranges::any_of(keys->keys, [&](const TokenKey& key) {
      const bool may_be =
          key.type == known->second && (key_id.empty() || key.id.empty() || key.id == key_id);
      return may_be && is_signed_by(token, key);
    });
    if (!is_signed) return bad_token("none of the keys has signed it");
  }

  const std::int64_t now_ms = clock_.wall_ms();
  const auto expires_at_ms = time_of(claims, "exp");
  if (!expires_at_ms) return bad_token("it says not until when it holds (exp)");
  if (*expires_at_ms + rules_.clock_skew_ms <= now_ms) return bad_token("it has expired");
  // As Kafka's validator: whoever signs tokens says when.
  const auto issued_at_ms = time_of(claims, "iat");
  const bool needs_issue_time = algorithm != "none" || claims.contains("iat");
  if (needs_issue_time && issued_at_ms.value_or(-1) < 0) {
    return bad_token("it says not when it was issued (iat)");
  }
  if (issued_at_ms && *issued_at_ms > *expires_at_ms) {
    return bad_token("it has expired before it was issued");
  }
  const auto begins_at_ms = time_of(claims, "nbf");
  if (claims.contains("nbf") && !begins_at_ms) return bad_token("its nbf is no time");
  if (begins_at_ms && *begins_at_ms - rules_.clock_skew_ms > now_ms) {
    return bad_token("it does not hold yet");
  }
  if (!rules_.issuer.empty() && text_of(claims, "iss") != rules_.issuer) {
    return bad_token("another one has issued it");
  }
  if (!rules_.audiences.empty() && !is_for_one_of(claims, rules_.audiences)) {
    return bad_token("it is for another audience");
  }
  BearerToken valid{std::string(trim(text_of(claims, rules_.subject_claim))), *expires_at_ms};
  if (valid.user.empty()) {
    return bad_token(fmt::format("it names nobody ({})", rules_.subject_claim));
  }
  return valid;
}

}  // namespace kreel::security
