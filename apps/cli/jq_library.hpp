#pragma once

extern "C" {
#include <jq.h>
#include <jv.h>
}
// A function of jv.h calls it; unused as that is, it stays where nothing is optimized.
#pragma weak jv_get_kind

#include <kreel/result.hpp>

namespace kreel::cli {

/// The functions of libjq that --where needs. Linked, it would cost every command a twelfth of its
/// start.
struct JqLibrary {
  decltype(&::jq_init) init;
  decltype(&::jq_teardown) teardown;
  decltype(&::jq_set_attr) set_attr;
  decltype(&::jq_set_error_cb) set_error_cb;
  decltype(&::jq_set_input_cb) set_input_cb;
  decltype(&::jq_set_debug_cb) set_debug_cb;
  decltype(&::jq_util_input_init) input_init;
  decltype(&::jq_util_input_free) input_free;
  decltype(&::jq_util_input_next_input_cb) next_input_cb;
  decltype(&::jq_compile) compile;
  decltype(&::jq_start) start;
  decltype(&::jq_next) next;
  decltype(&::jv_array) array;
  decltype(&::jv_get_kind) get_kind;
  decltype(&::jv_copy) copy;
  decltype(&::jv_free) free;
  decltype(&::jv_invalid_has_msg) invalid_has_msg;
  decltype(&::jv_invalid_get_msg) invalid_get_msg;
  decltype(&::jv_string) string;
  decltype(&::jv_string_value) string_value;
  decltype(&::jv_object_get) object_get;
  decltype(&::jv_object_set) object_set;
  decltype(&::jv_parse_sized) parse_sized;

  /// Loaded once per process and kept. kFailed where the system has no libjq.
  static Result<const JqLibrary*> load();
};

}  // namespace kreel::cli
