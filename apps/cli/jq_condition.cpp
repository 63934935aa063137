#include "cli/jq_condition.hpp"

extern "C" {
#include <jq.h>
#include <jv.h>
}

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

std::string text_of(jv value) {
  std::string text = jv_get_kind(value) == JV_KIND_STRING ? jv_string_value(value) : "error";
  jv_free(value);
  return text;
}

// "jq: error: syntax error, unexpected … (Unix shell quoting issues?) at <top-level>, line 1:" and
// the source below it.
std::string first_complaint(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  for (const std::string_view prefix : {"jq: error: ", "error: "}) {
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  }
  for (const std::string_view rest : {" (Unix shell quoting", " at <top-level>"}) {
    text = text.substr(0, text.find(rest));
  }
  return escape_control(text);
}

jv parsed(std::string_view text) {
  return jv_parse_sized(text.data(), static_cast<int>(text.size()));
}

}  // namespace

class JqCondition::Impl {
 public:
  Impl() : state_(jq_init()) { jq_set_error_cb(state_, on_message, this); }
  ~Impl() { jq_teardown(&state_); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> compile(const std::string& expression) {
    if (jq_compile(state_, expression.c_str()) != 0) return {};
    return fail(ErrorKind::kUsage,
                fmt::format("\"{}\" is not a jq expression: {}", escape_control(expression),
                            first_complaint(message_)));
  }

  bool matches(const RecordView& record) {
    jq_start(state_, object_of(record), 0);
    bool matched = false;
    jv output = jq_next(state_);
    while (jv_is_valid(output)) {
      const jv_kind kind = jv_get_kind(output);
      matched = matched || (kind != JV_KIND_NULL && kind != JV_KIND_FALSE);
      jv_free(output);
      output = jq_next(state_);
    }
    if (jv_invalid_has_msg(jv_copy(output))) {
      note_error(record, text_of(jv_invalid_get_msg(output)));
      return false;
    }
    jv_free(output);
    return matched;
  }

  std::int64_t errors() const { return errors_; }
  const std::string& first_error() const { return first_error_; }

 private:
  static void on_message(void* impl, jv message) {
    std::string& first = static_cast<Impl*>(impl)->message_;
    std::string text = text_of(message);
    if (first.empty()) first = std::move(text);
  }

  jv object_of(const RecordView& record) {
    json_.clear();
    append_jsonl(record, json_);
    jv object = parsed(json_);
    object = jv_object_set(object, jv_string("value_text"),
                           jv_object_get(jv_copy(object), jv_string("value")));
    if (!record.value || record.value->empty()) return object;
    jv value = parsed(*record.value);
    if (!jv_is_valid(value)) {
      jv_free(value);
      return object;
    }
    return jv_object_set(object, jv_string("value"), value);
  }

  void note_error(const RecordView& record, const std::string& text) {
    if (++errors_ > 1) return;
    first_error_ = fmt::format("{}[{}]@{}: {}", record.topic, record.partition.value_or(-1),
                               record.offset.value_or(-1), escape_control(text));
  }

  jq_state* state_;
  std::string message_;
  std::string json_;
  std::int64_t errors_ = 0;
  std::string first_error_;
};

Result<JqCondition> JqCondition::compile(const std::string& expression) {
  auto impl = std::make_unique<Impl>();
  TRY(impl->compile(expression));
  return JqCondition(std::move(impl));
}

JqCondition::JqCondition(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JqCondition::JqCondition(JqCondition&&) noexcept = default;
JqCondition& JqCondition::operator=(JqCondition&&) noexcept = default;
JqCondition::~JqCondition() = default;

bool JqCondition::matches(const RecordView& record) {
  return impl_->matches(record);
}
std::int64_t JqCondition::errors() const {
  return impl_->errors();
}
const std::string& JqCondition::first_error() const {
  return impl_->first_error();
}

}  // namespace kreel::cli
