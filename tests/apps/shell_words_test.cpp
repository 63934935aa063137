#include <doctest/doctest.h>

#include "cli/shell_words.hpp"

using namespace kreel::cli;

namespace {

constexpr std::string_view kBreaks = " \t\n\"'><=;|&(:";

std::string inserted(std::string_view line, std::string_view word) {
  return bash_insertion(read_bash_line(line, kBreaks), word).value_or("nothing");
}

}  // namespace

TEST_CASE("shell words: a line of bash up to the cursor") {
  const ShellLine line = read_bash_line("kreel groups  'a b'\"c\" d\\ e --x=f", kBreaks);
  CHECK(line.words == std::vector<std::string>{"kreel", "groups", "a bc", "d e"});
  CHECK(line.current == "--x=f");
  CHECK(line.break_at == 4);
  CHECK(line.quote == '\0');

  const ShellLine quoted = read_bash_line("kreel \"a\\$ 'b", kBreaks);
  CHECK(quoted.words == std::vector<std::string>{"kreel"});
  CHECK(quoted.current == "a$ 'b");
  CHECK(quoted.quote == '"');

  CHECK(read_bash_line("kreel a ", kBreaks).current.empty());
  CHECK(read_bash_line("kreel a | kreel b", kBreaks).words == std::vector<std::string>{"kreel"});
}

TEST_CASE("shell words: behind a redirection stands a file, which is no argument") {
  CHECK(read_bash_line("kreel a >f", kBreaks).is_redirection);
  CHECK(read_bash_line("kreel a > f", kBreaks).is_redirection);
  const ShellLine line = read_bash_line("kreel a >f b", kBreaks);
  CHECK(!line.is_redirection);
  CHECK(line.words == std::vector<std::string>{"kreel", "a"});
}

TEST_CASE("shell words: what is inserted is text to bash, whatever it holds") {
  CHECK(inserted("kreel ", "orders") == "orders");
  CHECK(inserted("kreel ", "$(x) `y` !z") == "\\$\\(x\\)\\ \\`y\\`\\ \\!z");
  CHECK(inserted("kreel a\\ ", "a b'\"") == "a\\ b\\'\\\"");
  CHECK(inserted("kreel '", "a'b $c") == "a'\\''b $c");
  CHECK(inserted("kreel \"", "$(x) `y` \"z\\") == "\\$(x) \\`y\\` \\\"z\\\\");
  CHECK(inserted("kreel \"", "a!b") == "a\"'!'\"b");
}

TEST_CASE("shell words: bash keeps what stands before the last break character") {
  CHECK(inserted("kreel --group=b", "--group=billing") == "billing");
  CHECK(inserted("kreel a:b", "a:bc") == "bc");
  CHECK(inserted("kreel a\\:b", "a:bc") == "a:bc");
  CHECK(inserted("kreel --group='b", "--group=b c") == "b c");
}

TEST_CASE("shell words: what cannot go on from what was typed is not inserted") {
  CHECK(inserted("kreel 'a b'", "a b c") == "nothing");
  CHECK(inserted("kreel x", "y") == "nothing");
}
