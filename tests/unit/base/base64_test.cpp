#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "base/base64.hpp"

using namespace kreel;

TEST_CASE("base64: RFC 4648's examples, and nothing that is nearly right") {
  const std::pair<std::string, std::string> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : examples) {
    CHECK(to_base64(plain) == coded);
    CHECK(decode_base64(coded) == plain);
  }
  for (const char* bad :
       {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Zm 8=", "Zm8=\n", "===="}) {
    CAPTURE(bad);
    CHECK_FALSE(decode_base64(bad));
  }
}
