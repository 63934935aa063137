#include "unit/protocol/allocation_peak.hpp"

#include <doctest/doctest.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <vector>

namespace {

bool counting = false;
std::ptrdiff_t held_bytes = 0;
std::ptrdiff_t peak_bytes = 0;
std::size_t allocations = 0;

void* counted_malloc(std::size_t size) {
  void* memory = std::malloc(std::max<std::size_t>(size, 1));
  if (memory == nullptr) throw std::bad_alloc();
  if (counting) {
    ++allocations;
    held_bytes += static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
    peak_bytes = std::max(peak_bytes, held_bytes);
  }
  return memory;
}

void counted_free(void* memory) {
  if (counting && memory != nullptr) {
    held_bytes -= static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
  }
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  return counted_malloc(size);
}
void* operator new[](std::size_t size) {
  return counted_malloc(size);
}
void operator delete(void* memory) noexcept {
  counted_free(memory);
}
void operator delete[](void* memory) noexcept {
  counted_free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  counted_free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  counted_free(memory);
}

namespace kreel {

AllocationPeak::AllocationPeak() {
  held_bytes = 0;
  peak_bytes = 0;
  allocations = 0;
  counting = true;
}

AllocationPeak::~AllocationPeak() {
  counting = false;
}

std::size_t AllocationPeak::bytes() const {
  return static_cast<std::size_t>(peak_bytes);
}

std::size_t AllocationPeak::count() const {
  return allocations;
}

TEST_CASE("allocation peak: the most held at once counts, not the sum") {
  const AllocationPeak peak;
  for (int i = 0; i < 10; ++i) std::vector<char> block(10'000);
  CHECK(peak.count() == 10);
  CHECK(peak.bytes() >= 10'000);
  CHECK(peak.bytes() < 20'000);
}

}  // namespace kreel
