#include "client/sasl_login.hpp"

#include <fmt/format.h>

#include "base/random.hpp"
#include "base/text.hpp"
#include "client/kerberos_ticket.hpp"
#include "client/rdkafka_support.hpp"
#include "client/unsecured_token.hpp"
#include "security/bearer_token.hpp"
#include "security/sasl_gssapi.hpp"
#include "security/sasl_plain.hpp"
#include "security/sasl_scram.hpp"

namespace kreel::client {
namespace {

using protocol::ErrorCode;
using security::Secret;

SystemRandom& system_random() {
  static SystemRandom random;
  return random;
}

tl::unexpected<Error> no_login(std::string_view what, std::string_view property) {
  return fail(ErrorKind::kUsage, fmt::format("SASL needs {}: {} is not set", what, property),
              fmt::format("-X {}=…, or the profile", property));
}

Result<std::unique_ptr<security::SaslClient>> make_kerberos_client(const ClientConfig& config,
                                                                   const std::string& host) {
  if (!user_set(config, "sasl.mechanisms") && user_set(config, "sasl.username")) {
    return fail(ErrorKind::kUsage, "sasl.username is set, and sasl.mechanism is not",
                "name one that the broker offers, such as SCRAM-SHA-512; without it, it is GSSAPI");
  }
  const Deadline deadline = Deadline::in_ms(config.timeout_ms);
  TRY(get_ticket(config, deadline));
  return security::make_gssapi_client(user_value(config, "sasl.kerberos.service.name", "kafka"),
                                      host, deadline.remaining_ms());
}

}  // namespace

Result<std::unique_ptr<security::SaslClient>> make_sasl_client(const ClientConfig& config,
                                                               const std::string& host) {
  const std::string mechanism = user_value(config, "sasl.mechanisms", "GSSAPI");
  if (mechanism == security::kOauthBearer) {
    TRY_ASSIGN(std::string token, make_unsecured_token(config));
    return security::make_bearer_client(std::move(token));
  }
  if (mechanism == security::kGssapi) return make_kerberos_client(config, host);
  const auto scram = security::scram_mechanism(mechanism);
  if (!scram && mechanism != security::kPlain) {
    return fail(ErrorKind::kUsage,
                fmt::format("sasl.mechanism={}: kreel's own client speaks PLAIN, SCRAM-SHA-256, "
                            "SCRAM-SHA-512, OAUTHBEARER and GSSAPI",
                            escape_control(mechanism)),
                "produce and consume run on librdkafka and take all of its mechanisms");
  }
  std::string user = user_value(config, "sasl.username", "");
  Secret password(user_value(config, "sasl.password", ""));
  if (user.empty()) return no_login("a user", "sasl.username");
  if (password.empty()) return no_login("a password", "sasl.password");
  if (!scram) return security::make_plain_client(std::move(user), std::move(password));
  return security::make_scram_client({*scram, std::move(user), std::move(password)},
                                     system_random());
}

std::optional<Error> asks_for_sasl(Connector& connector, const Endpoint& endpoint,
                                   const std::string& client_id, const Deadline& deadline) {
  const auto again = Connection::open(connector, endpoint, client_id, deadline);
  if (!again) return std::nullopt;
  const auto reply = (*again)->call<protocol::SaslHandshake>({}, deadline);
  if (!reply || (*reply)->error_code != ErrorCode::UNSUPPORTED_SASL_MECHANISM) return std::nullopt;
  return Error(
      ErrorKind::kAuthentication,
      fmt::format("{} asks for SASL: {}", endpoint.to_string(),
                  escape_control(fmt::format("{}", fmt::join((*reply)->mechanisms, ", ")))),
      "set security.protocol to SASL_PLAINTEXT, or SASL_SSL with TLS, and "
      "sasl.mechanism, sasl.username and sasl.password");
}

Result<void> agree_on_mechanism(Connection& connection, const std::string& mechanism,
                                const Deadline& deadline) {
  const std::string target = connection.endpoint().to_string();
  protocol::SaslHandshakeRequest request;
  request.mechanism = mechanism;
  const auto reply = connection.call<protocol::SaslHandshake>(request, deadline);
  if (!reply && reply.error().kind() == ErrorKind::kUnreachable) return fail(reply.error());
  if (!reply || (*reply)->error_code == ErrorCode::ILLEGAL_SASL_STATE) {
    return fail(ErrorKind::kAuthentication, fmt::format("{} does not ask for SASL", target),
                "set security.protocol=PLAINTEXT, or connect to the SASL listener's port");
  }
  if ((*reply)->error_code == ErrorCode::NONE) return {};
  return fail(ErrorKind::kAuthentication,
              fmt::format("broker offers {}; not {}",
                          escape_control(fmt::format("{}", fmt::join((*reply)->mechanisms, ", "))),
                          mechanism),
              "set sasl.mechanism to one that the broker offers");
}

Result<std::int64_t> log_in(Connection& connection, security::SaslClient& client,
                            const Deadline& deadline) {
  TRY(agree_on_mechanism(connection, std::string(client.mechanism()), deadline));
  std::string challenge;
  std::int64_t lifetime_ms = 0;
  while (true) {
    TRY_ASSIGN(const auto token, client.answer(challenge));
    if (!token) return lifetime_ms;
    protocol::SaslAuthenticateRequest request;
    const ByteView bytes = as_bytes(*token);
    request.auth_bytes.assign(bytes.begin(), bytes.end());
    TRY_ASSIGN(const auto reply, connection.call<protocol::SaslAuthenticate>(request, deadline));
    if (reply->error_code != ErrorCode::NONE) {
      return fail(ErrorKind::kAuthentication,
                  fmt::format("authentication failed for {}", client.who()),
                  fmt::format("check {}; the broker says: {}", client.settings(),
                              escape_control(reply->error_message.value_or(
                                  std::string(protocol::to_string(reply->error_code))))));
    }
    challenge = std::string(as_text(reply->auth_bytes));
    lifetime_ms = reply->session_lifetime_ms;
  }
}

}  // namespace kreel::client
