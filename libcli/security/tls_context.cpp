#include "security/tls_context.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "security/certificate_text.hpp"
#include "security/system_roots.hpp"

namespace kreel::security {
namespace {

// Mozilla's intermediate list for TLS 1.2; all suites of TLS 1.3 are good.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kCurves = "X25519:P-256:P-384";
constexpr int kVerifyDepth = 2;
/// Of a client; as Java has it (jdk.tls.maxHandshakeMessageSize).
constexpr long kClientChainBytesMax = 32L << 10;

tl::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::kUsage, fmt::format("{}: {}", what, take_openssl_reason()));
}

/// Clients end the handshake with a broker whose certificate is for something else.
Result<void> check_purpose(const Identity& identity) {
  X509* certificate = identity.chain.front().get();
  if (::X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0) == 1) return {};
  ::ERR_clear_error();
  return fail(ErrorKind::kUsage,
              fmt::format("the certificate {} is not a broker's: its usages lack serverAuth",
                          subject_text(certificate)),
              "kreel certs gen --host NAME makes one");
}

/// What OpenSSL says of weak ones is not for everybody.
Error unusable(X509* certificate) {
  const int reason = ERR_GET_REASON(::ERR_peek_error());
  const std::string text = take_openssl_reason();
  const std::string what =
      fmt::format("the certificate {} and its key cannot be used: ", subject_text(certificate));
  if (reason == SSL_R_CA_MD_TOO_WEAK) {
    return Error(ErrorKind::kUsage, what + "it is signed with SHA-1 or MD5, which can be forged",
                 "have it signed anew with SHA-256");
  }
  if (reason == SSL_R_EE_KEY_TOO_SMALL || reason == SSL_R_CA_KEY_TOO_SMALL) {
    return Error(ErrorKind::kUsage, what + "a key is too short",
                 "RSA 2048 and ECDSA P-256 are not: kreel certs gen makes such");
  }
  return Error(ErrorKind::kUsage, what + text);
}

Result<void> use_identity(SSL_CTX* context, const Identity& identity) {
  const CertificateStackPtr issuers = stack_of(identity.chain, 1);
  X509* certificate = identity.chain.front().get();
  if (::SSL_CTX_use_cert_and_key(context, certificate, identity.key.get(), issuers.get(), 1) != 1) {
    return fail(unusable(certificate));
  }
  return {};
}

bool is_of_the_list(std::string_view cipher) {
  const auto good = split(kCiphers, ':');
  return std::ranges::find(good, cipher) != good.end();
}

/// IANA's names, as Java's settings have them, by the list that each belongs to.
Result<void> use_suites(SSL_CTX* context, const std::string& names) {
  std::string older;
  std::string newer;  // TLS 1.3
  for (const std::string_view part : split(names, ',')) {
    const std::string name(trim(part));
    if (name.empty()) continue;
    const std::string_view known = ::OPENSSL_cipher_name(name.c_str());
    if (known == "(NONE)") {
      return fail(ErrorKind::kUsage,
                  fmt::format("ssl.cipher.suites: \"{}\" is not known", escape_control(name)));
    }
    const bool is_newer = known.starts_with("TLS_");
    if (!is_newer && !is_of_the_list(known)) {
      return fail(ErrorKind::kUsage,
                  fmt::format("ssl.cipher.suites: {} is too weak", escape_control(name)),
                  "TLS_ECDHE_ECDSA_… and TLS_ECDHE_RSA_… with AES_128_GCM_SHA256, "
                  "AES_256_GCM_SHA384 or CHACHA20_POLY1305_SHA256, and those of TLS 1.3; without "
                  "the setting all of them");
    }
    std::string& list = is_newer ? newer : older;
    list += (list.empty() ? "" : ":") + std::string(known);
  }
  // One list that stays empty takes its version of TLS away: nothing else is offered.
  if (older.empty() && newer.empty()) return {};
  if (older.empty()) {
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  } else if (::SSL_CTX_set_cipher_list(context, older.c_str()) != 1) {
    return wrong("ssl.cipher.suites");
  }
  if (newer.empty()) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  } else if (::SSL_CTX_set_ciphersuites(context, newer.c_str()) != 1) {
    return wrong("ssl.cipher.suites");
  }
  return {};
}

void trust(SSL_CTX* context, const Certificates& trusted) {
  X509_STORE* store = ::SSL_CTX_get_cert_store(context);
  for (const CertificatePtr& each : trusted) ::X509_STORE_add_cert(store, each.get());
  ::ERR_clear_error();
}

Result<void> ask_clients(SSL_CTX* context, const TlsMaterial& material, ClientAuth wanted) {
  if (wanted == ClientAuth::kNone) return {};
  if (!material.trusted) {
    return fail(ErrorKind::kUsage, "ssl.client.auth: nobody is trusted to sign certificates",
                "ssl.truststore.location names the file of the clients' authority");
  }
  trust(context, *material.trusted);
  for (const CertificatePtr& each : *material.trusted) {
    ::SSL_CTX_add_client_CA(context, each.get());
  }
  const int mode = wanted == ClientAuth::kRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | mode, nullptr);
  ::SSL_CTX_set_verify_depth(context, kVerifyDepth);
  ::SSL_CTX_set_max_cert_list(context, kClientChainBytesMax);
  return {};
}

/// A resumed session is not verified again, and its ticket is made anew each time: whose
/// certificate has ended meanwhile has to show another one.
SSL_TICKET_RETURN judge_ticket(SSL*, SSL_SESSION* session, const unsigned char*, std::size_t,
                               SSL_TICKET_STATUS status, void*) {
  if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) {
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
  X509* client = ::SSL_SESSION_get0_peer(session);
  const bool has_ended =
      client != nullptr && ::X509_cmp_current_time(::X509_get0_notAfter(client)) <= 0;
  if (has_ended) return SSL_TICKET_RETURN_IGNORE_RENEW;
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

}  // namespace

Result<TlsContextPtr> make_server_context(const TlsMaterial& material,
                                          const TlsServerSettings& settings) {
  TlsContextPtr context(::SSL_CTX_new(::TLS_server_method()));
  if (!context) return openssl_failure("make a TLS context");
  ::SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // An idle connection keeps no buffers; a write that blocked may go on from another address.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_min_proto_version(context.get(), settings.version_min);
  SSL_CTX_set_max_proto_version(context.get(), settings.version_max);
  ::SSL_CTX_set_cipher_list(context.get(), kCiphers);
  SSL_CTX_set1_groups_list(context.get(), kCurves);
  TRY(use_suites(context.get(), settings.cipher_suites));
  if (!material.identity) {
    return fail(ErrorKind::kUsage, "a TLS listener has no certificate",
                "ssl.keystore.location names its PKCS12 or PEM file; or --tls DIR, --tls auto");
  }
  TRY(check_purpose(*material.identity));
  TRY(use_identity(context.get(), *material.identity));
  TRY(ask_clients(context.get(), material, settings.client_auth));
  // Tickets carry a session, not this process; they end with the context, so with its certificates.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  constexpr unsigned char kName[] = "kreel";
  ::SSL_CTX_set_session_id_context(context.get(), kName, sizeof(kName) - 1);
  ::SSL_CTX_set_num_tickets(context.get(), 1);
  ::SSL_CTX_set_session_ticket_cb(context.get(), nullptr, judge_ticket, nullptr);
  return context;
}

Result<TlsContextPtr> make_client_context(const TlsMaterial& material,
                                          const TlsClientSettings& settings) {
  TlsContextPtr context(::SSL_CTX_new(::TLS_client_method()));
  if (!context) return openssl_failure("make a TLS context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_AUTO_RETRY | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (!settings.ciphers.empty() &&
      ::SSL_CTX_set_cipher_list(context.get(), settings.ciphers.c_str()) != 1) {
    return wrong("ssl.cipher.suites");
  }
  if (!settings.curves.empty() &&
      SSL_CTX_set1_groups_list(context.get(), settings.curves.c_str()) != 1) {
    return wrong("ssl.curves.list");
  }
  if (!settings.signature_algorithms.empty() &&
      SSL_CTX_set1_sigalgs_list(context.get(), settings.signature_algorithms.c_str()) != 1) {
    return wrong("ssl.sigalgs.list");
  }
  if (material.identity) TRY(use_identity(context.get(), *material.identity));
  if (!material.trusted_directory.empty()) {
    if (::SSL_CTX_load_verify_dir(context.get(), material.trusted_directory.c_str()) != 1) {
      return wrong(material.trusted_directory);
    }
  } else if (material.trusted) {
    trust(context.get(), *material.trusted);
  } else if (const auto roots = system_roots_elsewhere()) {
    if (::SSL_CTX_load_verify_file(context.get(), roots->c_str()) != 1) return wrong(*roots);
  } else {
    ::SSL_CTX_set_default_verify_paths(context.get());
  }
  ::SSL_CTX_set_verify(context.get(), settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  return context;
}

}  // namespace kreel::security
