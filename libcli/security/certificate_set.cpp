#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.hpp"
#include "kreel/certs.hpp"
#include "security/certificate_file.hpp"
#include "security/certificate_maker.hpp"
#include "security/certificate_text.hpp"
#include "security/pem.hpp"
#include "security/pkcs12.hpp"
#include "security/set_texts.hpp"
#include "security/verification.hpp"

namespace kreel::security {
namespace {

using certs::SetFile;
using certs::SetOptions;

constexpr std::int64_t kAuthorityDays = 1825;
constexpr std::int64_t kClockSkewMs = 300'000;
constexpr std::size_t kClientNameBytesMax = 64;
constexpr std::size_t kPasswordBytes = 16;

Result<Secret> make_password() {
  std::array<unsigned char, kPasswordBytes> bytes{};
  if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return openssl_failure("draw a password");
  }
  return Secret(fmt::format("{:02x}", fmt::join(bytes, "")));
}

Result<void> check_client(const std::string& name) {
  constexpr std::array<std::string_view, 5> kTaken{"ca", "broker", "truststore", "server", "kreel"};
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  const bool taken = std::ranges::find(kTaken, name) != kTaken.end();
  if (!name.empty() && name.size() <= kClientNameBytesMax && std::ranges::all_of(name, fits) &&
      name.front() != '.' && name.front() != '-' && !taken) {
    return {};
  }
  return fail(ErrorKind::kUsage,
              fmt::format("the client \"{}\" cannot have files of its name", escape_control(name)),
              "letters, digits, '.', '_' and '-'; not ca, broker, truststore, server or kreel");
}

Result<void> check_clients(const std::vector<std::string>& clients) {
  for (std::size_t i = 0; i < clients.size(); ++i) {
    TRY(check_client(clients[i]));
    if (std::find(clients.begin(), clients.begin() + static_cast<std::ptrdiff_t>(i), clients[i]) !=
        clients.begin() + static_cast<std::ptrdiff_t>(i)) {
      return fail(ErrorKind::kUsage,
                  fmt::format("the client \"{}\" stands there twice", clients[i]));
    }
  }
  return {};
}

/// One set of files under way.
class SetMaker {
 public:
  explicit SetMaker(const SetOptions& options) : options_(options) {}

  Result<std::vector<SetFile>> run() {
    TRY(check_clients(options_.clients));
    TRY_ASSIGN(alt_names_, subject_alt_names(options_.hosts));
    if (options_.requests_only) {
      TRY(make_requests());
      return std::move(files_);
    }
    TRY(prepare_authority());
    TRY(make_broker());
    for (const std::string& client : options_.clients) TRY(make_client(client));
    return std::move(files_);
  }

 private:
  void add(std::string name, std::string content, std::string what) {
    files_.push_back({std::move(name), std::move(content), false, std::move(what)});
  }
  void add_secret(std::string name, const Secret& content, std::string what) {
    files_.push_back({std::move(name), content.reveal(), true, std::move(what)});
  }

  Result<void> make_requests();
  Result<void> make_request_files(const std::string& name, const EndEntity& entity);
  Result<void> prepare_authority();
  Result<void> take_authority();
  Result<void> make_broker();
  Result<void> make_client(const std::string& client);
  Result<Secret> add_identity(const std::string& name, const EndEntity& entity,
                              const std::string& what);
  EndEntity broker() const {
    return {EndEntity::Role::kServer, options_.hosts.front(), alt_names_};
  }

  const SetOptions& options_;
  std::string alt_names_;
  Identity authority_;
  Validity validity_;
  SetPlaces places_;
  std::vector<SetFile> files_;
};

Result<void> SetMaker::make_request_files(const std::string& name, const EndEntity& entity) {
  TRY_ASSIGN(const SigningRequest made, make_request(entity, options_.key));
  TRY_ASSIGN(const Secret key, to_pem(made.key.get()));
  add_secret(name + ".key", key, "private key");
  add(name + ".csr", to_pem(made.request.get()), "request to be signed");
  return {};
}

Result<void> SetMaker::make_requests() {
  if (!options_.hosts.empty()) TRY(make_request_files("broker", broker()));
  for (const std::string& client : options_.clients) {
    TRY(make_request_files(client, {EndEntity::Role::kClient, client, ""}));
  }
  return {};
}

Result<void> SetMaker::take_authority() {
  auto certificates = read_certificates(options_.authority->certificates_pem);
  if (!certificates) {
    return fail(std::move(certificates).error().with_context("the authority's certificate"));
  }
  auto key =
      read_private_key(options_.authority->key_pem, Secret(options_.authority->key_password));
  if (!key) return fail(std::move(key).error().with_context("the authority's key"));
  authority_ = {std::move(*key), std::move(*certificates)};
  X509* first = authority_.chain.front().get();
  const std::string subject = subject_text(first);
  if (::X509_check_private_key(first, authority_.key.get()) != 1) {
    ::ERR_clear_error();
    return fail(ErrorKind::kBadInput, "the key is not that of the authority " + subject);
  }
  if (::X509_check_ca(first) == 0) {
    return fail(ErrorKind::kBadInput, subject + " is no authority: it may not sign others",
                "its certificate needs CA:TRUE and keyCertSign");
  }
  if (time_ms(::X509_get0_notAfter(first)) < options_.now_ms) {
    return fail(explain(failure_of(X509_V_ERR_CERT_HAS_EXPIRED, first), ""));
  }
  if (::X509_self_signed(authority_.chain.back().get(), 0) != 1) {
    return fail(ErrorKind::kBadInput,
                fmt::format("the authority's file ends with {}, which another one signed",
                            subject_text(authority_.chain.back().get())),
                "put the certificates of its issuers behind it, up to the root");
  }
  return {};
}

Result<void> SetMaker::prepare_authority() {
  const Validity authority{options_.now_ms - kClockSkewMs,
                           options_.now_ms + kAuthorityDays * kDayMs};
  if (options_.authority) {
    TRY(take_authority());
  } else {
    TRY_ASSIGN(authority_, make_authority(options_.key, authority));
    TRY_ASSIGN(const Secret key, to_pem(authority_.key.get()));
    add_secret("ca.key", key, "private key of the authority: keep it away from brokers");
  }
  X509* first = authority_.chain.front().get();
  validity_ = {
      std::max(options_.now_ms - kClockSkewMs, time_ms(::X509_get0_notBefore(first))),
      std::min(options_.now_ms + options_.days * kDayMs, time_ms(::X509_get0_notAfter(first)))};
  places_.directory = options_.directory;
  places_.hosts = options_.hosts;
  places_.bootstrap = options_.bootstrap;
  places_.broker_asks_for_certificates = !options_.clients.empty() || options_.has_other_clients;
  if (options_.truststore_password) {
    places_.trust_password = Secret(*options_.truststore_password);
    return {};
  }
  add("ca.crt", to_pem(authority_.chain), "authority, for clients and brokers to trust");
  TRY_ASSIGN(places_.trust_password, make_password());
  TRY_ASSIGN(const std::string truststore,
             make_truststore(authority_.chain, places_.trust_password, options_.stores));
  add_secret("truststore.p12", Secret(truststore), "the authority, for Java");
  return {};
}

/// The password of the new keystore.
Result<Secret> SetMaker::add_identity(const std::string& name, const EndEntity& entity,
                                      const std::string& what) {
  TRY_ASSIGN(const Identity identity, issue(authority_, entity, options_.key, validity_));
  TRY_ASSIGN(const Secret key, to_pem(identity.key.get()));
  add(name + ".crt", to_pem(identity.chain), "certificate of " + what);
  add_secret(name + ".key", key, "its private key");
  TRY_ASSIGN(Secret password, make_password());
  TRY_ASSIGN(const std::string store, make_keystore(identity, name, password, options_.stores));
  add_secret(name + ".keystore.p12", Secret(store), "both, for Java");
  return password;
}

Result<void> SetMaker::make_broker() {
  if (options_.hosts.empty()) return {};
  TRY_ASSIGN(places_.broker_password,
             add_identity("broker", broker(), "the broker: " + alt_names_));
  add_secret("server.properties", broker_properties(places_), "lines for a broker");
  return {};
}

Result<void> SetMaker::make_client(const std::string& client) {
  TRY_ASSIGN(const Secret password,
             add_identity(client, {EndEntity::Role::kClient, client, ""},
                          fmt::format("the client {}: User:CN={}", client, client)));
  add_secret(client + ".properties", java_client_properties(places_, client, password),
             "settings of a client in Java");
  const bool only = options_.clients.size() == 1 && !options_.truststore_password;
  add_secret((only ? "kreel" : client) + std::string(".profile"),
             librdkafka_properties(places_, client), "settings for kreel -F and kcat -F");
  return {};
}

}  // namespace
}  // namespace kreel::security

namespace kreel::certs {

std::vector<std::string> default_hosts() {
  std::array<char, 256> name{};
  std::vector<std::string> hosts{"localhost", "127.0.0.1", "::1"};
  const bool named = ::gethostname(name.data(), name.size() - 1) == 0;
  const bool fits = named && security::subject_alt_names({name.data()});
  if (fits && hosts.front() != name.data()) hosts.insert(hosts.begin() + 1, name.data());
  return hosts;
}

Result<std::vector<SetFile>> make_set(const SetOptions& options) {
  return security::SetMaker(options).run();
}

Result<std::string> certificates_as_pem(std::string_view file, const std::string& password) {
  TRY_ASSIGN(const auto contents,
             security::read_certificate_file(file, security::Secret(password)));
  if (contents.certificates.empty()) return fail(ErrorKind::kBadInput, "holds no certificate");
  return security::to_pem(contents.certificates);
}

}  // namespace kreel::certs
