#include "cli/jq_library.hpp"

#include "cli/loaded_library.hpp"

namespace kreel::cli {

Result<const JqLibrary*> JqLibrary::load() {
  static JqLibrary jq{};
  static bool is_loaded = false;
  if (is_loaded) return &jq;
  TRY_ASSIGN(LoadedLibrary library, LoadedLibrary::open("libjq.so.1", "--where", "libjq1"));
  library.look_up("jq_init", jq.init);
  library.look_up("jq_teardown", jq.teardown);
  library.look_up("jq_set_attr", jq.set_attr);
  library.look_up("jq_set_error_cb", jq.set_error_cb);
  library.look_up("jq_set_input_cb", jq.set_input_cb);
  library.look_up("jq_set_debug_cb", jq.set_debug_cb);
  library.look_up("jq_util_input_init", jq.input_init);
  library.look_up("jq_util_input_free", jq.input_free);
  library.look_up("jq_util_input_next_input_cb", jq.next_input_cb);
  library.look_up("jv_array", jq.array);
  library.look_up("jq_compile", jq.compile);
  library.look_up("jq_start", jq.start);
  library.look_up("jq_next", jq.next);
  library.look_up("jv_get_kind", jq.get_kind);
  library.look_up("jv_copy", jq.copy);
  library.look_up("jv_free", jq.free);
  library.look_up("jv_invalid_has_msg", jq.invalid_has_msg);
  library.look_up("jv_invalid_get_msg", jq.invalid_get_msg);
  library.look_up("jv_string", jq.string);
  library.look_up("jv_string_value", jq.string_value);
  library.look_up("jv_object_get", jq.object_get);
  library.look_up("jv_object_set", jq.object_set);
  library.look_up("jv_parse_sized", jq.parse_sized);
  TRY(library.complete());
  is_loaded = true;
  return &jq;
}

}  // namespace kreel::cli
