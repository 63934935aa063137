#pragma once

#include "kreel/text.hpp"  // IWYU pragma: export
