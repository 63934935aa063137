#include "security/system_roots.hpp"

#include <openssl/x509.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace kreel::security {
namespace {

constexpr std::array kBundles{
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, and RHEL since 7
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem",                                  // Alpine
};

bool is_readable(const char* path) {
  return ::access(path, R_OK) == 0;
}

}  // namespace

std::optional<std::string> system_roots_elsewhere() {
  const bool named = std::getenv(::X509_get_default_cert_file_env()) != nullptr ||
                     std::getenv(::X509_get_default_cert_dir_env()) != nullptr;
  if (named || is_readable(::X509_get_default_cert_file()) ||
      is_readable(::X509_get_default_cert_dir())) {
    return std::nullopt;
  }
  for (const char* bundle : kBundles) {
    if (is_readable(bundle)) return bundle;
  }
  return std::nullopt;
}

}  // namespace kreel::security
