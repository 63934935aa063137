// What a client that nobody knows says before it is let in: PLAIN, SCRAM and OAUTHBEARER, one
// message per line.
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "fs/memory_file_system.hpp"
#include "fuzz/fuzz_input.hpp"
#include "kreel/jaas.hpp"
#include "security/sasl_server.hpp"

namespace {

const kreel::security::SaslServer& fuzzed_server() {
  using namespace kreel;
  using namespace kreel::security;
  static SeededRandom random(1);
  static fs::MemoryFileSystem files;
  static const SaslServer server = [] {
    SaslServer::Options options;
    options.mechanisms = {"PLAIN", "SCRAM-SHA-256", "OAUTHBEARER"};
    options.plain_users = {{"app", Secret("pencil")}};
    options.scram = [](ScramMechanism mechanism, const std::string& user) {
      const Secret salted(std::string(digest_bytes(mechanism), 's'));
      return user == "app" ? std::optional(make_credential(mechanism, salted, "salt", 4096))
                           : std::nullopt;
    };
    options.scram_disguise = [](ScramMechanism) {
      return ScramDisguise{.secret = Secret("secret"), .salt_is_text = true};
    };
    TokenRules rules;
    rules.allows_unsecured = true;
    options.tokens = *TokenValidator::open(files, system_clock(), rules);
    return SaslServer(std::move(options), random);
  }();
  return server;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kreel;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "OAUTHBEARER"}) {
    const auto session = fuzzed_server().begin(mechanism);
    for (const std::string_view message : split(text, '\n')) {
      const auto step = session->step(message);
      if (!step) break;
      FUZZ_CHECK(step->is_done == !step->user.empty());
      if (step->is_done) break;
    }
  }
  if (const auto login = parse_jaas(text)) FUZZ_CHECK(login->options.size() <= size);
  return 0;
}
