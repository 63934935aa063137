// `--name value` options. Each program asks for the ones it knows, then calls finish(), which
// refuses the rest.
#pragma once

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

[[noreturn]] inline void fail(std::string_view what) {
  std::fprintf(stderr, "%s: %.*s\n", program_invocation_short_name, static_cast<int>(what.size()),
               what.data());
  std::exit(1);
}

class Args {
 public:
  Args(int argc, char** argv, std::string_view usage) : usage_(usage) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view word = argv[i];
      if (word == "--help") {
        std::printf("%.*s", static_cast<int>(usage_.size()), usage_.data());
        std::exit(0);
      }
      if (!word.starts_with("--")) {
        words_.emplace_back(word);
      } else if (i + 1 < argc) {
        options_[std::string(word.substr(2))] = argv[++i];
      } else {
        refuse(std::string(word) + " needs a value");
      }
    }
  }

  std::string text(const std::string& name, std::string fallback) {
    const auto found = options_.extract(name);
    return found.empty() ? std::move(fallback) : found.mapped();
  }
  template <class T>
  T number(const std::string& name, T fallback) {
    const auto found = options_.extract(name);
    if (found.empty()) return fallback;
    const auto& digits = found.mapped();
    T value{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size())
      refuse("--" + name + ": not a number: " + digits);
    return value;
  }
  // Returns the `count` words that are not options.
  std::vector<std::string> finish(std::size_t count) {
    if (!options_.empty()) refuse("unknown option --" + options_.begin()->first);
    if (words_.size() != count) refuse("wrong number of arguments");
    return words_;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) {
    std::fprintf(stderr, "%s: %s\n%.*s", program_invocation_short_name, what.c_str(),
                 static_cast<int>(usage_.size()), usage_.data());
    std::exit(2);
  }
  std::string_view usage_;
  std::map<std::string, std::string> options_;
  std::vector<std::string> words_;
};

}  // namespace bench
