#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "coordinator/reply.hpp"
#include "protocol/error_code.hpp"

namespace kreel::coordinator {

/// Answers with what each coordinator of a shard lists, put into `items` of the response, once all
/// that it is computed from is durable. Where a partition cannot answer, an error is
/// all of it. Within a step of `outbox`, which outlives the coordinators.
template <class Partitions, class Request, class Response, class Item>
void list_partitions(Outbox& outbox, const Partitions& partitions, const Request& request,
                     std::vector<Item> Response::*items, Reply<Response> reply) {
  using protocol::ErrorCode;
  struct Listing {
    Response response;
    std::size_t missing = 1;
    Reply<Response> reply;
  };
  auto listing = std::make_shared<Listing>();
  listing->reply = std::move(reply);
  const auto part_done = [listing, items, &outbox](ErrorCode error) {
    if (error != ErrorCode::NONE) listing->response.error_code = error;
    if (--listing->missing > 0) return;
    if (listing->response.error_code != ErrorCode::NONE) (listing->response.*items).clear();
    outbox.send(listing->reply, std::move(listing->response));
  };
  for (const auto& [partition, coordinator] : partitions) {
    const ErrorCode error = coordinator->runtime().availability();
    if (error != ErrorCode::NONE) {
      listing->response.error_code = error;
      continue;
    }
    for (Item& item : coordinator->list(request)) {
      (listing->response.*items).push_back(std::move(item));
    }
    ++listing->missing;
    coordinator->runtime().after_durable(part_done);
  }
  part_done(ErrorCode::NONE);
}

}  // namespace kreel::coordinator
