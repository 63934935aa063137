#include "protocol/api.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "protocol/all_messages.hpp"

namespace kreel::protocol {
namespace {

/// API name -> key, from tests/golden/protocol_schema.txt ("# Produce 0").
std::map<std::string, int> golden_keys() {
  std::ifstream file(KREEL_TEST_DATA "/golden/protocol_schema.txt");
  REQUIRE(file.is_open());
  std::map<std::string, int> keys;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string hash;
    std::string name;
    int key = -1;
    if (words >> hash >> name >> key && hash == "#" && words.eof()) keys[name] = key;
  }
  return keys;
}

}  // namespace

TEST_CASE("apis: every key is Kafka's and is found by its number") {
  const std::map<std::string, int> golden = golden_keys();
  CHECK(api_table().size() == golden.size());
  for (std::size_t i = 0; i < api_table().size(); ++i) {
    const ApiInfo& api = api_table()[i];
    CAPTURE(api.name);
    CHECK(golden.at(std::string(api.name)) == static_cast<int>(api.key));
    CHECK(api_table_index(static_cast<std::int16_t>(api.key)) == i);
    CHECK(&api_info(api.key) == &api);
  }
  for (const std::int16_t key : {std::int16_t{-1}, std::int16_t{4}, std::int16_t{76},
                                 std::int16_t{128}, std::int16_t{32'767}}) {
    CHECK_FALSE(api_table_index(key).has_value());
  }
}

TEST_CASE("apis: Produce is advertised from 0, served from 3 to 13, as transactions v2 have it") {
  const ApiInfo& produce = api_info(ApiKey::Produce);
  CHECK(produce.advertised_min == 0);
  CHECK_FALSE(produce.serves(2));
  CHECK(produce.serves(3));
  CHECK(produce.serves(13));
  CHECK_FALSE(produce.serves(14));
  CHECK(api_info(ApiKey::EndTxn).max == 5);
  CHECK(api_info(ApiKey::TxnOffsetCommit).max == 5);
  for (const ApiInfo& api : api_table()) {
    CHECK(api.advertised_min <= api.max);
    CHECK((api.advertised_min == api.min || api.key == ApiKey::Produce));
  }
}

TEST_CASE("apis: low versions that old clients pin stay advertised") {
  // librdkafka up to 2.11.0 drops features without these; kafka-go and kafka-python send them.
  CHECK(api_info(ApiKey::FindCoordinator).serves(0));
  CHECK(api_info(ApiKey::JoinGroup).serves(0));
  CHECK(api_info(ApiKey::SyncGroup).serves(0));
  CHECK(api_info(ApiKey::Heartbeat).serves(0));
  CHECK(api_info(ApiKey::LeaveGroup).serves(0));
  CHECK(api_info(ApiKey::InitProducerId).serves(0));
  CHECK(api_info(ApiKey::Metadata).serves(0));
  CHECK(api_info(ApiKey::ListOffsets).serves(1));
  CHECK(api_info(ApiKey::OffsetCommit).serves(2));
  CHECK(api_info(ApiKey::OffsetFetch).serves(1));
  CHECK(api_info(ApiKey::Fetch).serves(4));
}

TEST_CASE("apis: headers are flexible with their bodies, except the reply to ApiVersions") {
  CHECK(request_header_version(ApiKey::Fetch, 11) == 1);
  CHECK(request_header_version(ApiKey::Fetch, 12) == 2);
  CHECK(response_header_version(ApiKey::Fetch, 11) == 0);
  CHECK(response_header_version(ApiKey::Fetch, 12) == 1);
  CHECK(request_header_version(ApiKey::ApiVersions, 3) == 2);
  CHECK(response_header_version(ApiKey::ApiVersions, 3) == 0);
  CHECK(request_header_version(ApiKey::OffsetDelete, 0) == 1);
}

}  // namespace kreel::protocol
