#pragma once

// Before a handler: what its sender may not touch is answered here, and the handler never sees it.

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "broker/broker.hpp"
#include "broker/call.hpp"
#include "broker/error_replies.hpp"
#include "broker/request_context.hpp"
#include "protocol/all_messages.hpp"

namespace kreel::broker {

/// False when the call has been answered. Not asked without an authorizer. Every API has its own,
/// in one of the files beside this one.
#define KREEL_SERVED_API(Name, file) \
  bool authorize(Call<protocol::Name>& call, RequestContext& context);
#include "protocol/apis.def"
#undef KREEL_SERVED_API

/// Answers the whole request with the rule's error; false, for authorize() to return.
template <class Api>
bool refuse(Call<Api>& call, RequestContext& context, const AccessRule& rule) {
  call.reply(error_reply<Api>(call.request, context, rule.error));
  return false;
}

/// For a rule about one resource, or about the cluster.
template <class Api>
bool require(Call<Api>& call, RequestContext& context, const AccessRule& rule,
             std::string_view name = kAclCluster) {
  return context.access.may(rule, name) || refuse(call, context, rule);
}

/// Moves out of `asked` what is not `allowed`; the order stays.
template <class Item, class Allowed>
std::vector<Item> take_denied(std::vector<Item>& asked, const Allowed& allowed) {
  const auto first_denied = std::stable_partition(asked.begin(), asked.end(), allowed);
  std::vector<Item> denied(std::make_move_iterator(first_denied),
                           std::make_move_iterator(asked.end()));
  asked.erase(first_denied, asked.end());
  return denied;
}

template <class Item>
void append_to(std::vector<Item>& items, const std::vector<Item>& more) {
  items.insert(items.end(), more.begin(), more.end());
}

/// `refused` comes behind what the handler answers, or alone where nothing is left to ask it.
template <class Api, class Answer>
bool answer_beside(Call<Api>& call, bool something_left, typename Api::Response refused,
                   std::vector<Answer> Api::Response::*answers) {
  if (!something_left) {
    call.reply(refused);
    return false;
  }
  call.before_reply([refused = std::move(refused), answers](typename Api::Response& response) {
    append_to(response.*answers, refused.*answers);
  });
  return true;
}

/// For a rule about each item of a request's list, whose answers are a list, too.
template <class Api, class Item, class Answer, class Allowed>
bool require_for_each(Call<Api>& call, RequestContext& context, const AccessRule& rule,
                      std::vector<Item> Api::Request::*items,
                      std::vector<Answer> Api::Response::*answers, const Allowed& allowed) {
  typename Api::Request refused;
  refused.*items = take_denied(call.request.*items, allowed);
  if ((refused.*items).empty()) return true;
  return answer_beside(call, !(call.request.*items).empty(),
                       error_reply<Api>(refused, context, rule.error), answers);
}

}  // namespace kreel::broker
