#include "base/uuid.hpp"

#include <doctest/doctest.h>

#include "base/random.hpp"

using namespace kreel;

TEST_CASE("uuid: the text form is Kafka's 22 characters and reads back") {
  SeededRandom random(7);
  for (int i = 0; i < 200; ++i) {
    const Uuid id = Uuid::random(random);
    const std::string text = id.to_string();
    CHECK(text.size() == 22);
    CHECK(text.front() != '-');
    CHECK(Uuid::parse(text) == id);
  }
}

TEST_CASE("uuid: zero is 22 times A, as Kafka prints it") {
  CHECK(Uuid{}.to_string() == "AAAAAAAAAAAAAAAAAAAAAA");
  CHECK(Uuid{}.is_zero());
}

TEST_CASE("uuid: what is not 22 characters of URL-safe base64 is refused") {
  CHECK_FALSE(Uuid::parse(""));
  CHECK_FALSE(Uuid::parse("AAAAAAAAAAAAAAAAAAAAA"));
  CHECK_FALSE(Uuid::parse("AAAAAAAAAAAAAAAAAAAA+/"));
}

TEST_CASE("uuid: the dashed form has version 4 and its variant") {
  SeededRandom random(11);
  const std::string text = Uuid::random(random).to_dashed_string();
  CHECK(text.size() == 36);
  CHECK(text[14] == '4');
  CHECK(std::string("89ab").find(text[19]) != std::string::npos);
}
