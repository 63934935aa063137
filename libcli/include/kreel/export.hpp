#pragma once

/// Marks what libkreel.so exports; everything else is hidden.
#define KREEL_API __attribute__((visibility("default")))
