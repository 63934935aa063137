#include "server/sasl_settings.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "catalog/listener_settings.hpp"
#include "kreel/jaas.hpp"
#include "server/tls_settings.hpp"

namespace kreel::server {
namespace {

using security::Secret;

bool is_known_mechanism(std::string_view name) {
  return name == security::kPlain || name == security::kOauthBearer ||
         security::scram_mechanism(name).has_value();
}

tl::unexpected<Error> unknown_mechanism(std::string_view name) {
  return fail(ErrorKind::kUsage,
              fmt::format("SASL mechanism \"{}\" is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, "
                          "OAUTHBEARER",
                          escape_control(name)),
              name == "GSSAPI" ? "the broker itself has no Kerberos" : "");
}

std::string_view login_module(std::string_view mechanism) {
  if (mechanism == security::kPlain) return "PlainLoginModule";
  return mechanism == security::kOauthBearer ? "OAuthBearerLoginModule" : "ScramLoginModule";
}

/// The settings of one listener.
class SaslReader {
 public:
  SaslReader(const StartOptions& options, const catalog::Listener& listener)
      : options_(options), listener_(listener) {}

  Result<security::SaslServer::Options> read(fs::FileSystem& fs) const {
    security::SaslServer::Options sasl;
    TRY_ASSIGN(sasl.mechanisms, mechanisms());
    for (const std::string& mechanism : sasl.mechanisms) TRY(check_login_line(mechanism));
    TRY(check_mechanisms_of_settings(sasl.mechanisms));
    const auto offers = [&sasl](std::string_view mechanism) {
      return std::ranges::find(sasl.mechanisms, mechanism) != sasl.mechanisms.end();
    };
    if (offers(security::kPlain)) {
      TRY_ASSIGN(sasl.plain_users, plain_users());
    }
    if (offers(security::kOauthBearer)) {
      TRY_ASSIGN(auto rules, token_rules());
      TRY_ASSIGN(sasl.tokens, security::TokenValidator::open(fs, system_clock(), std::move(rules)));
    }
    TRY_ASSIGN(sasl.reauthenticate_ms, number("connections.max.reauth.ms", 0));
    TRY_ASSIGN(sasl.failure_delay_ms, number("connection.failed.authentication.delay.ms", 100));
    return sasl;
  }

 private:
  Result<std::vector<std::string>> mechanisms() const {
    std::vector<std::string> names;
    const auto add = [&names](std::string name) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    };
    const std::string list = listener_setting(options_, listener_, "sasl.enabled.mechanisms");
    for (const std::string_view part : split(list, ',')) {
      if (trim(part).empty()) continue;
      if (!is_known_mechanism(trim(part))) return unknown_mechanism(trim(part));
      add(std::string(trim(part)));
    }
    const bool offers_tokens =
        names.empty() || std::ranges::find(names, security::kOauthBearer) != names.end();
    if (options_.unsecured_tokens && !offers_tokens) {
      return fail(ErrorKind::kUsage,
                  "--unsecured-tokens: sasl.enabled.mechanisms does not name OAUTHBEARER",
                  "name it there, or leave one of them out");
    }
    for (const SaslUser& user : options_.sasl_users) add(user.mechanism);
    if (options_.unsecured_tokens) add(std::string(security::kOauthBearer));
    if (!names.empty()) return names;
    return fail(ErrorKind::kUsage, "sasl.enabled.mechanisms names no mechanism",
                "--sasl MECHANISM:USER:PASSWORD does, and makes the user");
  }

  std::string login_line(std::string_view mechanism) const {
    return listener_setting(options_, listener_,
                            fmt::format("{}.sasl.jaas.config", to_lower(mechanism)));
  }

  Result<void> check_login_line(std::string_view mechanism) const {
    const std::string line = login_line(mechanism);
    if (line.empty()) return {};
    const std::string setting = fmt::format("{}.sasl.jaas.config", to_lower(mechanism));
    auto parsed = parse_jaas(line);
    if (!parsed) return fail(std::move(parsed).error().with_context(setting));
    // Java would load the module: one of another kind is a mistake, or an attack (CVE-2023-25194).
    const std::string_view module = login_module(mechanism);
    const std::string_view given = parsed->module;
    if (given == module || given.ends_with(fmt::format(".{}", module))) return {};
    return fail(ErrorKind::kUsage,
                fmt::format("{}: {} is not {}", setting, escape_control(given), module));
  }

  /// A setting for a mechanism that is not offered would let nobody in.
  Result<void> check_mechanisms_of_settings(const std::vector<std::string>& offered) const {
    for (const auto& [name, value] : options_.given) {
      const catalog::SettingName parsed = catalog::parse_setting_name(name);
      if (parsed.mechanism.empty() || parsed.listener != to_lower(listener_.name)) continue;
      if (std::ranges::any_of(
              offered, [&](const auto& each) { return to_lower(each) == parsed.mechanism; })) {
        continue;
      }
      return fail(ErrorKind::kUsage,
                  fmt::format("{}: this mechanism is not offered", escape_control(name)),
                  "sasl.enabled.mechanisms names those that are");
    }
    return {};
  }

  Result<security::PlainUsers> plain_users() const {
    security::PlainUsers users;
    if (const std::string line = login_line(security::kPlain); !line.empty()) {
      constexpr std::string_view kUser = "user_";
      TRY_ASSIGN(const JaasLogin login, parse_jaas(line));
      for (const JaasOption& option : login.options) {
        if (!option.name.starts_with(kUser)) continue;
        users[option.name.substr(kUser.size())] = Secret(option.value);
      }
    }
    for (const SaslUser& user : options_.sasl_users) {
      if (user.mechanism == security::kPlain) users[user.name] = Secret(user.password);
    }
    for (const auto& [name, password] : users) {
      if (!name.empty() && !password.empty()) continue;
      return fail(ErrorKind::kUsage,
                  fmt::format("PLAIN: user \"{}\" has no password", escape_control(name)));
    }
    if (!users.empty()) return users;
    return fail(ErrorKind::kUsage, "PLAIN: there is no user",
                "--sasl PLAIN:USER:file:PATH, or user_NAME=\"PASSWORD\" in "
                "listener.name.<name>.plain.sasl.jaas.config");
  }

  Result<security::TokenRules> token_rules() const {
    constexpr std::string_view kFile = "file://";
    const auto text = [this](std::string_view name) {
      return listener_setting(options_, listener_, fmt::format("sasl.oauthbearer.{}", name));
    };
    security::TokenRules rules;
    rules.allows_unsecured = options_.unsecured_tokens;
    const std::string keys = text("jwks.endpoint.url");
    if (!keys.empty() && !keys.starts_with(kFile)) {
      return fail(ErrorKind::kUsage, "sasl.oauthbearer.jwks.endpoint.url is not file://PATH",
                  "the broker fetches nothing from elsewhere");
    }
    if (!keys.empty() && rules.allows_unsecured) {
      return fail(ErrorKind::kUsage,
                  "--unsecured-tokens: sasl.oauthbearer.jwks.endpoint.url asks for signed ones",
                  "leave one of them out");
    }
    if (!keys.empty()) rules.keys_file = keys.substr(kFile.size());
    if (rules.keys_file.empty() && !rules.allows_unsecured) {
      return fail(ErrorKind::kUsage, "OAUTHBEARER: there are no keys to check tokens with",
                  "sasl.oauthbearer.jwks.endpoint.url=file://PATH names a JWK set");
    }
    const std::string audiences = text("expected.audience");
    for (const std::string_view part : split(audiences, ',')) {
      if (!trim(part).empty()) rules.audiences.emplace_back(trim(part));
    }
    rules.issuer = text("expected.issuer");
    if (const std::string claim = text("sub.claim.name"); !claim.empty()) {
      rules.subject_claim = claim;
    }
    TRY_ASSIGN(const std::int64_t skew_seconds, number("sasl.oauthbearer.clock.skew.seconds", 30));
    rules.clock_skew_ms = std::min<std::int64_t>(skew_seconds, 86'400) * 1000;
    return rules;
  }

  Result<std::int64_t> number(std::string_view setting, std::int64_t otherwise) const {
    const std::string text = listener_setting(options_, listener_, setting);
    if (text.empty()) return otherwise;
    const auto value = parse_int64(text);
    if (value && *value >= 0) return *value;
    return fail(ErrorKind::kUsage,
                fmt::format("{}: \"{}\" is not a number from 0 on", setting, escape_control(text)));
  }

  const StartOptions& options_;
  const catalog::Listener& listener_;
};

std::string make_salt(Random& random) {
  std::array<std::byte, security::kScramSaltBytes> salt{};
  random.fill(salt);
  return std::string(as_text(salt));
}

/// nullopt when he has this password already.
std::optional<security::ScramCredential> new_credential(const catalog::Users& users,
                                                        const SaslUser& user,
                                                        security::ScramMechanism mechanism,
                                                        Random& random) {
  const auto credential_for = [&](const std::string& salt, std::int32_t iterations) {
    const Secret salted =
        security::salt_password(mechanism, Secret(user.password), salt, iterations);
    return security::make_credential(mechanism, salted, salt, iterations);
  };
  if (const auto found = users.find(user.name); found != users.end()) {
    const auto old = found->second.find(mechanism);
    if (old != found->second.end() &&
        credential_for(old->second.salt, old->second.iterations) == old->second) {
      return std::nullopt;
    }
  }
  return credential_for(make_salt(random), security::kScramIterationsDefault);
}

}  // namespace

Result<void> check_sasl_users(const StartOptions& options) {
  for (const SaslUser& user : options.sasl_users) {
    const bool has_password = user.mechanism != security::kOauthBearer;
    if (!is_known_mechanism(user.mechanism) || !has_password) {
      return unknown_mechanism(user.mechanism);
    }
    if (!user.name.empty() && !user.password.empty()) continue;
    return fail(ErrorKind::kUsage,
                fmt::format("--sasl: user \"{}\" has no {}", escape_control(user.name),
                            user.name.empty() ? "name" : "password"));
  }
  const auto has_sasl = [](const catalog::Listener& listener) { return listener.has_sasl(); };
  const bool asks = !options.sasl_users.empty() || options.unsecured_tokens;
  if (!asks || std::ranges::any_of(options.config.listeners, has_sasl)) {
    return {};
  }
  return fail(ErrorKind::kUsage, "--sasl: no listener asks for SASL",
              "--listen NAME=SASL_SSL://HOST:PORT, or no protocol at all");
}

Result<std::shared_ptr<const security::SaslServer>> make_sasl_server(
    fs::FileSystem& fs, const StartOptions& options, const catalog::Listener& listener,
    ScramSource scram, Random& random) {
  if (!listener.has_sasl()) return std::shared_ptr<const security::SaslServer>();
  auto settings = SaslReader(options, listener).read(fs);
  if (!settings) {
    return fail(
        std::move(settings).error().with_context(fmt::format("listener {}", listener.name)));
  }
  const bool has_plain =
      std::ranges::find(settings->mechanisms, security::kPlain) != settings->mechanisms.end();
  if (has_plain && !listener.has_tls() && !listener.is_loopback()) {
    log::warning(
        fmt::format("listener {}: with PLAIN and without TLS, passwords can be read on "
                    "the way",
                    listener.name));
  }
  settings->scram = std::move(scram.find);
  settings->scram_disguise = std::move(scram.disguise);
  return std::make_shared<const security::SaslServer>(std::move(*settings), random);
}

Result<void> save_scram_users(const StartOptions& options, catalog::Catalog& catalog,
                              Random& random) {
  std::map<std::string, catalog::UserChange> changes;
  const auto snapshot = catalog.snapshot();
  for (const SaslUser& user : options.sasl_users) {
    const auto mechanism = security::scram_mechanism(user.mechanism);
    if (!mechanism) continue;
    auto credential = new_credential(snapshot->users(), user, *mechanism, random);
    if (!credential) continue;
    changes[user.name].user = user.name;
    changes[user.name].set.emplace_back(*mechanism, std::move(*credential));
  }
  std::vector<catalog::UserChange> all;
  for (auto& [name, change] : changes) all.push_back(std::move(change));
  for (const catalog::ChangeResult& result : catalog.change_users(all)) {
    if (!result.ok()) return fail(ErrorKind::kIo, result.message);
  }
  return {};
}

}  // namespace kreel::server
