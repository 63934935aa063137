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

void ReplyTicket::send_nothing() {
  on_io_thread([number = origin_.request_number](ReplySink& sink) { sink.no_reply(number); });
}

void ReplyTicket::close(std::string why) {
  on_io_thread([why = std::move(why)](ReplySink& sink) { sink.close(why); });
}

}  // namespace kreel::broker
