#include "cli/jq_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

namespace kreel::cli {
namespace {

template <class Function>
bool look_up(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Error not_loadable() {
  return Error(ErrorKind::kFailed, fmt::format("--where: {}", ::dlerror()))
      .with_hint("it needs libjq: apt install libjq1");
}

}  // namespace

Result<const JqLibrary*> JqLibrary::load() {
  static JqLibrary jq{};
  static bool is_loaded = false;
  if (is_loaded) return &jq;
  void* library = ::dlopen("libjq.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return fail(not_loadable());
  is_loaded =
      look_up(library, "jq_init", jq.init) && look_up(library, "jq_teardown", jq.teardown) &&
      look_up(library, "jq_set_attr", jq.set_attr) &&
      look_up(library, "jq_set_error_cb", jq.set_error_cb) &&
      look_up(library, "jq_set_input_cb", jq.set_input_cb) &&
      look_up(library, "jq_set_debug_cb", jq.set_debug_cb) &&
      look_up(library, "jq_util_input_init", jq.input_init) &&
      look_up(library, "jq_util_input_free", jq.input_free) &&
      look_up(library, "jq_util_input_next_input_cb", jq.next_input_cb) &&
      look_up(library, "jv_array", jq.array) && look_up(library, "jq_compile", jq.compile) &&
      look_up(library, "jq_start", jq.start) && look_up(library, "jq_next", jq.next) &&
      look_up(library, "jv_get_kind", jq.get_kind) && look_up(library, "jv_copy", jq.copy) &&
      look_up(library, "jv_free", jq.free) &&
      look_up(library, "jv_invalid_has_msg", jq.invalid_has_msg) &&
      look_up(library, "jv_invalid_get_msg", jq.invalid_get_msg) &&
      look_up(library, "jv_string", jq.string) &&
      look_up(library, "jv_string_value", jq.string_value) &&
      look_up(library, "jv_object_get", jq.object_get) &&
      look_up(library, "jv_object_set", jq.object_set) &&
      look_up(library, "jv_parse_sized", jq.parse_sized);
  if (!is_loaded) return fail(not_loadable());
  return &jq;
}

}  // namespace kreel::cli
