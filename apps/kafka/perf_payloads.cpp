#include "kafka/perf_payloads.hpp"

#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "cli/files.hpp"

namespace kreel::kafka_tools {
namespace {

// Where values of --record-size may begin.
constexpr std::size_t kLettersBytes = 1 << 20;

std::uint64_t next_random(std::uint64_t& random) {
  random ^= random << 13;
  random ^= random >> 7;
  random ^= random << 17;
  return random;
}

}  // namespace

Outcome<void> PerfPayloads::read(const Options& options, ToolContext& context) {
  TRY_ASSIGN(const auto file, options.value("payload-file"));
  TRY_ASSIGN(std::string delimiter, options.value_or("payload-delimiter", "\\n"));
  TRY_ASSIGN(const auto size, options.integer("record-size"));
  if (size) make_letters(static_cast<std::size_t>(*size));
  if (file) return read_file(*file, std::move(delimiter), context);
  return {};
}

void PerfPayloads::make_letters(std::size_t size) {
  size_ = size;
  text_.resize(kLettersBytes + size);
  for (char& c : text_) c = static_cast<char>('A' + next_random(random_) % 26);
}

// As java.util.Scanner takes words: a delimiter at the front or at the end makes no empty word.
Outcome<void> PerfPayloads::read_file(const std::string& path, std::string delimiter,
                                      ToolContext& context) {
  if (delimiter == "\\n") delimiter = "\n";
  context.out_line(
      fmt::format("Reading payloads from: {}", std::filesystem::absolute(path).string()));
  auto text = cli::read_file(path, SIZE_MAX);
  if (!text || text->empty()) {
    return illegal_argument("File does not exist or empty file provided.");
  }
  text_ = std::move(*text);
  std::string_view rest = text_;
  if (rest.starts_with(delimiter)) rest.remove_prefix(delimiter.size());
  while (!rest.empty()) {
    const auto end = rest.find(delimiter);
    lines_.push_back(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + delimiter.size());
  }
  context.out_line(fmt::format("Number of records read: {}", lines_.size()));
  if (lines_.empty()) return illegal_argument("bound must be positive");
  return {};
}

std::string_view PerfPayloads::value(std::uint64_t number) {
  if (!lines_.empty()) return lines_[next_random(random_) % lines_.size()];
  if (size_ > 0) return std::string_view(text_).substr(number * 97 % kLettersBytes, size_);
  const auto end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), number);
  return {digits_.data(), static_cast<std::size_t>(end.ptr - digits_.data())};
}

}  // namespace kreel::kafka_tools
