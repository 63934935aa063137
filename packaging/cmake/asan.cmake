# Address and undefined-behaviour sanitizers. -O0: Asio coroutines cost three times as much at -O1.
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1" CACHE STRING "")
set(KREEL_SANITIZE "address,undefined" CACHE STRING "")
set(CMAKE_CXX_COMPILER_LAUNCHER ccache CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS "-fuse-ld=mold" CACHE STRING "")
set(CMAKE_SHARED_LINKER_FLAGS "-fuse-ld=mold" CACHE STRING "")
