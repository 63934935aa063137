#include "security/certificate_maker.hpp"

#include <arpa/inet.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.hpp"

namespace kreel::security {
namespace {

constexpr std::size_t kSerialBytes = 16;
constexpr std::size_t kCommonNameBytesMax = 64;  // ub-common-name of RFC 5280
constexpr std::size_t kDnsNameBytesMax = 253;
constexpr std::size_t kDnsLabelBytesMax = 63;

bool is_dns_name(std::string_view name) {
  if (name.size() > kDnsNameBytesMax) return false;
  if (name.starts_with("*.")) name.remove_prefix(2);
  for (const std::string_view label : split(name, '.')) {
    if (label.empty() || label.size() > kDnsLabelBytesMax || label.starts_with('-') ||
        label.ends_with('-')) {
      return false;
    }
    // Names of containers have underscores.
    const auto fits = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_';
    };
    if (!std::ranges::all_of(label, fits)) return false;
  }
  return true;
}

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

Result<void> set_serial(X509* certificate) {
  std::array<unsigned char, kSerialBytes> bytes{};
  if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return openssl_failure("draw a serial number");
  }
  // Positive and never 0.
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x3fU) | 0x40U);
  const OpenSslPtr<BIGNUM, ::BN_free> number(
      ::BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  ::BN_to_ASN1_INTEGER(number.get(), ::X509_get_serialNumber(certificate));
  return {};
}

void set_time(ASN1_TIME* time, std::int64_t time_ms) {
  ::ASN1_TIME_set(time, static_cast<time_t>(time_ms / 1000));
}

Result<void> add_common_name(X509_NAME* name, const std::string& text) {
  // A longer name stands in subjectAltName alone.
  if (text.size() > kCommonNameBytesMax) return {};
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (::X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, bytes,
                                   static_cast<int>(text.size()), -1, 0) != 1) {
    return openssl_failure("write the name");
  }
  return {};
}

struct ExtensionText {
  int nid;
  std::string value;
};

Result<ExtensionPtr> make_extension(const ExtensionText& text, X509V3_CTX* context) {
  ExtensionPtr extension(::X509V3_EXT_conf_nid(nullptr, context, text.nid, text.value.c_str()));
  if (!extension) return openssl_failure(fmt::format("write {}", ::OBJ_nid2sn(text.nid)));
  return extension;
}

std::vector<ExtensionText> extensions_of(const EndEntity& entity) {
  const bool server = entity.role == EndEntity::Role::kServer;
  std::vector<ExtensionText> all{{NID_basic_constraints, "critical,CA:FALSE"},
                                 {NID_key_usage, "critical,digitalSignature"},
                                 {NID_ext_key_usage, server ? "serverAuth" : "clientAuth"}};
  if (!entity.alt_names.empty()) all.push_back({NID_subject_alt_name, entity.alt_names});
  return all;
}

/// A certificate without names and extensions, for `key`.
Result<CertificatePtr> blank_certificate(EVP_PKEY* key, const Validity& validity) {
  CertificatePtr certificate(::X509_new());
  ::X509_set_version(certificate.get(), X509_VERSION_3);
  TRY(set_serial(certificate.get()));
  set_time(::X509_getm_notBefore(certificate.get()), validity.not_before_ms);
  set_time(::X509_getm_notAfter(certificate.get()), validity.not_after_ms);
  ::X509_set_pubkey(certificate.get(), key);
  return certificate;
}

Result<void> finish(X509* certificate, X509* issuer, EVP_PKEY* issuer_key,
                    const std::vector<ExtensionText>& extensions) {
  X509V3_CTX context{};
  ::X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  for (const ExtensionText& text : extensions) {
    TRY_ASSIGN(const ExtensionPtr extension, make_extension(text, &context));
    ::X509_add_ext(certificate, extension.get(), -1);
  }
  const bool edwards = ::EVP_PKEY_get_id(issuer_key) == EVP_PKEY_ED25519;
  if (::X509_sign(certificate, issuer_key, edwards ? nullptr : ::EVP_sha256()) == 0) {
    return openssl_failure("sign a certificate");
  }
  return {};
}

}  // namespace

Result<std::string> subject_alt_names(const std::vector<std::string>& hosts) {
  std::vector<std::string> names;
  for (const std::string& host : hosts) {
    const bool address = is_address(host);
    if (!address && !is_dns_name(host)) {
      return fail(ErrorKind::kUsage,
                  fmt::format("\"{}\" is no host name and no address", escape_control(host)));
    }
    std::string name = (address ? "IP:" : "DNS:") + host;
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return fmt::format("{}", fmt::join(names, ","));
}

Result<KeyPtr> make_key(certs::KeyKind kind) {
  KeyPtr key;
  if (kind == certs::KeyKind::kEcdsaP256) {
    key.reset(::EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  } else {
    const std::size_t bits = kind == certs::KeyKind::kRsa2048 ? 2048 : 4096;
    key.reset(::EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits));
  }
  if (!key) return openssl_failure("make a key");
  return key;
}

Result<Identity> make_authority(certs::KeyKind kind, const Validity& validity) {
  Identity authority;
  TRY_ASSIGN(authority.key, make_key(kind));
  TRY_ASSIGN(CertificatePtr certificate, blank_certificate(authority.key.get(), validity));
  // Two authorities on one machine must not be taken for each other.
  std::array<unsigned char, 4> random{};
  ::RAND_bytes(random.data(), static_cast<int>(random.size()));
  TRY(add_common_name(::X509_get_subject_name(certificate.get()),
                      fmt::format("kreel CA {:02x}", fmt::join(random, ""))));
  ::X509_set_issuer_name(certificate.get(), ::X509_get_subject_name(certificate.get()));
  TRY(finish(certificate.get(), certificate.get(), authority.key.get(),
             {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
              {NID_key_usage, "critical,keyCertSign,cRLSign"},
              {NID_subject_key_identifier, "hash"}}));
  authority.chain.push_back(std::move(certificate));
  return authority;
}

Result<Identity> issue(const Identity& authority, const EndEntity& entity, certs::KeyKind kind,
                       const Validity& validity) {
  X509* issuer = authority.chain.front().get();
  Identity identity;
  TRY_ASSIGN(identity.key, make_key(kind));
  TRY_ASSIGN(CertificatePtr certificate, blank_certificate(identity.key.get(), validity));
  TRY(add_common_name(::X509_get_subject_name(certificate.get()), entity.common_name));
  ::X509_set_issuer_name(certificate.get(), ::X509_get_subject_name(issuer));
  std::vector<ExtensionText> extensions = extensions_of(entity);
  extensions.push_back({NID_subject_key_identifier, "hash"});
  extensions.push_back({NID_authority_key_identifier, "keyid"});
  TRY(finish(certificate.get(), issuer, authority.key.get(), extensions));
  identity.chain.push_back(std::move(certificate));
  for (const CertificatePtr& link : authority.chain) {
    if (::X509_self_signed(link.get(), 0) != 1) identity.chain.push_back(share(link.get()));
  }
  return identity;
}

Result<SigningRequest> make_request(const EndEntity& entity, certs::KeyKind kind) {
  SigningRequest made;
  TRY_ASSIGN(made.key, make_key(kind));
  made.request.reset(::X509_REQ_new());
  X509_REQ* request = made.request.get();
  ::X509_REQ_set_version(request, X509_REQ_VERSION_1);
  ::X509_REQ_set_pubkey(request, made.key.get());
  TRY(add_common_name(::X509_REQ_get_subject_name(request), entity.common_name));
  X509V3_CTX context{};
  ::X509V3_set_ctx(&context, nullptr, nullptr, request, nullptr, 0);
  STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
  for (const ExtensionText& text : extensions_of(entity)) {
    auto extension = make_extension(text, &context);
    if (!extension) {
      sk_X509_EXTENSION_pop_free(extensions, ::X509_EXTENSION_free);
      return fail(std::move(extension).error());
    }
    sk_X509_EXTENSION_push(extensions, extension->release());
  }
  ::X509_REQ_add_extensions(request, extensions);
  sk_X509_EXTENSION_pop_free(extensions, ::X509_EXTENSION_free);
  if (::X509_REQ_sign(request, made.key.get(), ::EVP_sha256()) == 0) {
    return openssl_failure("sign a request");
  }
  return made;
}

}  // namespace kreel::security
