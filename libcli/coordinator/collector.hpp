#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "coordinator/reply.hpp"

namespace kreel::coordinator {

/// Collects one answer per item, in the order of the items, and gives them all at once.
template <class Item>
class Collector {
 public:
  Collector(std::size_t count, Reply<std::vector<Item>> reply)
      : items_(count), missing_(count), reply_(std::move(reply)) {}

  void set(std::size_t index, Item item) {
    items_[index] = std::move(item);
    if (--missing_ == 0) reply_(std::move(items_));
  }

 private:
  std::vector<Item> items_;
  std::size_t missing_;
  Reply<std::vector<Item>> reply_;
};

}  // namespace kreel::coordinator
