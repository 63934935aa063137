#include "cli/record_filter.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/counted.hpp"

namespace kreel::cli {
namespace {

Result<Pattern> compile(std::string_view option, const std::string& expression) {
  auto pattern = Pattern::compile(expression);
  if (!pattern) return fail(Error(pattern.error()).with_context(option));
  return pattern;
}

bool fits(const std::optional<Pattern>& pattern, const std::optional<std::string_view>& bytes) {
  return !pattern || (bytes && pattern->matches(*bytes));
}

}  // namespace

Result<RecordFilter> RecordFilter::make(const RecordFilterArgs& args) {
  RecordFilter filter;
  if (args.key) {
    TRY_ASSIGN(filter.key_, compile("--key", *args.key));
  }
  if (args.value) {
    TRY_ASSIGN(filter.value_, compile("--value", *args.value));
  }
  for (const KeyValue& header : args.headers) {
    TRY_ASSIGN(Pattern pattern, compile("--header", header.value));
    filter.headers_.emplace_back(header.key, std::move(pattern));
  }
  if (args.where) {
    auto condition = JqCondition::compile(*args.where);
    if (!condition) return fail(Error(condition.error()).with_context("--where"));
    filter.where_ = std::move(*condition);
  }
  return filter;
}

bool RecordFilter::accepts(const RecordView& record) {
  if (!fits(key_, record.key) || !fits(value_, record.value)) return false;
  const bool has_headers = std::ranges::all_of(headers_, [&](const auto& wanted) {
    return std::ranges::any_of(record.headers, [&](const RecordHeaderView& header) {
      return header.name == wanted.first && header.value && wanted.second.matches(*header.value);
    });
  });
  return has_headers && (!where_ || where_->matches(record));
}

void RecordFilter::tell_errors(CommandContext& context) const {
  if (!where_ || where_->errors() == 0) return;
  context.warn(fmt::format("--where cannot be asked of {}, which did not match: {}",
                           counted(where_->errors(), "record"), where_->first_error()));
}

}  // namespace kreel::cli
