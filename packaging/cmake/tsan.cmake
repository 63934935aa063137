# Thread sanitizer; built for storage, coordinator, broker, net and server.
include(${CMAKE_CURRENT_LIST_DIR}/unity.cmake)
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_CXX_COMPILER clang++-14 CACHE STRING "")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1" CACHE STRING "")
set(KREEL_SANITIZE "thread" CACHE STRING "")
set(CMAKE_CXX_COMPILER_LAUNCHER ccache CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS "-fuse-ld=mold" CACHE STRING "")
set(CMAKE_SHARED_LINKER_FLAGS "-fuse-ld=mold" CACHE STRING "")
