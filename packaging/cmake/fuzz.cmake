# libFuzzer needs clang; only the decoders and their fuzz targets are built.
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_CXX_COMPILER clang++-14 CACHE STRING "")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1" CACHE STRING "")
set(KREEL_SANITIZE "fuzzer-no-link,address,undefined" CACHE STRING "")
set(KREEL_FUZZ ON CACHE BOOL "")
set(CMAKE_CXX_COMPILER_LAUNCHER ccache CACHE STRING "")
