#include "client/unsecured_token.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "client/rdkafka_support.hpp"

namespace kreel::client {
namespace {

constexpr std::string_view kSetting = "sasl.oauthbearer.config";

struct TokenWish {
  std::string subject_claim = "sub";
  std::string subject;
  std::string scope_claim = "scope";
  std::vector<std::string> scopes;
  std::int64_t life_seconds = 3600;
};

Result<TokenWish> parse_wish(std::string_view text) {
  TokenWish wish;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    const auto equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const std::string value(equals == std::string_view::npos ? "" : word.substr(equals + 1));
    if (value.empty()) {
      return fail(ErrorKind::kUsage,
                  fmt::format("{}: not NAME=VALUE, with blanks between them", kSetting));
    }
    if (name == "principalClaimName") {
      wish.subject_claim = value;
    } else if (name == "principal") {
      wish.subject = value;
    } else if (name == "scopeClaimName") {
      wish.scope_claim = value;
    } else if (name == "scope") {
      for (const std::string_view part : split(value, ',')) wish.scopes.emplace_back(part);
    } else if (name == "lifeSeconds") {
      const auto seconds = parse_int64(value);
      if (!seconds || *seconds < 1 || *seconds > INT32_MAX) {
        return fail(ErrorKind::kUsage, fmt::format("{}: lifeSeconds is no number", kSetting));
      }
      wish.life_seconds = *seconds;
    } else if (!name.starts_with("extension_")) {  // extensions are for brokers that know some
      return fail(ErrorKind::kUsage,
                  fmt::format("{}: there is no \"{}\"", kSetting, escape_control(name)));
    }
  }
  if (!wish.subject.empty()) return wish;
  return fail(ErrorKind::kUsage, fmt::format("{} names no principal", kSetting),
              fmt::format("-X {}=principal=USER", kSetting));
}

}  // namespace

Result<std::string> make_unsecured_token(const ClientConfig& config) {
  const std::string wanted = user_value(config, "enable.sasl.oauthbearer.unsecure.jwt", "false");
  if (!equals_ignore_case(wanted, "true")) {
    return fail(ErrorKind::kUsage,
                "OAUTHBEARER: kreel's own client has no token but an unsigned one",
                "enable.sasl.oauthbearer.unsecure.jwt=true; produce and consume run on librdkafka, "
                "which asks a server for one (sasl.oauthbearer.method=oidc)");
  }
  TRY_ASSIGN(const TokenWish wish, parse_wish(user_value(config, kSetting, "")));
  const std::int64_t now_seconds = system_clock().wall_ms() / 1000;
  nlohmann::json claims = {{wish.subject_claim, wish.subject},
                           {"iat", now_seconds},
                           {"exp", now_seconds + wish.life_seconds}};
  if (!wish.scopes.empty()) claims[wish.scope_claim] = wish.scopes;
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  return fmt::format("{}.{}.", to_base64_url(R"({"alg":"none"})"),
                     to_base64_url(claims.dump(-1, ' ', false, kReplace)));
}

}  // namespace kreel::client
