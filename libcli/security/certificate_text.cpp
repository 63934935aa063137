#include "security/certificate_text.hpp"

#include <arpa/inet.h>

#include <array>
#include <ctime>

#include <fmt/format.h>

#include "base/text.hpp"
#include "security/principal_name.hpp"

namespace kreel::security {
namespace {

using GeneralNamesPtr = OpenSslPtr<GENERAL_NAMES, ::GENERAL_NAMES_free>;

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(::ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(::ASN1_STRING_length(text))};
}

std::string address_text(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  if (family == AF_INET6 && bytes.size() != sizeof(in6_addr)) return "?";
  ::inet_ntop(family, bytes.data(), text.data(), text.size());
  return text.data();
}

std::vector<std::string> names_of(const GENERAL_NAMES* names) {
  std::vector<std::string> all;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    int type = 0;
    const void* value = ::GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
    if (type == GEN_DNS || type == GEN_URI || type == GEN_EMAIL) {
      const std::string_view prefix =
          type == GEN_DNS ? "DNS:" : (type == GEN_URI ? "URI:" : "email:");
      all.push_back(fmt::format("{}{}", prefix,
                                escape_control(bytes_of(static_cast<const ASN1_STRING*>(value)))));
    } else if (type == GEN_IPADD) {
      all.push_back("IP:" + address_text(bytes_of(static_cast<const ASN1_STRING*>(value))));
    }
  }
  return all;
}

std::string hex_of(const ASN1_INTEGER* number) {
  const OpenSslPtr<BIGNUM, ::BN_free> big(::ASN1_INTEGER_to_BN(number, nullptr));
  char* digits = ::BN_bn2hex(big.get());
  std::string text = digits == nullptr ? "" : to_lower(digits);
  OPENSSL_free(digits);
  return text;
}

std::vector<std::string> usages_of(X509* certificate) {
  struct Usage {
    std::uint32_t bit;
    std::string_view name;
  };
  constexpr std::array<Usage, 7> kKeyUsages{{{KU_DIGITAL_SIGNATURE, "digitalSignature"},
                                             {KU_NON_REPUDIATION, "nonRepudiation"},
                                             {KU_KEY_ENCIPHERMENT, "keyEncipherment"},
                                             {KU_DATA_ENCIPHERMENT, "dataEncipherment"},
                                             {KU_KEY_AGREEMENT, "keyAgreement"},
                                             {KU_KEY_CERT_SIGN, "keyCertSign"},
                                             {KU_CRL_SIGN, "cRLSign"}}};
  constexpr std::array<Usage, 5> kExtended{{{XKU_SSL_SERVER, "serverAuth"},
                                            {XKU_SSL_CLIENT, "clientAuth"},
                                            {XKU_CODE_SIGN, "codeSigning"},
                                            {XKU_SMIME, "emailProtection"},
                                            {XKU_ANYEKU, "anyExtendedKeyUsage"}}};
  std::vector<std::string> usages;
  const std::uint32_t flags = ::X509_get_extension_flags(certificate);
  if ((flags & EXFLAG_CA) != 0) usages.emplace_back("CA");
  const std::uint32_t key = (flags & EXFLAG_KUSAGE) != 0 ? ::X509_get_key_usage(certificate) : 0;
  for (const Usage& usage : kKeyUsages) {
    if ((key & usage.bit) != 0) usages.emplace_back(usage.name);
  }
  const std::uint32_t extended =
      (flags & EXFLAG_XKUSAGE) != 0 ? ::X509_get_extended_key_usage(certificate) : 0;
  for (const Usage& usage : kExtended) {
    if ((extended & usage.bit) != 0) usages.emplace_back(usage.name);
  }
  return usages;
}

}  // namespace

std::string name_text(const X509_NAME* name) {
  const BioPtr bio(::BIO_new(::BIO_s_mem()));
  // UTF-8 stays readable; control characters are escaped.
  ::X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return take_text(bio.get());
}

std::string subject_text(X509* certificate) {
  return name_text(::X509_get_subject_name(certificate));
}

std::string issuer_text(X509* certificate) {
  return name_text(::X509_get_issuer_name(certificate));
}

std::int64_t time_ms(const ASN1_TIME* time) {
  std::tm parts{};
  if (::ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return static_cast<std::int64_t>(::timegm(&parts)) * 1000;
}

std::vector<std::string> alt_names(X509* certificate) {
  const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      ::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  return names ? names_of(names.get()) : std::vector<std::string>();
}

std::string key_text(const EVP_PKEY* key) {
  if (key == nullptr) return "unknown";
  if (::EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
    return fmt::format("RSA {}", ::EVP_PKEY_get_bits(key));
  }
  if (::EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) {
    std::array<char, 64> group{};
    std::size_t size = 0;
    ::EVP_PKEY_get_group_name(key, group.data(), group.size(), &size);
    const int nid = ::OBJ_sn2nid(group.data());
    const char* nist = nid == NID_undef ? nullptr : ::EC_curve_nid2nist(nid);
    return fmt::format("ECDSA {}", nist == nullptr ? group.data() : nist);
  }
  const char* name = ::EVP_PKEY_get0_type_name(key);
  return name == nullptr ? "unknown" : name;
}

certs::Entry describe(X509* certificate) {
  certs::Entry entry;
  entry.subject = subject_text(certificate);
  entry.issuer = issuer_text(certificate);
  entry.principal = "User:" + principal_name(::X509_get_subject_name(certificate));
  entry.serial = hex_of(::X509_get0_serialNumber(certificate));
  entry.names = alt_names(certificate);
  entry.usages = usages_of(certificate);
  entry.key = key_text(::X509_get0_pubkey(certificate));
  const char* signature = ::OBJ_nid2ln(::X509_get_signature_nid(certificate));
  entry.signature = signature == nullptr ? "unknown" : signature;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  ::X509_digest(certificate, ::EVP_sha256(), digest.data(), &size);
  for (unsigned int i = 0; i < size; ++i) entry.fingerprint += fmt::format("{:02x}", digest[i]);
  entry.not_before_ms = time_ms(::X509_get0_notBefore(certificate));
  entry.not_after_ms = time_ms(::X509_get0_notAfter(certificate));
  ::ERR_clear_error();
  return entry;
}

certs::Entry describe(X509_REQ* request) {
  certs::Entry entry;
  entry.kind = certs::Entry::Kind::kRequest;
  entry.subject = name_text(::X509_REQ_get_subject_name(request));
  entry.key = key_text(::X509_REQ_get0_pubkey(request));
  STACK_OF(X509_EXTENSION)* extensions = ::X509_REQ_get_extensions(request);
  const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      ::X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr)));
  if (names) entry.names = names_of(names.get());
  sk_X509_EXTENSION_pop_free(extensions, ::X509_EXTENSION_free);
  ::ERR_clear_error();
  return entry;
}

certs::Entry describe(EVP_PKEY* key) {
  certs::Entry entry;
  entry.kind = certs::Entry::Kind::kPrivateKey;
  entry.key = key_text(key);
  return entry;
}

}  // namespace kreel::security
