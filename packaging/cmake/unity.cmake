# Twenty sources of a folder are compiled as one, which takes a third of the time. So a name in an anonymous
# namespace is used once per folder; what two files need has a header.
set(CMAKE_UNITY_BUILD ON CACHE BOOL "")
set(CMAKE_UNITY_BUILD_BATCH_SIZE 20 CACHE STRING "")
