#include "broker/call.hpp"

#include <memory>

namespace kreel::broker {

template <class Action>
void ReplyTicket::on_io_thread(Action action) {
  const std::shared_ptr<ReplySink> sink = std::exchange(origin_.sink, nullptr);
  KREEL_ASSERT(sink != nullptr, "a request was answered twice");
  if (origin_.executor->is_current()) return action(*sink);
  // std::function wants a copyable target.
  auto shared = std::make_shared<Action>(std::move(action));
  origin_.executor->post([sink, shared] { (*shared)(*sink); });
}

void ReplyTicket::drop() {
  if (origin_.sink->is_closed()) return;
  close(fmt::format("{} got no answer", protocol::api_info(origin_.api).name));
}

void ReplyTicket::send(protocol::WireParts&& frame) {
  on_io_thread([number = origin_.request_number, frame = std::move(frame)](
                   ReplySink& sink) mutable { sink.reply(number, std::move(frame)); });
}

std::int32_t ReplyTicket::settle() {
  RequestCharge* charge = origin_.charge.get();
  if (charge == nullptr) return 0;
  if (charge->is_settled()) return charge->throttle_ms();
  const std::int32_t throttle_ms = charge->settle();
  if (throttle_ms == 0) return 0;
  const auto throttle = [sink = origin_.sink, number = origin_.request_number, throttle_ms] {
    sink->throttle(number, throttle_ms);
  };
  if (origin_.executor->is_current()) {
    throttle();
  } else {
    origin_.executor->post(throttle);
  }
  return throttle_ms;
}

void ReplyTicket::send_nothing() {
  on_io_thread([number = origin_.request_number](ReplySink& sink) { sink.no_reply(number); });
}

void ReplyTicket::close(std::string why) {
  on_io_thread([why = std::move(why)](ReplySink& sink) { sink.close(why); });
}

}  // namespace kreel::broker
