// For a binary that has no tests of doctest but layers that were compiled with its header
// (tests/CMakeLists.txt, planted bugs).
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
