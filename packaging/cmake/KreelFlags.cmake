# Warnings, hardening and sanitizers, as one interface target that every kreel target links.
add_library(kreel_flags INTERFACE)

target_compile_options(kreel_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -Wformat=2 -Werror=format-security -Werror=return-type -fno-omit-frame-pointer -pthread)
# Where sources are compiled as one, a local name would shadow another file's.
if(NOT CMAKE_UNITY_BUILD)
  target_compile_options(kreel_flags INTERFACE -Wshadow)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(kreel_flags INTERFACE -Wno-missing-field-initializers)
endif()
if(KREEL_WERROR)
  target_compile_options(kreel_flags INTERFACE -Werror)
endif()

if(KREEL_SANITIZE)
  target_compile_options(kreel_flags INTERFACE
    -fsanitize=${KREEL_SANITIZE} -fno-sanitize-recover=all
    # A null pointer and a dead object's table are AddressSanitizer's too; checked twice they cost a fifth of the code.
    -fno-sanitize=null,vptr)
  target_link_options(kreel_flags INTERFACE -fsanitize=${KREEL_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  # The same bytes wherever it is built.
  target_compile_options(kreel_flags INTERFACE -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
  # The tests' own sources are not optimised (KreelLayer.cmake), and then glibc can't fortify.
  target_compile_options(kreel_flags INTERFACE
    $<$<NOT:$<BOOL:$<TARGET_PROPERTY:KREEL_TEST>>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>
    -D_GLIBCXX_ASSERTIONS -fstack-protector-strong
    -fstack-clash-protection -fcf-protection=full
    # A broker's request would pay 4 % of its instructions for it, half of them for Asio's array of events.
    $<$<BOOL:$<TARGET_PROPERTY:KREEL_RUNS_ONCE>>:-ftrivial-auto-var-init=zero>
    -fno-delete-null-pointer-checks -fno-strict-overflow)
  target_link_options(kreel_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

# Asio's and fmt's switches and -pthread are everybody's, so that one precompiled header fits all.
target_compile_definitions(kreel_flags INTERFACE
  ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_SEPARATE_COMPILATION)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
target_link_libraries(kreel_flags INTERFACE Threads::Threads fmt::fmt nlohmann_json::nlohmann_json)
set(CMAKE_CXX_COMPILE_OPTIONS_PIE ${CMAKE_CXX_COMPILE_OPTIONS_PIC})

# Bugs that the tests must find (base/planted_bug.hpp); never in a build that is used.
option(KREEL_PLANTED_BUGS "Compile the planted bugs in" OFF)
if(KREEL_PLANTED_BUGS)
  target_compile_definitions(kreel_flags INTERFACE KREEL_PLANTED_BUGS)
endif()
