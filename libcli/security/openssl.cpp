#include "security/openssl.hpp"

#include <fmt/format.h>

namespace kreel::security {

CertificatePtr share(X509* certificate) {
  ::X509_up_ref(certificate);
  return CertificatePtr(certificate);
}

KeyPtr share(EVP_PKEY* key) {
  ::EVP_PKEY_up_ref(key);
  return KeyPtr(key);
}

CertificateStackPtr stack_of(const Certificates& certificates, std::size_t from) {
  CertificateStackPtr stack(sk_X509_new_null());
  for (std::size_t i = from; i < certificates.size(); ++i) {
    sk_X509_push(stack.get(), certificates[i].get());
  }
  return stack;
}

std::string take_openssl_reason() {
  // The first one in the queue is nearest to the cause.
  const unsigned long code = ::ERR_get_error();
  ::ERR_clear_error();
  const char* reason = ::ERR_reason_error_string(code);
  return reason == nullptr ? "unknown reason" : reason;
}

tl::unexpected<Error> openssl_failure(std::string_view what) {
  return fail(ErrorKind::kFailed, fmt::format("cannot {}: {}", what, take_openssl_reason()));
}

BioPtr reading_bio(std::string_view bytes) {
  return BioPtr(::BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

std::string take_text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace kreel::security
