#include "kreel/control.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/control_socket.hpp"

namespace kreel {
namespace {

using nlohmann::json;

constexpr std::size_t kAnswerBytesMax = 1 << 20;

Fault fault_of(const json& item) {
  const auto number = [&](const char* key) -> std::optional<std::int64_t> {
    const auto at = item.find(key);
    if (at == item.end() || !at->is_number_integer()) return std::nullopt;
    return at->get<std::int64_t>();
  };
  const auto text = [&](const char* key) -> std::optional<std::string> {
    const auto at = item.find(key);
    if (at == item.end() || !at->is_string()) return std::nullopt;
    return at->get<std::string>();
  };
  Fault fault;
  fault.id = number("id").value_or(0);
  fault.kind = text("kind").value_or("");
  fault.api = text("api");
  fault.error = text("error");
  fault.left = number("left");
  fault.latency_min_ms = number("latency_min_ms");
  fault.latency_max_ms = number("latency_max_ms");
  if (const auto at = item.find("percent"); at != item.end() && at->is_number()) {
    fault.percent = at->get<double>();
  }
  fault.hits = number("hits").value_or(0);
  return fault;
}

tl::unexpected<Error> not_understood() {
  return fail(ErrorKind::kFailed, "the broker's answer on its control socket is not understood",
              "kreel and the broker may be of different versions");
}

Result<std::vector<Fault>> faults_of(std::string_view line) {
  const json answer = json::parse(line, nullptr, false);
  if (!answer.is_object()) return not_understood();
  if (const auto faults = answer.find("faults"); faults != answer.end() && faults->is_array()) {
    std::vector<Fault> result;
    for (const json& item : *faults) {
      if (!item.is_object()) return not_understood();
      result.push_back(fault_of(item));
    }
    return result;
  }
  const json code = answer.value("code", json());
  const json message = answer.value("message", json());
  const json hint = answer.value("hint", json());
  const bool is_error = code.is_number_integer() && code.get<int>() >= 1 && code.get<int>() <= 10 &&
                        message.is_string() && hint.is_string();
  if (!is_error) return not_understood();
  return fail(static_cast<ErrorKind>(code.get<int>()), message.get<std::string>(),
              hint.get<std::string>());
}

class Control final : public BrokerControl {
 public:
  explicit Control(int descriptor) : descriptor_(descriptor) {}
  ~Control() override { ::close(descriptor_); }

  std::optional<std::string> cluster_id() override {
    const auto line = exchange({{"op", "list"}});
    const json answer = line ? json::parse(*line, nullptr, false) : json();
    if (!answer.is_object() || !answer.value("cluster_id", json()).is_string()) return std::nullopt;
    return answer["cluster_id"].get<std::string>();
  }
  Result<std::vector<Fault>> add_faults(const FaultSpecs& specs) override {
    json order{{"op", "add"}, {"faults", specs.errors}, {"latencies", specs.latencies}};
    if (specs.drop) order["drop"] = *specs.drop;
    return give(order);
  }
  Result<std::vector<Fault>> list_faults() override { return give({{"op", "list"}}); }
  Result<std::vector<Fault>> clear_faults() override { return give({{"op", "clear"}}); }
  Result<std::vector<Fault>> clear_faults(std::span<const std::int64_t> ids) override {
    return give({{"op", "clear"}, {"ids", std::vector<std::int64_t>(ids.begin(), ids.end())}});
  }

 private:
  Result<std::vector<Fault>> give(const json& order) {
    TRY_ASSIGN(const std::string answer, exchange(order));
    return faults_of(answer);
  }

  Result<std::string> exchange(const json& order) {
    const std::string line = order.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    for (std::size_t sent = 0; sent < line.size();) {
      const auto count =
          ::send(descriptor_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return lost();
      sent += static_cast<std::size_t>(count);
    }
    std::string answer;
    while (!answer.ends_with('\n')) {
      char piece[4096];
      const auto count = ::recv(descriptor_, piece, sizeof(piece), 0);
      if (count <= 0 || answer.size() > kAnswerBytesMax) return lost();
      answer.append(piece, static_cast<std::size_t>(count));
    }
    return answer;
  }

  static tl::unexpected<Error> lost() {
    return fail(ErrorKind::kUnreachable, "the broker gives no answer on its control socket");
  }

  int descriptor_;
};

}  // namespace

std::string BrokerControl::socket_of(const std::string& data_directory) {
  return data_directory + "/" + ControlAddress::kName;
}

Result<std::unique_ptr<BrokerControl>> BrokerControl::connect(const std::string& socket,
                                                              std::int64_t timeout_ms) {
  const auto address = ControlAddress::of(socket);
  if (!address) {
    return fail(ErrorKind::kNotFound,
                fmt::format("no broker listens on {}: {}", socket, address.error().message()));
  }
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto control = std::make_unique<Control>(descriptor);
  timeval timeout{};
  timeout.tv_sec = timeout_ms / 1000;
  timeout.tv_usec = timeout_ms % 1000 * 1000;
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
  if (::connect(descriptor, address->address(), ControlAddress::kSizeBytes) == 0) return control;
  const bool denied = errno == EACCES || errno == EPERM;
  return fail(denied ? ErrorKind::kNotAuthorized : ErrorKind::kNotFound,
              fmt::format("no broker listens on {}: {}", socket, std::strerror(errno)),
              "kreel fault works on a broker of this machine and of the same user");
}

}  // namespace kreel
