#include "cli/jq_condition.hpp"

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/jq_library.hpp"
#include "cli/stop_requests.hpp"

namespace kreel::cli {
namespace {

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

}  // namespace

class JqCondition::Impl {
 public:
  explicit Impl(const JqLibrary& jq)
      : jq_(jq), state_(jq.init()), no_input_(jq.input_init(nullptr, nullptr)) {
    jq_.set_error_cb(state_, on_message, this);
    // What jq's own program sets, for jq_init() does not: else `input`, `debug` and `include` end
    // the process.
    jq_.set_input_cb(state_, jq_.next_input_cb, no_input_);
    jq_.set_debug_cb(state_, on_debug, this);
    jq_.set_attr(state_, jq_.string("JQ_LIBRARY_PATH"), jq_.array());
    jq_.set_attr(state_, jq_.string("JQ_ORIGIN"), jq_.string(""));
    jq_.set_attr(state_, jq_.string("PROGRAM_ORIGIN"), jq_.string(""));
  }
  ~Impl() {
    jq_.input_free(&no_input_);
    jq_.teardown(&state_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> compile(const std::string& expression) {
    if (jq_.compile(state_, expression.c_str()) != 0) return {};
    return fail(ErrorKind::kUsage,
                fmt::format("\"{}\" is not a jq expression: {}", escape_control(expression),
                            first_complaint(message_)));
  }

  bool matches(const RecordView& record) {
    const UninterruptibleWork work;
    jq_.start(state_, object_of(record), 0);
    bool matched = false;
    jv output = jq_.next(state_);
    while (is_valid(output)) {
      const jv_kind kind = jq_.get_kind(output);
      matched = matched || (kind != JV_KIND_NULL && kind != JV_KIND_FALSE);
      jq_.free(output);
      output = jq_.next(state_);
    }
    if (jq_.invalid_has_msg(jq_.copy(output))) {
      note_error(record, text_of(jq_.invalid_get_msg(output)));
      return false;
    }
    jq_.free(output);
    return matched;
  }

  std::int64_t errors() const { return errors_; }
  const std::string& first_error() const { return first_error_; }

 private:
  static void on_debug(void* opaque, jv message) { static_cast<Impl*>(opaque)->jq_.free(message); }

  static void on_message(void* opaque, jv message) {
    auto& impl = *static_cast<Impl*>(opaque);
    std::string text = impl.text_of(message);
    if (impl.message_.empty()) impl.message_ = std::move(text);
  }

  std::string text_of(jv value) const {
    std::string text = jq_.get_kind(value) == JV_KIND_STRING ? jq_.string_value(value) : "error";
    jq_.free(value);
    return text;
  }

  jv parsed(std::string_view text) const {
    return jq_.parse_sized(text.data(), static_cast<int>(text.size()));
  }

  bool is_valid(jv value) const { return jq_.get_kind(value) != JV_KIND_INVALID; }

  jv object_of(const RecordView& record) {
    json_.clear();
    append_jsonl(record, json_);
    jv object = parsed(json_);
    object = jq_.object_set(object, jq_.string("value_text"),
                            jq_.object_get(jq_.copy(object), jq_.string("value")));
    if (!record.value || record.value->empty()) return object;
    jv value = parsed(*record.value);
    if (!is_valid(value)) {
      jq_.free(value);
      return object;
    }
    return jq_.object_set(object, jq_.string("value"), value);
  }

  void note_error(const RecordView& record, const std::string& text) {
    if (++errors_ > 1) return;
    first_error_ = fmt::format("{}[{}]@{}: {}", record.topic, record.partition.value_or(-1),
                               record.offset.value_or(-1), escape_control(text));
  }

  const JqLibrary& jq_;
  jq_state* state_;
  jq_util_input_state* no_input_;
  std::string message_;
  std::string json_;
  std::int64_t errors_ = 0;
  std::string first_error_;
};

Result<JqCondition> JqCondition::compile(const std::string& expression) {
  TRY_ASSIGN(const JqLibrary* jq, JqLibrary::load());
  auto impl = std::make_unique<Impl>(*jq);
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
