# cmake -S . -B build/dev -G Ninja -C packaging/cmake/dev.cmake: quick edit-build-test cycles.
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1" CACHE STRING "")
set(CMAKE_CXX_COMPILER_LAUNCHER ccache CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS "-fuse-ld=mold" CACHE STRING "")
set(CMAKE_SHARED_LINKER_FLAGS "-fuse-ld=mold" CACHE STRING "")
