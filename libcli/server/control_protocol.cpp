#include "server/control_protocol.hpp"

#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "kreel/broker.hpp"
#include "protocol/api.hpp"
#include "server/start_options.hpp"

namespace kreel::server {
namespace {

using broker::FaultRule;
using nlohmann::json;

/// As it was typed: without the last digits, which the division by 100 has made up.
double percent_of(double share) {
  return parse_double(fmt::format("{:.14g}", share * 100)).value_or(0);
}

json to_json(const broker::Faults::Active& active) {
  const FaultRule& rule = active.rule;
  json item{{"id", active.id}, {"hits", active.hits}, {"api", nullptr}};
  if (rule.api) item["api"] = broker::snake_case(protocol::api_info(*rule.api).name);
  switch (rule.kind) {
    case FaultRule::Kind::kError:
      item["kind"] = "error";
      item["error"] = protocol::to_string(rule.error);
      if (rule.left) item["left"] = *rule.left;
      break;
    case FaultRule::Kind::kLatency:
      item["kind"] = "latency";
      item["latency_min_ms"] = rule.latency_min_ms;
      item["latency_max_ms"] = rule.latency_max_ms;
      break;
    case FaultRule::Kind::kDrop:
      item["kind"] = "drop";
      item["percent"] = percent_of(rule.drop_share);
      break;
  }
  return item;
}

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorKind::kUsage, "control line: " + std::move(why));
}

Result<std::vector<std::string>> texts_of(const json& order, const char* key) {
  std::vector<std::string> texts;
  const auto found = order.find(key);
  if (found == order.end()) return texts;
  if (!found->is_array()) return malformed(std::string(key) + " is no array");
  for (const json& text : *found) {
    if (!text.is_string()) return malformed(std::string(key) + " holds something but texts");
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

Result<void> add(broker::Faults& faults, const json& order) {
  FaultSpecs specs;
  TRY_ASSIGN(specs.errors, texts_of(order, "faults"));
  TRY_ASSIGN(specs.latencies, texts_of(order, "latencies"));
  if (const auto drop = order.find("drop"); drop != order.end()) {
    if (!drop->is_string()) return malformed("drop is no text");
    specs.drop = drop->get<std::string>();
  }
  TRY_ASSIGN(const auto rules, parse_faults(specs));
  return faults.add(rules);
}

Result<void> clear(broker::Faults& faults, const json& order) {
  const auto ids = order.find("ids");
  if (ids == order.end()) {
    faults.clear();
    return {};
  }
  if (!ids->is_array()) return malformed("ids is no array");
  for (const json& id : *ids) {
    if (!id.is_number_integer()) return malformed("ids holds something but numbers");
    TRY(faults.remove(id.get<std::int64_t>()));
  }
  return {};
}

Result<void> carry_out(broker::Faults& faults, const json& order) {
  const std::string op = order.is_object() ? order.value("op", json()).dump() : std::string();
  if (op == "\"add\"") return add(faults, order);
  if (op == "\"list\"") return {};
  if (op == "\"clear\"") return clear(faults, order);
  return malformed("op is none of add, list, clear");
}

}  // namespace

std::string answer_control(broker::Faults& faults, std::string_view cluster_id,
                           std::string_view line) {
  const json order = json::parse(line, nullptr, false);
  Result<void> done = order.is_discarded() ? malformed("no JSON") : carry_out(faults, order);
  json answer{{"ok", done.has_value()}};
  if (done) {
    answer["cluster_id"] = cluster_id;
    answer["faults"] = json::array();
    for (const auto& active : faults.list()) answer["faults"].push_back(to_json(active));
  } else {
    answer["code"] = static_cast<int>(done.error().kind());
    answer["message"] = done.error().message();
    answer["hint"] = done.error().hint();
  }
  return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace kreel::server
