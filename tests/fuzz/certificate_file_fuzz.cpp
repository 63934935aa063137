// A file of certificates from anybody: PEM, DER or PKCS12, with a password that opens some.
#include <cstdlib>
#include <string_view>

#include "fuzz/fuzz_input.hpp"
#include "kreel/certs.hpp"

/// Without the certificates of the system, which take longer to read than all else.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  ::setenv("SSL_CERT_FILE", "/dev/null", 1);
  ::setenv("SSL_CERT_DIR", "/dev/null", 1);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kreel;
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  const auto entries = certs::read_entries(file, "x");
  if (!entries) return 0;  // a store's password costs its time once
  FUZZ_CHECK(!entries->empty());
  const auto report = certs::check_file(file, {.password = "x", .now_ms = 1'795'000'000'000});
  if (report) FUZZ_CHECK(!report->findings.empty());
  const auto pem = certs::certificates_as_pem(file, "x");
  if (pem) FUZZ_CHECK(certs::read_entries(*pem, "").has_value());
  return 0;
}
