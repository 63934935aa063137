#include "cli/record_template.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

constexpr std::uint64_t kRandomBelow = 1'000'000;

// Version 4, variant 1 (RFC 9562).
void append_uuid(std::mt19937_64& random, std::string& out) {
  const std::uint64_t high = (random() & ~std::uint64_t{0xf000}) | 0x4000;
  const std::uint64_t low = (random() & ~(std::uint64_t{3} << 62)) | std::uint64_t{2} << 62;
  fmt::format_to(std::back_inserter(out), "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32,
                 (high >> 16) & 0xffff, high & 0xffff, low >> 48, low & 0xffff'ffff'ffff);
}

}  // namespace

Result<RecordTemplate::Part> RecordTemplate::placeholder(std::string_view name) {
  if (name == "n") return Part{.what = What::kNumber};
  if (name == "uuid") return Part{.what = What::kUuid};
  if (name == "now") return Part{.what = What::kNow};
  if (name == "random") return Part{.what = What::kRandom, .below = kRandomBelow};
  constexpr std::string_view kRandom = "random:";
  if (name.starts_with(kRandom)) {
    const auto below = parse_int64(name.substr(kRandom.size()));
    if (below && *below > 0) {
      return Part{.what = What::kRandom, .below = static_cast<std::uint64_t>(*below)};
    }
  }
  return fail(ErrorKind::kUsage,
              fmt::format("\"{{{{{}}}}}\" is no placeholder", escape_control(name)),
              "{{n}}, {{uuid}}, {{now}}, {{random}} and {{random:N}} are");
}

Result<RecordTemplate> RecordTemplate::parse(std::string_view text) {
  RecordTemplate result;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = std::min(text.find("{{", at), text.size());
    if (open > at) result.parts_.push_back({.text = std::string(text.substr(at, open - at))});
    if (open == text.size()) break;
    const std::string where = fmt::format("column {}", open + 1);
    const std::size_t close = text.find("}}", open + 2);
    if (close == std::string_view::npos) {
      return fail(ErrorKind::kUsage, where + ": \"{{\" is not closed", "{{n}} is a placeholder");
    }
    auto part = placeholder(trim(text.substr(open + 2, close - open - 2)));
    if (!part) return fail(std::move(part).error().with_context(where));
    result.parts_.push_back(*std::move(part));
    at = close + 2;
  }
  return result;
}

void RecordTemplate::append(std::int64_t n, std::int64_t now_ms, std::mt19937_64& random,
                            std::string& out) const {
  for (const Part& part : parts_) {
    switch (part.what) {
      case What::kText:
        out += part.text;
        break;
      case What::kNumber:
        fmt::format_to(std::back_inserter(out), "{}", n);
        break;
      case What::kUuid:
        append_uuid(random, out);
        break;
      case What::kNow:
        fmt::format_to(std::back_inserter(out), "{}", now_ms);
        break;
      case What::kRandom:
        fmt::format_to(std::back_inserter(out), "{}",
                       std::uniform_int_distribution<std::uint64_t>(0, part.below - 1)(random));
        break;
    }
  }
}

}  // namespace kreel::cli
