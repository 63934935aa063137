#include "kreel/version.hpp"

#include <librdkafka/rdkafka.h>
#include <openssl/crypto.h>

namespace kreel {

Versions versions() {
  return {.kreel = KREEL_VERSION,
          .commit = KREEL_COMMIT,
          .librdkafka = rd_kafka_version_str(),
          .openssl = OpenSSL_version(OPENSSL_VERSION_STRING)};
}

}  // namespace kreel
