#include "server/data_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "kreel/broker.hpp"
#include "support/temp_directory.hpp"

using namespace kreel;

namespace {

Result<std::unique_ptr<BrokerServer>> start_in(const std::string& directory) {
  BrokerOptions options;
  options.listen = {"127.0.0.1:0"};
  options.data_directory = directory;
  return BrokerServer::start(options);
}

}  // namespace

TEST_CASE("data directory: partitions without a catalog, as Kafka leaves them, are refused") {
  const test::TempDirectory directory;
  const std::string segment = directory.path() + "/orders-0/00000000000000000000.log";
  std::filesystem::create_directory(directory.path() + "/orders-0");
  std::filesystem::create_directory(directory.path() + "/orders-1.0123-delete");
  std::ofstream(segment) << "records";
  const auto refused = start_in(directory.path());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::kRefused);
  CHECK(refused.error().message().find("(orders-0)") != std::string::npos);
  CHECK_FALSE(refused.error().hint().empty());
  CHECK(std::filesystem::file_size(segment) == 7);
  // Nothing went and nothing came.
  const std::filesystem::directory_iterator entries(directory.path());
  CHECK(std::distance(begin(entries), end(entries)) == 2);
}

TEST_CASE("data directory: names like a partition's are fine beside a catalog, or as files") {
  const test::TempDirectory directory;
  std::ofstream(directory.path() + "/notes-1") << "not a directory";
  CHECK(start_in(directory.path()).has_value());
  std::filesystem::create_directory(directory.path() + "/orders-0");
  CHECK(start_in(directory.path()).has_value());
}
