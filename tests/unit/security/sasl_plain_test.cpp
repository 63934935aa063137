#include "security/sasl_plain.hpp"

#include <doctest/doctest.h>

#include "security/sasl_server.hpp"

using namespace kreel;
using namespace kreel::security;

namespace {

const Secret kServerSecret("server secret");

std::string plain_outcome(std::string_view token) {
  const PlainUsers users{{"app", Secret("pencil")}, {"empty", Secret()}};
  const auto step = make_plain_session(users, kServerSecret)->step(token);
  if (!step) return step.error().message();
  return step->is_done ? step->user + " with \"" + step->reply + "\"" : "not done";
}

std::string with_nuls(std::string text) {
  for (char& c : text) {
    if (c == '|') c = '\0';
  }
  return text;
}

}  // namespace

TEST_CASE("plain: who has the password is let in") {
  CHECK(plain_outcome(with_nuls("|app|pencil")) == "app with \"\"");
  CHECK(plain_outcome(with_nuls("app|app|pencil")) == "app with \"\"");
  const auto client = make_plain_client("app", Secret("pencil"));
  CHECK(plain_outcome(**client->answer("")) == "app with \"\"");
  CHECK_FALSE(client->answer("")->has_value());
}

TEST_CASE("plain: an unknown user, a wrong password and another's name are told the same") {
  const std::string refusal = plain_outcome(with_nuls("|app|pen"));
  CHECK(refusal == "Authentication failed: Invalid username or password");
  CHECK(plain_outcome(with_nuls("|nobody|pencil")) == refusal);
  CHECK(plain_outcome(with_nuls("admin|app|pencil")) == refusal);  // CVE-2017-12610
  CHECK(plain_outcome(with_nuls("|app|pencil2")) == refusal);
  CHECK(plain_outcome(with_nuls("|empty|x")) == refusal);
}

TEST_CASE("plain: what is no message of it is refused") {
  for (const std::string bad :
       {"", "|", "||", "app|pencil", "||pencil", "|app|", "|app|pencil|", "|empty|"}) {
    CAPTURE(bad);
    CHECK(plain_outcome(with_nuls(bad)).starts_with("Invalid SASL/PLAIN"));
  }
  CHECK(plain_outcome(with_nuls("|app|" + std::string(5000, 'a'))).starts_with("Invalid"));
}

TEST_CASE("sasl server: a mechanism that is not offered begins nothing") {
  SeededRandom random(1);
  SaslServer::Options options;
  options.mechanisms = {"PLAIN"};
  options.plain_users = {{"app", Secret("pencil")}};
  const SaslServer server(std::move(options), random);
  CHECK(server.begin("PLAIN") != nullptr);
  CHECK(server.begin("SCRAM-SHA-256") == nullptr);
  CHECK(server.begin("plain") == nullptr);
  CHECK(server.begin("") == nullptr);
}
