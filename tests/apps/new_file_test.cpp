// Files that commands make, and where kreel keeps its own.
#include <doctest/doctest.h>

#include "cli/files.hpp"
#include "cli/new_file.hpp"
#include "cli/state_directory.hpp"
#include "support/temp_directory.hpp"

using namespace kreel;
using namespace kreel::cli;

TEST_CASE("new file: nothing is overwritten, and --force keeps what was there") {
  const test::TempDirectory directory;
  const std::string path = directory / "plan.json";
  REQUIRE(check_may_write(path, false));
  REQUIRE(write_new_file(path, "one", false));
  CHECK(read_file(path) == "one");

  const auto refused = write_new_file(path, "two", false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::kRefused);
  CHECK(refused.error().message() == "refusing to overwrite " + path);
  CHECK(refused.error().hint() == "--force keeps a .bak");
  CHECK_FALSE(check_may_write(path, false));
  CHECK(read_file(path) == "one");

  REQUIRE(check_may_write(path, true));
  REQUIRE(write_new_file(path, "two", true));
  CHECK(read_file(path) == "two");
  CHECK(read_file(path + ".bak") == "one");
}

TEST_CASE("new file: a place that cannot be written is named, with the reason") {
  const test::TempDirectory directory;
  const std::string path = directory / "no/such/plan.json";
  const auto written = write_new_file(path, "one", false);
  REQUIRE_FALSE(written);
  CHECK(written.error().kind() == ErrorKind::kIo);
  CHECK(written.error().message() == "write error on " + path + ": no such file or directory");
}

TEST_CASE("state directory: XDG_STATE_HOME, else HOME; a relative path is no path") {
  CHECK(state_directory({{"XDG_STATE_HOME", "/s"}, {"HOME", "/h"}}, "undo") == "/s/kreel/undo");
  CHECK(state_directory({{"HOME", "/h"}}, "undo") == "/h/.local/state/kreel/undo");
  CHECK(state_directory({{"XDG_STATE_HOME", "s"}, {"HOME", "/h"}}, "data") ==
        "/h/.local/state/kreel/data");
  const auto nowhere = state_directory({}, "undo");
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().kind() == ErrorKind::kUsage);
}
