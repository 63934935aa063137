#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace kreel::security {

template <auto Free>
struct OpenSslFree {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using OpenSslPtr = std::unique_ptr<T, OpenSslFree<Free>>;

using BioPtr = OpenSslPtr<BIO, ::BIO_free>;
using KeyPtr = OpenSslPtr<EVP_PKEY, ::EVP_PKEY_free>;
using CertificatePtr = OpenSslPtr<X509, ::X509_free>;
using RequestPtr = OpenSslPtr<X509_REQ, ::X509_REQ_free>;
using ExtensionPtr = OpenSslPtr<X509_EXTENSION, ::X509_EXTENSION_free>;
using Pkcs12Ptr = OpenSslPtr<PKCS12, ::PKCS12_free>;
using StorePtr = OpenSslPtr<X509_STORE, ::X509_STORE_free>;
using TlsContextPtr = OpenSslPtr<SSL_CTX, ::SSL_CTX_free>;
using TlsPtr = OpenSslPtr<SSL, ::SSL_free>;

struct FreeCertificateStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
/// Refers to certificates of others.
using CertificateStackPtr = std::unique_ptr<STACK_OF(X509), FreeCertificateStack>;

/// A chain as files hold it: the end's certificate first, then who signed it.
using Certificates = std::vector<CertificatePtr>;

/// Another owner of the same certificate.
CertificatePtr share(X509* certificate);
KeyPtr share(EVP_PKEY* key);

CertificateStackPtr stack_of(const Certificates& certificates, std::size_t from = 0);

/// What OpenSSL's queue of errors says, which is empty afterwards: "bad decrypt".
std::string take_openssl_reason();
/// "cannot WHAT: REASON", kFailed.
tl::unexpected<Error> openssl_failure(std::string_view what);

BioPtr reading_bio(std::string_view bytes);
/// What was written to a memory BIO.
std::string take_text(BIO* bio);

}  // namespace kreel::security
