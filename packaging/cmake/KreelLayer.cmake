# One OBJECT library per folder of libcli, with its sources globbed: a file added to the folder is
# built, and nothing else has to be edited.
function(kreel_layer name)
  cmake_parse_arguments(LAYER "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  if(NOT sources)  # a folder that holds headers alone
    set(sources ${CMAKE_BINARY_DIR}/empty.cpp)
    if(NOT EXISTS ${sources})
      file(WRITE ${sources} "")
    endif()
  endif()
  add_library(kreel_${name} OBJECT ${sources})
  target_include_directories(kreel_${name} PUBLIC
    ${CMAKE_SOURCE_DIR}/libcli ${CMAKE_SOURCE_DIR}/libcli/include)
  target_link_libraries(kreel_${name} PUBLIC kreel_flags ${LAYER_LINK})
  kreel_precompile(kreel_${name})
  set_property(GLOBAL APPEND PROPERTY KREEL_LAYERS kreel_${name})
endfunction()

# unit_<layer>: the doctest binary of one layer. It links the layers' objects, not the shared
# library, so hidden symbols are reachable. Object libraries do not link their dependencies'
# objects, so every layer below is named in LAYERS.
function(kreel_unit_tests layer)
  if(NOT KREEL_UNIT_TESTS)
    return()
  endif()
  cmake_parse_arguments(UNIT "" "" "LAYERS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/unit/${layer}/*_test.cpp)
  if(KREEL_SANITIZE STREQUAL "thread")
    # These replace operator new, which ThreadSanitizer's runtime defines.
    list(FILTER sources EXCLUDE REGEX "allocation[a-z_]*_test.cpp$")
  endif()
  if(NOT sources)
    return()
  endif()
  add_executable(unit_${layer} ${sources})
  target_include_directories(unit_${layer} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(unit_${layer} PRIVATE KREEL_TEST_DATA="${CMAKE_SOURCE_DIR}/tests")
  foreach(dependency IN LISTS UNIT_LAYERS)
    target_link_libraries(unit_${layer} PRIVATE kreel_${dependency})
  endforeach()
  target_link_libraries(unit_${layer} PRIVATE kreel_test_support kreel_doctest_main)
  target_compile_options(unit_${layer} PRIVATE ${KREEL_TEST_OPTIONS})
  kreel_precompile_tests(unit_${layer})
  add_test(NAME ${KREEL_TEST_PREFIX}unit.${layer} COMMAND unit_${layer})
  set_tests_properties(${KREEL_TEST_PREFIX}unit.${layer} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()
