#include "security/pkcs12.hpp"

#include <array>

#include <fmt/format.h>

#include "security/pem.hpp"

namespace kreel::security {
namespace {

// trustedKeyUsage: Java 17 shows no entry of a store whose certificates lack it.
constexpr const char* kOracleTrustedKeyUsage = "2.16.840.1.113894.746875.1.1";
constexpr const char* kAnyExtendedKeyUsage = "2.5.29.37.0";
constexpr int kIterations = 10'000;  // Java's own
// A store from somebody else must not keep a processor busy for long.
constexpr long kIterationsMax = 1'000'000;

struct StoreProfile {
  int encryption;
  const EVP_MD* mac;
};

StoreProfile profile_of(certs::StoreKind kind) {
  if (kind == certs::StoreKind::kLegacy) {
    return {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, ::EVP_sha1()};
  }
  return {NID_aes_256_cbc, ::EVP_sha256()};
}

Result<std::string> finish_store(PKCS12* store, const Secret& password,
                                 const StoreProfile& profile) {
  const std::string& text = password.reveal();
  if (::PKCS12_set_mac(store, text.c_str(), static_cast<int>(text.size()), nullptr, 0, kIterations,
                       profile.mac) != 1) {
    return openssl_failure("seal a PKCS12 store");
  }
  const BioPtr bio(::BIO_new(::BIO_s_mem()));
  if (::i2d_PKCS12_bio(bio.get(), store) != 1) return openssl_failure("write a PKCS12 store");
  return take_text(bio.get());
}

using ObjectPtr = OpenSslPtr<ASN1_OBJECT, ::ASN1_OBJECT_free>;
using BagPtr = OpenSslPtr<PKCS12_SAFEBAG, ::PKCS12_SAFEBAG_free>;

Result<BagPtr> trusted_bag(X509* certificate, const std::string& alias) {
  BagPtr bag(::PKCS12_SAFEBAG_create_cert(certificate));
  if (!bag || ::PKCS12_add_friendlyname_utf8(bag.get(), alias.c_str(), -1) != 1) {
    return openssl_failure("put a certificate into a store");
  }
  const ObjectPtr any(::OBJ_txt2obj(kAnyExtendedKeyUsage, 1));
  // With the length -1 the value is the object itself, not bytes.
  if (::PKCS12_add1_attr_by_txt(bag.get(), kOracleTrustedKeyUsage, V_ASN1_OBJECT,
                                reinterpret_cast<const unsigned char*>(any.get()), -1) != 1) {
    return openssl_failure("mark a certificate as trusted");
  }
  return bag;
}

struct FreeBags {
  void operator()(STACK_OF(PKCS12_SAFEBAG) * bags) const {
    sk_PKCS12_SAFEBAG_pop_free(bags, ::PKCS12_SAFEBAG_free);
  }
};
using BagsPtr = std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), FreeBags>;
struct FreeSafes {
  void operator()(STACK_OF(PKCS7) * safes) const { sk_PKCS7_pop_free(safes, ::PKCS7_free); }
};
using SafesPtr = std::unique_ptr<STACK_OF(PKCS7), FreeSafes>;

bool has_trust_attribute(const PKCS12_SAFEBAG* bag) {
  const ObjectPtr wanted(::OBJ_txt2obj(kOracleTrustedKeyUsage, 1));
  const STACK_OF(X509_ATTRIBUTE)* attributes = ::PKCS12_SAFEBAG_get0_attrs(bag);
  for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); ++i) {
    X509_ATTRIBUTE* attribute = sk_X509_ATTRIBUTE_value(attributes, i);
    if (::OBJ_cmp(::X509_ATTRIBUTE_get0_object(attribute), wanted.get()) == 0) return true;
  }
  return false;
}

/// Whether Java's keytool would list the certificates of a store without a key.
bool is_trusted_by_java(const PKCS12* store, const std::string& password) {
  const SafesPtr safes(::PKCS12_unpack_authsafes(store));
  for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
    PKCS7* safe = sk_PKCS7_value(safes.get(), i);
    BagsPtr bags;
    if (PKCS7_type_is_data(safe)) {
      bags.reset(::PKCS12_unpack_p7data(safe));
    } else if (PKCS7_type_is_encrypted(safe)) {
      bags.reset(
          ::PKCS12_unpack_p7encdata(safe, password.c_str(), static_cast<int>(password.size())));
    }
    for (int j = 0; bags && j < sk_PKCS12_SAFEBAG_num(bags.get()); ++j) {
      const PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(bags.get(), j);
      if (::PKCS12_SAFEBAG_get_nid(bag) == NID_certBag && !has_trust_attribute(bag)) return false;
    }
  }
  ::ERR_clear_error();
  return true;
}

std::string alias_of(X509* certificate) {
  int size = 0;
  const unsigned char* text = ::X509_alias_get0(certificate, &size);
  if (text == nullptr || size < 0) return {};
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

Result<void> check_mac(PKCS12* store, const std::string& password) {
  if (::PKCS12_mac_present(store) != 1) {
    return fail(ErrorKind::kBadInput, "a PKCS12 store that is not sealed by its password");
  }
  const ASN1_INTEGER* iterations = nullptr;
  ::PKCS12_get0_mac(nullptr, nullptr, nullptr, &iterations, store);
  if (iterations != nullptr) {
    const long count = ::ASN1_INTEGER_get(iterations);
    if (count < 0 || count > kIterationsMax) {
      return fail(ErrorKind::kBadInput,
                  fmt::format("a PKCS12 store of more than {} iterations", kIterationsMax));
    }
  }
  if (::PKCS12_verify_mac(store, password.c_str(), static_cast<int>(password.size())) == 1) {
    return {};
  }
  ::ERR_clear_error();
  return fail(ErrorKind::kAuthentication, password.empty()
                                              ? "the PKCS12 store has a password"
                                              : "the password does not open the PKCS12 store");
}

}  // namespace

Result<std::string> make_keystore(const Identity& identity, const std::string& alias,
                                  const Secret& password, certs::StoreKind kind) {
  const StoreProfile profile = profile_of(kind);
  const CertificateStackPtr issuers = stack_of(identity.chain, 1);
  const Pkcs12Ptr store(::PKCS12_create(
      password.reveal().c_str(), alias.c_str(), identity.key.get(), identity.chain.front().get(),
      issuers.get(), profile.encryption, profile.encryption, kIterations, -1, 0));
  if (!store) return openssl_failure("make a keystore");
  return finish_store(store.get(), password, profile);
}

Result<std::string> make_truststore(const Certificates& trusted, const Secret& password,
                                    certs::StoreKind kind) {
  const StoreProfile profile = profile_of(kind);
  const BagsPtr bags(sk_PKCS12_SAFEBAG_new_null());
  for (std::size_t i = 0; i < trusted.size(); ++i) {
    const std::string alias = i == 0 ? "ca" : fmt::format("ca-{}", i + 1);
    TRY_ASSIGN(BagPtr bag, trusted_bag(trusted[i].get(), alias));
    sk_PKCS12_SAFEBAG_push(bags.get(), bag.release());
  }
  STACK_OF(PKCS7)* list = nullptr;
  const int added = ::PKCS12_add_safe(&list, bags.get(), profile.encryption, kIterations,
                                      password.reveal().c_str());
  const SafesPtr safes(list);
  if (added != 1) return openssl_failure("make a truststore");
  const Pkcs12Ptr store(::PKCS12_add_safes(safes.get(), 0));
  if (!store) return openssl_failure("make a truststore");
  return finish_store(store.get(), password, profile);
}

bool looks_like_der(std::string_view bytes) {
  constexpr char kSequence = 0x30;
  return bytes.starts_with(kSequence);
}

Result<Pkcs12Contents> read_pkcs12(std::string_view bytes, const Secret& password) {
  if (bytes.size() > kCertificateFileBytesMax) {
    return fail(ErrorKind::kBadInput, fmt::format("over {} bytes", kCertificateFileBytesMax));
  }
  const BioPtr bio = reading_bio(bytes);
  const Pkcs12Ptr store(::d2i_PKCS12_bio(bio.get(), nullptr));
  if (!store) {
    ::ERR_clear_error();
    return fail(ErrorKind::kBadInput, "no PKCS12 store");
  }
  TRY(check_mac(store.get(), password.reveal()));
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* others = nullptr;
  if (::PKCS12_parse(store.get(), password.reveal().c_str(), &key, &certificate, &others) != 1) {
    if (ERR_GET_REASON(::ERR_peek_error()) == ERR_R_UNSUPPORTED) {
      ::ERR_clear_error();
      return fail(ErrorKind::kBadInput,
                  "the PKCS12 store is encrypted in a way that OpenSSL 3 has given up, such as RC2",
                  "openssl pkcs12 -legacy -in F -nodes | openssl pkcs12 -export -out NEW makes it "
                  "anew; so does keytool -importkeystore");
    }
    return fail(ErrorKind::kBadInput,
                fmt::format("the PKCS12 store cannot be read: {}", take_openssl_reason()));
  }
  Pkcs12Contents contents;
  contents.key.reset(key);
  if (certificate != nullptr) contents.certificates.emplace_back(certificate);
  while (others != nullptr && sk_X509_num(others) > 0) {
    contents.certificates.emplace_back(sk_X509_shift(others));
  }
  sk_X509_free(others);
  if (!contents.key) contents.java_trusts = is_trusted_by_java(store.get(), password.reveal());
  for (const CertificatePtr& each : contents.certificates) {
    contents.aliases.push_back(alias_of(each.get()));
  }
  ::ERR_clear_error();
  return contents;
}

}  // namespace kreel::security
