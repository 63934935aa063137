#include "security/sasl_scram.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <map>

#include "base/base64.hpp"

using namespace kreel;
using namespace kreel::security;

namespace {

const std::string kSalt = "0123456789abcdef";

struct ScramWorld {
  SeededRandom random{7};
  std::map<std::string, ScramCredential> users;
  ScramDisguise disguise{.secret = Secret("server secret")};

  void add(ScramMechanism mechanism, const std::string& user, const std::string& password,
           std::int32_t iterations = 4096) {
    users[user] =
        make_credential(mechanism, salt_password(mechanism, Secret(password), kSalt, iterations),
                        kSalt, iterations);
  }
  std::unique_ptr<SaslSession> session(ScramMechanism mechanism) {
    return make_scram_session(
        {mechanism,
         [this](ScramMechanism, const std::string& user) -> std::optional<ScramCredential> {
           const auto found = users.find(user);
           return found == users.end() ? std::nullopt : std::optional(found->second);
         },
         [this](ScramMechanism) { return disguise; }},
        random);
  }
};

/// The user's name, or the error.
std::string outcome(SaslSession& session, SaslClient& client) {
  std::string challenge;
  while (true) {
    const auto token = client.answer(challenge);
    if (!token) return "client: " + token.error().message();
    if (!*token) return "client: nothing to say";
    const auto step = session.step(**token);
    if (!step) return "server: " + step.error().message();
    challenge = step->reply;
    if (!step->is_done) continue;
    const auto last = client.answer(challenge);
    return last ? step->user : "client: " + last.error().message();
  }
}

/// What a client that knows the password says to `server_first`, with this nonce in its place.
std::string final_message(const std::string& first_bare, const std::string& server_first,
                          const std::string& nonce, const std::string& password,
                          const std::string& header = "n,,") {
  const auto mechanism = ScramMechanism::kSha256;
  const std::string without_proof = fmt::format("c={},r={}", to_base64(header), nonce);
  const std::string message = fmt::format("{},{},{}", first_bare, server_first, without_proof);
  const Secret salted = salt_password(mechanism, Secret(password), kSalt, 4096);
  return fmt::format("{},p={}", without_proof, to_base64(scram_proof(mechanism, salted, message)));
}

std::string nonce_of(const std::string& server_first) {
  return server_first.substr(2, server_first.find(',') - 2);
}

}  // namespace

TEST_CASE("scram: RFC 7677's example") {
  const auto mechanism = ScramMechanism::kSha256;
  const std::string salt = *decode_base64("W22ZaJ0SNY7soEsUEjb6gQ==");
  const Secret salted = salt_password(mechanism, Secret("pencil"), salt, 4096);
  const std::string message =
      "n=user,r=rOprNGfwEbeRWgbNEkqO,"
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  const std::string proof = scram_proof(mechanism, salted, message);
  CHECK(to_base64(proof) == "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  CHECK(to_base64(scram_server_signature(mechanism, salted, message)) ==
        "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  const ScramCredential credential = make_credential(mechanism, salted, salt, 4096);
  CHECK(is_proof_of(credential, mechanism, proof, message));
  CHECK_FALSE(is_proof_of(credential, mechanism, proof, message + "x"));
  CHECK_FALSE(is_proof_of(credential, mechanism, proof.substr(1), message));
  CHECK_FALSE(is_proof_of(credential, mechanism, "", message));
}

TEST_CASE("scram: who has the password is let in, by both mechanisms") {
  for (const auto mechanism : {ScramMechanism::kSha256, ScramMechanism::kSha512}) {
    ScramWorld world;
    world.add(mechanism, "a,b=c", "pencil");
    const auto client = make_scram_client({mechanism, "a,b=c", Secret("pencil")}, world.random);
    CHECK(outcome(*world.session(mechanism), *client) == "a,b=c");
  }
}

TEST_CASE("scram: an unknown user and a wrong password are told the same (CVE-2021-38153)") {
  ScramWorld world;
  const auto mechanism = ScramMechanism::kSha256;
  world.add(mechanism, "app", "pencil", 8192);
  const auto wrong = make_scram_client({mechanism, "app", Secret("pen")}, world.random);
  const auto unknown = make_scram_client({mechanism, "nobody", Secret("pencil")}, world.random);
  const std::string refusal = outcome(*world.session(mechanism), *wrong);
  CHECK(refusal.starts_with("server: Authentication failed"));
  CHECK(outcome(*world.session(mechanism), *unknown) == refusal);
}

TEST_CASE("scram: an unknown user has a salt, the same one each time, and as many iterations") {
  ScramWorld world;
  const auto first_reply = [&](const std::string& user,
                               ScramMechanism mechanism = ScramMechanism::kSha256) {
    const std::string reply = world.session(mechanism)->step("n,,n=" + user + ",r=abc")->reply;
    return reply.substr(reply.find(",s="));
  };
  const std::string once = first_reply("nobody");
  CHECK(first_reply("nobody") == once);
  CHECK(first_reply("somebody") != once);
  // A user of both mechanisms has two salts as well.
  CHECK(first_reply("nobody", ScramMechanism::kSha512) != once);
  CHECK(once.size() == std::string(",s=0123456789012345678901==,i=8192").size());
  CHECK(once.ends_with(",i=8192"));
}

TEST_CASE("scram: nothing but the secret makes the salt of an unknown user, and it looks as told") {
  const auto first_reply = [](const ScramDisguise& disguise) {
    ScramWorld world;
    world.disguise = disguise;
    const auto mechanism = ScramMechanism::kSha512;
    const std::string reply = world.session(mechanism)->step("n,,n=nobody,r=abc")->reply;
    return reply.substr(reply.find(",s=") + 3);
  };
  const ScramDisguise plain{.secret = Secret("one")};
  CHECK(first_reply(plain) == first_reply(plain));
  CHECK(first_reply(plain) != first_reply({.secret = Secret("two")}));
  const std::string told = first_reply(
      {.secret = Secret("one"), .iterations = 4096, .salt_bytes = 100, .salt_is_text = true});
  CHECK(told.ends_with(",i=4096"));
  const auto salt = decode_base64(told.substr(0, told.find(',')));
  REQUIRE(salt);
  CHECK(salt->size() == 100);
  CHECK(salt->find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") == std::string::npos);
}

TEST_CASE("scram: the proof must be over the server's nonce (CVE-2024-56128)") {
  ScramWorld world;
  const auto mechanism = ScramMechanism::kSha256;
  world.add(mechanism, "app", "pencil");
  const std::string bare = "n=app,r=abc";
  const auto try_nonce = [&](const std::function<std::string(const std::string&)>& change) {
    const auto session = world.session(mechanism);
    const std::string server_first = session->step("n,," + bare)->reply;
    const std::string nonce = change(nonce_of(server_first));
    const auto step = session->step(final_message(bare, server_first, nonce, "pencil"));
    return step.has_value() && step->is_done;
  };
  CHECK(try_nonce([](const std::string& nonce) { return nonce; }));
  // librdkafka before 2.6.1 doubles its own part.
  CHECK(try_nonce([](const std::string& nonce) { return "abc" + nonce; }));
  CHECK_FALSE(try_nonce([](const std::string& nonce) { return "x" + nonce; }));
  CHECK_FALSE(try_nonce([](const std::string& nonce) { return "abcabc" + nonce; }));
  CHECK_FALSE(try_nonce([](const std::string& nonce) { return nonce.substr(3); }));
  CHECK_FALSE(try_nonce([](const std::string& nonce) { return nonce + "x"; }));
  CHECK_FALSE(try_nonce([](const std::string&) { return std::string("abc"); }));
}

TEST_CASE("scram: nobody acts for another user, or by a token (CVE-2017-12610)") {
  ScramWorld world;
  const auto mechanism = ScramMechanism::kSha256;
  world.add(mechanism, "app", "pencil");
  CHECK_FALSE(world.session(mechanism)->step("n,a=admin,n=app,r=abc"));
  CHECK_FALSE(world.session(mechanism)->step("n,,n=app,r=abc,tokenauth=true"));
  const auto session = world.session(mechanism);
  const std::string bare = "n=app,r=abc";
  const auto first = session->step("n,a=app," + bare);
  REQUIRE(first);
  CHECK(
      session->step(final_message(bare, first->reply, nonce_of(first->reply), "pencil", "n,a=app,"))
          ->user == "app");
}

TEST_CASE("scram: what is no message of it is refused") {
  ScramWorld world;
  const auto mechanism = ScramMechanism::kSha256;
  world.add(mechanism, "app", "pencil");
  for (const std::string bad : {"", "n", "n,", "n,,", "p=tls-unique,,n=app,r=abc", "n,,r=abc,n=app",
                                "n,,n=app", "n,,n=,r=a", "n,,n=app,r=", "n,,n=app,r=a\tb",
                                "n,,n=a=b,r=abc", "n,,m=x,n=app,r=abc", "n,,n=app;r=abc"}) {
    CAPTURE(bad);
    CHECK_FALSE(world.session(mechanism)->step(bad));
  }
  CHECK_FALSE(world.session(mechanism)->step("n,,n=app,r=" + std::string(5000, 'a')));
  for (const std::string bad : {"", "c=biws", "c=biws,r=abc", "c=biws,r=abc,p=", "p=AAAA"}) {
    CAPTURE(bad);
    const auto session = world.session(mechanism);
    REQUIRE(session->step("n,,n=app,r=abc"));
    CHECK_FALSE(session->step(bad));
  }
}

TEST_CASE("scram client: one that asks for odd work, or has no proof, is left (CVE-2026-10143)") {
  SeededRandom random(3);
  const auto answer_to = [&](const std::string& tail) {
    const auto client =
        make_scram_client({ScramMechanism::kSha256, "app", Secret("pencil")}, random);
    const std::string first = **client->answer("");
    const std::string nonce = first.substr(first.find("r=") + 2);
    const auto second = client->answer("r=" + nonce + tail);
    if (!second) return second.error().message();
    const auto third = client->answer("v=" + to_base64(std::string(32, 'x')));
    return third ? std::string("trusted") : third.error().message();
  };
  CHECK(answer_to("xyz,s=MDEyMw==,i=4096") ==
        "the broker does not prove that it knows the password");
  CHECK(answer_to("xyz,s=MDEyMw==,i=1000000").find("asks for 1000000 iterations") !=
        std::string::npos);
  CHECK(answer_to("xyz,s=MDEyMw==,i=1").find("asks for 1 iterations") != std::string::npos);
  CHECK(answer_to(",s=MDEyMw==,i=4096").find("nonce") != std::string::npos);
  for (const std::string bad : {"xyz,s=!,i=4096", "xyz,s=,i=4096", "xyz", "xyz,s=MDEyMw==,i=x"}) {
    CAPTURE(bad);
    CHECK(answer_to(bad).find("malformed") != std::string::npos);
  }
}
