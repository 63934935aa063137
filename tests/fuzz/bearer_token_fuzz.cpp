// A JWK set, which may come from anywhere, and tokens that anybody brings: the set in
// the first line, one token in each of the others.
#include <string>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "fs/memory_file_system.hpp"
#include "fuzz/fuzz_input.hpp"
#include "security/bearer_token.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kreel;
  using namespace kreel::security;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = split(text, '\n');
  fs::MemoryFileSystem files;
  if (!fs::replace_file(files, "keys", as_bytes(lines.front()))) return 0;
  TokenRules rules;
  rules.keys_file = "keys";
  rules.issuer = "i";
  const auto validator = TokenValidator::open(files, system_clock(), rules);
  if (!validator) return 0;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto valid = (*validator)->validate(lines[i]);
    if (valid) FUZZ_CHECK(!valid->user.empty() && valid->expires_at_ms > 0);
    // As it comes from the wire.
    const auto session = make_bearer_session(**validator);
    std::string message =
        "n,,\x01"
        "auth=Bearer ";
    message.append(lines[i]).append("\x01\x01");
    const auto step = session->step(message);
    if (valid) FUZZ_CHECK(step && step->is_done && step->user == valid->user);
  }
  return 0;
}
