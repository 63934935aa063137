# The system's headers that most sources read, parsed once per build directory. None of kreel's own is
# here: an edit recompiles what includes the edited file and nothing else.
file(WRITE ${CMAKE_BINARY_DIR}/empty.cpp "")
add_library(kreel_precompiled OBJECT ${CMAKE_BINARY_DIR}/empty.cpp)
target_link_libraries(kreel_precompiled PRIVATE kreel_flags)
target_precompile_headers(kreel_precompiled PRIVATE
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <cstring> <deque> <filesystem>
  <fstream> <functional> <future> <limits> <map> <memory> <mutex> <optional> <random> <set> <span>
  <sstream> <string> <string_view> <system_error> <thread> <tuple> <unordered_map> <utility> <variant> <vector>
  <fmt/chrono.h> <fmt/format.h> <nlohmann/json.hpp> <tl/expected.hpp>)

function(kreel_precompile target)
  target_precompile_headers(${target} REUSE_FROM kreel_precompiled)
endfunction()
