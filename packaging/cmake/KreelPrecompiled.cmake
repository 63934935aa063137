# The system's headers that most sources read, parsed once per build directory. None of kreel's own is
# here: an edit recompiles what includes the edited file and nothing else.
file(WRITE ${CMAKE_BINARY_DIR}/empty.cpp "")

function(kreel_precompiled_header name)
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/empty.cpp)
  target_link_libraries(${name} PRIVATE kreel_flags)
  target_precompile_headers(${name} PRIVATE
    <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <cstring>
    <deque> <filesystem> <fstream> <functional> <future> <limits> <map> <memory> <mutex> <optional>
    <random> <set> <span> <sstream> <string> <string_view> <system_error> <thread> <tuple>
    <unordered_map> <utility> <variant> <vector>
    <fmt/chrono.h> <fmt/format.h> <nlohmann/json.hpp> <tl/expected.hpp> ${ARGN})
endfunction()

kreel_precompiled_header(kreel_precompiled)
function(kreel_precompile target)
  target_precompile_headers(${target} REUSE_FROM kreel_precompiled)
endfunction()

# What runs once per command, the options' tables above all, is half of a release's compile time: -O1 takes a third
# of that away, and what a command waits for are the loader and the broker.
kreel_precompiled_header(kreel_precompiled_commands)
set(KREEL_COMMAND_OPTIONS $<$<CONFIG:Release>:-O1>)
target_compile_options(kreel_precompiled_commands PRIVATE ${KREEL_COMMAND_OPTIONS})
set_target_properties(kreel_precompiled_commands PROPERTIES KREEL_RUNS_ONCE ON)
function(kreel_precompile_commands target)
  set_target_properties(${target} PROPERTIES KREEL_RUNS_ONCE ON)
  target_compile_options(${target} PRIVATE ${KREEL_COMMAND_OPTIONS})
  target_precompile_headers(${target} REUSE_FROM kreel_precompiled_commands)
endfunction()

# The sources of unit tests are compiled without optimisation, which takes half the time; what they test is
# compiled as it is shipped.
if(KREEL_TESTS)
  find_package(doctest REQUIRED)
  kreel_precompiled_header(kreel_precompiled_tests <doctest/doctest.h>)
  set_target_properties(kreel_precompiled_tests PROPERTIES KREEL_TEST ON)
  target_compile_options(kreel_precompiled_tests PRIVATE -O0)
endif()
function(kreel_precompile_tests target)
  set_target_properties(${target} PROPERTIES KREEL_TEST ON)
  target_compile_options(${target} PRIVATE -O0)
  target_precompile_headers(${target} REUSE_FROM kreel_precompiled_tests)
endfunction()
