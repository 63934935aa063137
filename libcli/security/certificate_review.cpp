#include "security/certificate_review.hpp"

#include <chrono>

#include <fmt/format.h>

#include "kreel/units.hpp"
#include "security/certificate_file.hpp"
#include "security/certificate_text.hpp"
#include "security/pem.hpp"
#include "security/verification.hpp"

namespace kreel::security {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr std::int64_t kPublicDaysMax = 825;  // what Apple's clients take of private authorities

std::string in_days(std::int64_t duration_ms) {
  if (duration_ms >= kDayMs) return fmt::format("{}d", duration_ms / kDayMs);
  return format_duration(std::chrono::milliseconds(std::max<std::int64_t>(duration_ms, 1000)));
}

bool is_authority(X509* certificate) {
  return (::X509_get_extension_flags(certificate) & EXFLAG_CA) != 0;
}

/// Both usages absent mean any.
bool may(X509* certificate, std::uint32_t usage) {
  const bool limited = (::X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0;
  return !limited || (::X509_get_extended_key_usage(certificate) & (usage | XKU_ANYEKU)) != 0;
}

StorePtr make_store(const Certificates* trusted) {
  StorePtr store(::X509_STORE_new());
  if (trusted == nullptr) {
    ::X509_STORE_set_default_paths(store.get());
  } else {
    for (const CertificatePtr& each : *trusted) ::X509_STORE_add_cert(store.get(), each.get());
  }
  return store;
}

}  // namespace

void Review::note(std::string step, std::string subject, std::string detail) {
  report_.findings.push_back(
      {std::move(step), std::move(subject), certs::Finding::State::kOk, std::move(detail)});
}

void Review::warn(std::string step, std::string subject, std::string detail) {
  report_.findings.push_back(
      {std::move(step), std::move(subject), certs::Finding::State::kWarning, std::move(detail)});
}

void Review::refuse(std::string step, std::string subject, Error problem) {
  const bool soon = problem.kind() == ErrorKind::kConditionFalse;
  report_.findings.push_back({std::move(step), std::move(subject),
                              soon ? certs::Finding::State::kWarning : certs::Finding::State::kFail,
                              problem.message()});
  // What fails now comes before what will.
  const bool first =
      !report_.problem || (report_.problem->kind() == ErrorKind::kConditionFalse && !soon);
  if (first) report_.problem = std::move(problem);
}

void Review::examine_expiry(X509* certificate) {
  const std::string subject = subject_text(certificate);
  const std::int64_t begin_ms = time_ms(::X509_get0_notBefore(certificate));
  const std::int64_t end_ms = time_ms(::X509_get0_notAfter(certificate));
  if (options_.now_ms < begin_ms) {
    return refuse("expiry", subject,
                  explain(failure_of(X509_V_ERR_CERT_NOT_YET_VALID, certificate), options_.host));
  }
  if (options_.now_ms > end_ms) {
    return refuse("expiry", subject,
                  explain(failure_of(X509_V_ERR_CERT_HAS_EXPIRED, certificate), options_.host));
  }
  const std::string left = in_days(end_ms - options_.now_ms);
  if (end_ms - options_.now_ms < options_.warn_ms) {
    return refuse("expiry", subject,
                  Error(ErrorKind::kConditionFalse,
                        fmt::format("the certificate {} expires in {}, at {}", subject, left,
                                    time_text(end_ms)),
                        "renew it before, for its clients"));
  }
  if (!is_authority(certificate) && end_ms - begin_ms > kPublicDaysMax * kDayMs) {
    return warn("expiry", subject,
                fmt::format("lasts {}, more than the {}d that some clients take",
                            in_days(end_ms - begin_ms), kPublicDaysMax));
  }
  note("expiry", subject, fmt::format("until {}, {} left", time_text(end_ms), left));
}

void Review::examine_key(X509* certificate) {
  const std::string subject = subject_text(certificate);
  const EVP_PKEY* key = ::X509_get0_pubkey(certificate);
  const std::string text = key_text(key);
  if (key != nullptr && ::EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
      ::EVP_PKEY_get_bits(key) < kRsaBitsMin) {
    return refuse("key", subject,
                  Error(ErrorKind::kAuthentication,
                        fmt::format("the key of {} is {}, which is too short", subject, text),
                        "make it anew with RSA 2048 or ECDSA P-256: kreel certs gen"));
  }
  int digest = NID_undef;
  ::X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr);
  const bool weak = digest == NID_sha1 || digest == NID_md5;
  if (weak && ::X509_self_signed(certificate, 0) != 1) {
    return refuse("key", subject,
                  Error(ErrorKind::kAuthentication,
                        fmt::format("the certificate {} is signed with {}, which can be forged",
                                    subject, ::OBJ_nid2sn(digest)),
                        "have it signed anew with SHA-256"));
  }
  note("key", subject,
       fmt::format("{}, {}", text, ::OBJ_nid2ln(::X509_get_signature_nid(certificate))));
}

void Review::examine_usage(X509* certificate) {
  const std::string subject = subject_text(certificate);
  // One that is signed by itself may be both, an authority and a broker's.
  if (is_authority(certificate) && options_.host.empty()) {
    return note("usage", subject, "signs others");
  }
  const bool server = may(certificate, XKU_SSL_SERVER);
  const bool client = may(certificate, XKU_SSL_CLIENT);
  if (!server && (!client || !options_.host.empty())) {
    return refuse("usage", subject,
                  explain(failure_of(X509_V_ERR_INVALID_PURPOSE, certificate), options_.host));
  }
  if (server) return note("usage", subject, client ? "a broker, or a client" : "a broker");
  note("usage", subject, "a client");
}

void Review::examine_names(X509* certificate) {
  const std::string subject = subject_text(certificate);
  if (is_authority(certificate) && options_.host.empty()) return;
  if (!options_.host.empty() && !names_host(certificate, options_.host)) {
    return refuse("names", subject,
                  explain(failure_of(X509_V_ERR_HOSTNAME_MISMATCH, certificate), options_.host));
  }
  const bool server = may(certificate, XKU_SSL_SERVER);
  if (server && alt_names(certificate).empty()) {
    return warn("names", subject, "no subjectAltName: today's clients accept no other names");
  }
  if (server) note("names", subject, names_text(certificate));
}

void Review::examine_chain(const Certificates& chain) {
  const std::string subject = subject_text(chain.front().get());
  const StorePtr store = make_store(options_.trusted);
  const OpenSslPtr<X509_STORE_CTX, ::X509_STORE_CTX_free> context(::X509_STORE_CTX_new());
  const CertificateStackPtr others = stack_of(chain, 1);
  ::X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), others.get());
  X509* end = chain.front().get();
  if (!is_authority(end)) {
    // Whoever has signed it may be limited, too.
    ::X509_STORE_CTX_set_purpose(context.get(), may(end, XKU_SSL_SERVER) ? X509_PURPOSE_SSL_SERVER
                                                                         : X509_PURPOSE_SSL_CLIENT);
  }
  // Ends have findings of their own.
  ::X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME);
  if (::X509_verify_cert(context.get()) != 1) {
    const int code = ::X509_STORE_CTX_get_error(context.get());
    X509* at = ::X509_STORE_CTX_get_current_cert(context.get());
    ::ERR_clear_error();
    Error problem = explain(failure_of(code, at == nullptr ? chain.front().get() : at), "");
    // Who was named as trusted may be the root above it.
    if (code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY && options_.trusted != nullptr) {
      problem = std::move(problem).with_hint(
          problem.hint() +
          "; if that is no root, the certificates up to the root belong behind this "
          "one, in the file of whom it is");
    }
    return refuse("chain", subject, std::move(problem));
  }
  STACK_OF(X509)* found = ::X509_STORE_CTX_get0_chain(context.get());
  std::string path;
  for (int i = 1; i < sk_X509_num(found); ++i) {
    path += (path.empty() ? "signed by " : ", by ") + subject_text(sk_X509_value(found, i));
  }
  note("chain", subject, path.empty() ? "trusted itself" : path);
}

/// A server sends them as they stand in its file, and what comes first is who it is.
void Review::examine_order(const Certificates& chain) {
  X509* first = chain.front().get();
  if (!is_authority(first)) return;
  for (const CertificatePtr& each : chain) {
    if (is_authority(each.get()) || ::X509_check_issued(first, each.get()) != X509_V_OK) continue;
    return refuse("chain", subject_text(first),
                  Error(ErrorKind::kAuthentication,
                        fmt::format("{} comes before {}, which it has signed", subject_text(first),
                                    subject_text(each.get())),
                        "a broker's or client's own certificate is the first in its file"));
  }
}

void Review::examine(const Certificates& chain) {
  examine_order(chain);
  for (const CertificatePtr& each : chain) {
    examine_key(each.get());
    examine_expiry(each.get());
  }
  X509* end = chain.front().get();
  examine_usage(end);
  examine_names(end);
  examine_chain(chain);
}

}  // namespace kreel::security

namespace kreel::certs {

std::string_view to_string(Finding::State state) {
  if (state == Finding::State::kOk) return "ok";
  return state == Finding::State::kFail ? "fail" : "warning";
}

Result<Report> check_file(std::string_view file, const CheckOptions& options) {
  TRY_ASSIGN(auto contents,
             security::read_certificate_file(file, security::Secret(options.password)));
  if (contents.certificates.empty()) {
    return fail(ErrorKind::kBadInput, "holds no certificate");
  }
  security::Certificates trusted;
  bool has_trusted = !options.trusted_pem.empty();
  if (has_trusted) {
    TRY_ASSIGN(trusted, security::read_certificates(options.trusted_pem));
  } else {
    for (const auto& each : contents.certificates) {
      if (::X509_self_signed(each.get(), 0) == 1) trusted.push_back(security::share(each.get()));
    }
    has_trusted = !trusted.empty();
  }
  security::Review review({.trusted = has_trusted ? &trusted : nullptr,
                           .host = options.host,
                           .now_ms = options.now_ms,
                           .warn_ms = options.warn_ms});
  const std::string subject = security::subject_text(contents.certificates.front().get());
  review.examine(contents.certificates);
  if (contents.key) {
    if (::X509_check_private_key(contents.certificates.front().get(), contents.key.get()) == 1) {
      review.note("key", subject, "the private key is its own");
    } else {
      ::ERR_clear_error();
      review.refuse("key", subject,
                    Error(ErrorKind::kAuthentication, "the private key is not that of " + subject,
                          "put the key and the certificate of one request together"));
    }
  }
  if (contents.is_store && !contents.key) {
    if (contents.java_trusts) {
      review.note("store", subject, "Java lists its certificates");
    } else {
      review.refuse("store", subject,
                    Error(ErrorKind::kAuthentication, "Java sees no entry in this truststore",
                          "import the certificate with keytool, or make the store with kreel certs "
                          "gen"));
    }
  }
  return std::move(review).take();
}

}  // namespace kreel::certs
