#pragma once

#include "kreel/result.hpp"  // IWYU pragma: export
