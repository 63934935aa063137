#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/java.hpp"

namespace kreel::kafka_tools {

// What an option of a tool is followed by.
enum class Takes {
  kNothing,
  kValue,      // the next word, whatever it looks like
  kMaybeValue  // the next word, unless it begins with a dash
};

// One line of a tool's table.
struct Flag {
  std::string name;  // "bootstrap-server"
  Takes takes = Takes::kNothing;
  std::string value = {};  // as help shows it: "Integer: size"
  std::string help = {};
  std::string fallback = {};  // "(default: X)"
  bool required = false;      // told by the parser itself
  // Options of which one has to stand beside it, also told by the parser.
  std::vector<std::string> only_with = {};
};

// What was typed.
class Options {
 public:
  bool has(std::string_view name) const { return given_.contains(name); }
  // The value of an option that may be given once: "Found multiple arguments for option topic, but
  // you asked for only one".
  Outcome<std::optional<std::string>> value(std::string_view name) const;
  Outcome<std::string> value_or(std::string_view name, std::string_view fallback) const;
  // "Cannot parse argument 'x' of option partitions".
  Outcome<std::optional<std::int32_t>> integer(std::string_view name) const;
  Outcome<std::optional<std::int64_t>> number(std::string_view name) const;
  Outcome<std::int32_t> integer_or(std::string_view name, std::int32_t fallback) const;
  Outcome<std::int64_t> number_or(std::string_view name, std::int64_t fallback) const;
  // All of them, in order.
  std::vector<std::string> values(std::string_view name) const;
  std::vector<std::string> names() const;

  // Everything as it was typed.
  const std::vector<std::string>& words() const { return words_; }

  // The names in the order in which they were typed, each as often.
  const std::vector<std::string>& typed_order() const { return order_; }

  void add(std::string_view name) { noted(name); }
  void add(std::string_view name, std::string value) { noted(name).push_back(std::move(value)); }
  void remove(std::string_view name) {
    if (const auto at = given_.find(name); at != given_.end()) given_.erase(at);
    std::erase(order_, name);
  }
  void set_words(std::span<const std::string> words) { words_.assign(words.begin(), words.end()); }

 private:
  std::vector<std::string>& noted(std::string_view name) {
    return given_[order_.emplace_back(name)];
  }

  std::map<std::string, std::vector<std::string>, std::less<>> given_;
  std::vector<std::string> order_;
  std::vector<std::string> words_;
};

// The grammar of joptsimple as Kafka uses it: --name value, --name=value, -name value; no
// abbreviations; words that belong to no option are ignored.
Outcome<Options> parse_jopt(std::span<const Flag> flags, std::span<const std::string> words);

// "Option / Description", 80 columns wide, sorted by name.
std::string jopt_table(std::span<const Flag> flags);

// `Missing required argument "[topic]"`, for the first of `required` that is absent.
Outcome<void> require(const Options& options, std::span<const std::string_view> required);
// `Option "[a]" can't be used with option "[b]"`, where `name` is given and one of `others` is.
Outcome<void> exclude(const Options& options, std::string_view name,
                      std::span<const std::string_view> others);

}  // namespace kreel::kafka_tools
