#include "security/sasl_scram.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/planted_bug.hpp"
#include "base/text.hpp"

namespace kreel::security {
namespace {

constexpr std::size_t kNonceBytes = 24;

std::string make_nonce(Random& random) {
  std::array<std::byte, kNonceBytes> bytes{};
  random.fill(bytes);
  return to_base64(as_text(bytes));
}

bool is_nonce(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != ','; });
}

/// "r=abc" of "r=abc,s=…"; the rest is behind its comma. nullopt when it begins otherwise.
std::optional<std::string_view> take_field(std::string_view& rest, char name) {
  if (rest.size() < 2 || rest[0] != name || rest[1] != '=') return std::nullopt;
  const auto comma = rest.find(',');
  const auto value = rest.substr(2, comma == std::string_view::npos ? comma : comma - 2);
  rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  return value;
}

/// What nobody can show a password for.
ScramCredential make_up_credential(ScramMechanism mechanism, const ScramDisguise& disguise,
                                   std::string_view user) {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
  const std::string who = fmt::format("{} {}", to_string(mechanism), user);
  std::string made_up = scram_hmac(ScramMechanism::kSha512, disguise.secret.reveal(), who);
  const std::string key = scram_hash(mechanism, made_up);
  while (made_up.size() < disguise.salt_bytes) {
    made_up += scram_hmac(ScramMechanism::kSha512, disguise.secret.reveal(), made_up);
  }
  std::string salt = made_up.substr(0, disguise.salt_bytes);
  if (disguise.salt_is_text) {
    for (char& c : salt) c = kLetters[static_cast<unsigned char>(c) % kLetters.size()];
  }
  return {.salt = std::move(salt),
          .stored_key = key,
          .server_key = key,
          .iterations = disguise.iterations};
}

class ScramSession final : public SaslSession {
 public:
  ScramSession(const ScramServerOptions& options, Random& random)
      : options_(options), random_(random) {}

  Result<SaslStep> step(std::string_view token) override {
    if (token.size() > kSaslTokenBytesMax) return malformed();
    return first_bare_.empty() ? take_first(token) : take_final(token);
  }
  std::string claimed_user() const override { return user_; }

 private:
  // As Kafka's: the same for everything that can go wrong.
  tl::unexpected<Error> refused() const {
    return fail(ErrorKind::kAuthentication,
                fmt::format("Authentication failed during authentication due to invalid "
                            "credentials with SASL mechanism {}",
                            to_string(options_.mechanism)));
  }
  tl::unexpected<Error> malformed() const {
    return fail(ErrorKind::kAuthentication,
                fmt::format("Invalid {} message from the client", to_string(options_.mechanism)));
  }

  Result<SaslStep> take_first(std::string_view token) {
    // No channel binding, and who acts for another one is not known here.
    std::string_view rest = token;
    if (!rest.starts_with("n,") && !rest.starts_with("y,")) return malformed();
    const auto header_end = rest.find(',', 2);
    if (header_end == std::string_view::npos) return malformed();
    header_ = std::string(rest.substr(0, header_end + 1));
    std::string_view authzid = rest.substr(2, header_end - 2);
    rest = rest.substr(header_end + 1);
    first_bare_ = std::string(rest);
    const auto name = take_field(rest, 'n');
    const auto nonce = take_field(rest, 'r');
    if (!name || !nonce || !is_nonce(*nonce)) return malformed();
    const auto user = unescape_scram_name(*name);
    if (!user || user->empty()) return malformed();
    user_ = *user;
    if (!authzid.empty()) {
      const auto other =
          authzid.starts_with("a=") ? unescape_scram_name(authzid.substr(2)) : std::nullopt;
      if (!other || *other != user_) return refused();
    }
    // There are no delegation tokens, and a name must not be taken for one.
    if (rest.find("tokenauth=true") != std::string_view::npos) return refused();
    client_nonce_ = std::string(*nonce);
    nonce_ = client_nonce_ + make_nonce(random_);
    choose_credential();
    server_first_ =
        fmt::format("r={},s={},i={}", nonce_, to_base64(credential_.salt), credential_.iterations);
    return SaslStep{.reply = server_first_, .is_done = false, .user = {}, .expires_at_ms = {}};
  }

  // Somebody unknown goes the whole way.
  void choose_credential() {
    auto found = options_.find(options_.mechanism, user_);
    is_known_ = found.has_value();
    credential_ =
        make_up_credential(options_.mechanism, options_.disguise(options_.mechanism), user_);
    if (found) credential_ = std::move(*found);
  }

  Result<SaslStep> take_final(std::string_view token) {
    std::string_view rest = token;
    const auto binding = take_field(rest, 'c');
    const auto nonce = take_field(rest, 'r');
    const auto proof_at = token.rfind(",p=");
    if (!binding || !nonce || proof_at == std::string_view::npos) return malformed();
    if (*binding != to_base64(header_)) return refused();
    // librdkafka before 2.6.1 says its own nonce twice.
    const bool is_ours = *nonce == nonce_ || *nonce == client_nonce_ + nonce_;
    if (!is_ours && !KREEL_BUG("skip_nonce_check")) return refused();
    const auto proof = decode_base64(token.substr(proof_at + 3));
    if (!proof) return malformed();
    const std::string auth_message =
        fmt::format("{},{},{}", first_bare_, server_first_, token.substr(0, proof_at));
    const bool is_right = is_proof_of(credential_, options_.mechanism, *proof, auth_message);
    if (!is_right || !is_known_) return refused();
    return SaslStep{.reply = "v=" + to_base64(scram_hmac(options_.mechanism, credential_.server_key,
                                                         auth_message)),
                    .is_done = true,
                    .user = user_,
                    .expires_at_ms = {}};
  }

  ScramServerOptions options_;
  Random& random_;
  std::string header_;
  std::string first_bare_;
  std::string server_first_;
  std::string client_nonce_;
  std::string nonce_;
  std::string user_;
  ScramCredential credential_;
  bool is_known_ = false;
};

class ScramClient final : public SaslClient {
 public:
  ScramClient(ScramClientOptions options, Random& random)
      : options_(std::move(options)), client_nonce_(make_nonce(random)) {}

  std::string_view mechanism() const override { return to_string(options_.mechanism); }
  std::string who() const override {
    return fmt::format("user \"{}\" ({})", escape_control(options_.user), mechanism());
  }

  Result<std::optional<std::string>> answer(std::string_view challenge) override {
    switch (steps_++) {
      case 0:
        first_bare_ = fmt::format("n={},r={}", escape_scram_name(options_.user), client_nonce_);
        return std::optional("n,," + first_bare_);
      case 1:
        return prove(challenge);
      case 2:
        return check_server(challenge);
      default:
        return not_understood();
    }
  }

 private:
  tl::unexpected<Error> not_understood() const {
    return fail(ErrorKind::kAuthentication,
                fmt::format("the broker's {} message is malformed", mechanism()));
  }

  Result<std::optional<std::string>> prove(std::string_view server_first) {
    std::string_view rest = server_first;
    const auto nonce = take_field(rest, 'r');
    const auto salt_text = take_field(rest, 's');
    const auto iterations_text = take_field(rest, 'i');
    if (!nonce || !salt_text || !iterations_text || !is_nonce(*nonce)) return not_understood();
    const auto salt = decode_base64(*salt_text);
    const auto iterations = parse_int32(*iterations_text);
    if (!salt || salt->empty() || !iterations) return not_understood();
    if (!nonce->starts_with(client_nonce_) || nonce->size() == client_nonce_.size()) {
      return fail(ErrorKind::kAuthentication,
                  "the broker does not answer with the nonce that it was sent");
    }
    // Fewer would make a recorded exchange cheap to guess at; many would keep this process busy.
    if (*iterations < kScramIterationsMin || *iterations > kIterationsMax) {
      return fail(ErrorKind::kAuthentication,
                  fmt::format("the broker asks for {} iterations of {}; between {} and {} are "
                              "reasonable",
                              *iterations, mechanism(), kScramIterationsMin, kIterationsMax));
    }
    const Secret salted = salt_password(options_.mechanism, options_.password, *salt, *iterations);
    const std::string without_proof = fmt::format("c=biws,r={}", *nonce);
    const std::string auth_message =
        fmt::format("{},{},{}", first_bare_, server_first, without_proof);
    server_signature_ = Secret(scram_server_signature(options_.mechanism, salted, auth_message));
    return std::optional(
        fmt::format("{},p={}", without_proof,
                    to_base64(scram_proof(options_.mechanism, salted, auth_message))));
  }

  Result<std::optional<std::string>> check_server(std::string_view server_final) {
    std::string_view rest = server_final;
    const auto signature_text = take_field(rest, 'v');
    const auto signature = signature_text ? decode_base64(*signature_text) : std::nullopt;
    if (!signature) return not_understood();
    if (!server_signature_.equals(*signature)) {
      return fail(ErrorKind::kAuthentication,
                  "the broker does not prove that it knows the password",
                  "it may be somebody else's");
    }
    return std::optional<std::string>();
  }

  // Ten times what Kafka's own brokers can be set to.
  static constexpr std::int32_t kIterationsMax = 10 * kScramIterationsMax;

  ScramClientOptions options_;
  std::string client_nonce_;
  std::string first_bare_;
  Secret server_signature_;
  int steps_ = 0;
};

}  // namespace

std::unique_ptr<SaslSession> make_scram_session(const ScramServerOptions& options, Random& random) {
  return std::make_unique<ScramSession>(options, random);
}

std::unique_ptr<SaslClient> make_scram_client(ScramClientOptions options, Random& random) {
  return std::make_unique<ScramClient>(std::move(options), random);
}

}  // namespace kreel::security
