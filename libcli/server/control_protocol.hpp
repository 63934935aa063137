#pragma once

#include <string>
#include <string_view>

#include "broker/faults.hpp"

namespace kreel::server {

/// Carries out one line of the control socket and gives the line to answer, without a line feed:
///
///   {"op":"add","faults":["produce:REQUEST_TIMED_OUT:3"],"latencies":["fetch=1s"],"drop":"1%"}
///   {"op":"list"}    {"op":"clear"}    {"op":"clear","ids":[1,2]}
///
/// {"ok":true,"cluster_id":"…","faults":[{"id":1,"kind":"error","api":"produce",
/// "error":"REQUEST_TIMED_OUT","left":3,"hits":0}]} with what is set afterwards; beside it are the
/// kinds latency (latency_min_ms, latency_max_ms) and drop (percent); api is null for all.
/// {"ok":false,"code":2,"message":"...","hint":"..."}, with the exit code of the error's kind, when
/// nothing was changed.
std::string answer_control(broker::Faults& faults, std::string_view cluster_id,
                           std::string_view line);

}  // namespace kreel::server
