#include "security/sasl_gssapi.hpp"

#include <sasl/sasl.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace kreel::security {
namespace {

/// A ticket with the groups of a big directory has some 64 KiB; a broker's answers are far shorter.
constexpr std::size_t kGssapiTokenBytesMax = std::size_t{64} << 10;
/// More than Kerberos takes.
constexpr int kRoundsMax = 8;

/// Cyrus SASL leaves it to the program to guard what its connections share. Held for as long as
/// Kerberos waits for a KDC, so that others wait for it no longer than they want to.
std::timed_mutex& cyrus_mutex() {
  static std::timed_mutex mutex;
  return mutex;
}

/// What goes wrong is told by the error; without this it goes to syslog as well.
int drop_log(void*, int, const char*) {
  return SASL_OK;
}

using AnyCallback = int (*)();
const std::array<sasl_callback_t, 2> kCallbacks = {
    {{SASL_CB_LOG, reinterpret_cast<AnyCallback>(reinterpret_cast<void (*)()>(&drop_log)), nullptr},
     {SASL_CB_LIST_END, nullptr, nullptr}}};

struct DisposeCyrus {
  void operator()(sasl_conn_t* context) const {
    const std::lock_guard lock(cyrus_mutex());
    ::sasl_dispose(&context);
  }
};
using CyrusContext = std::unique_ptr<sasl_conn_t, DisposeCyrus>;

tl::unexpected<Error> breaks_off(std::string_view why) {
  return fail(ErrorKind::kAuthentication,
              fmt::format("the broker does not speak Kerberos as it should: {}", why),
              "the address may be another server's; the broker's log may say more");
}

Error silent_kdc() {
  return Error(ErrorKind::kUnreachable, "Kerberos: no KDC answers",
               "is the KDC of krb5.conf up, and can it be reached from here? "
               "KRB5_TRACE=/dev/stderr shows whom Kerberos asks");
}

/// What Cyrus SASL says to one token.
struct Answer {
  int code = SASL_FAIL;
  std::string token;
  std::string detail;  ///< of a failure
};

Answer ask_cyrus(sasl_conn_t* context, bool is_first, const std::string& challenge) {
  const std::lock_guard lock(cyrus_mutex());
  const char* token = nullptr;
  unsigned size = 0;
  Answer answer;
  answer.code =
      is_first
          ? ::sasl_client_start(context, kGssapi.data(), nullptr, &token, &size, nullptr)
          : ::sasl_client_step(context, challenge.data(), static_cast<unsigned>(challenge.size()),
                               nullptr, &token, &size);
  if (token != nullptr) answer.token.assign(token, size);
  if (answer.code != SASL_OK && answer.code != SASL_CONTINUE) {
    answer.detail = ::sasl_errdetail(context);
  }
  return answer;
}

class GssapiClient final : public SaslClient {
 public:
  GssapiClient(CyrusContext context, std::string service, std::string host, std::int64_t until_ms)
      : context_(std::move(context)),
        service_(std::move(service)),
        host_(std::move(host)),
        until_ms_(until_ms) {}

  std::string_view mechanism() const override { return kGssapi; }
  std::string_view settings() const override {
    return "whether the broker knows this principal (klist), and its sasl.kerberos.* settings";
  }
  std::string who() const override {
    const std::unique_lock lock(cyrus_mutex(), std::try_to_lock);
    const void* name = nullptr;
    const bool is_known = lock && context_ &&
                          ::sasl_getprop(context_.get(), SASL_USERNAME, &name) == SASL_OK &&
                          name != nullptr;
    if (!is_known) return "the principal of the Kerberos ticket";
    return fmt::format("principal \"{}\" ({})", escape_control(static_cast<const char*>(name)),
                       kGssapi);
  }

  Result<std::optional<std::string>> answer(std::string_view challenge) override {
    if (is_done_) return std::optional<std::string>();
    if (challenge.size() > kGssapiTokenBytesMax) return breaks_off("a token over 64 KiB");
    // The plugin would begin anew, as often as the broker likes.
    if (rounds_ > 0 && challenge.empty()) return breaks_off("an empty token");
    if (++rounds_ > kRoundsMax) return breaks_off("no end");
    TRY_ASSIGN(const Answer answer, ask(rounds_ == 1, challenge));
    if (answer.code == SASL_TOOWEAK)
      return breaks_off("it insists on encryption by Kerberos itself");
    if (answer.code != SASL_OK && answer.code != SASL_CONTINUE) {
      return fail(describe_gssapi_failure(answer.detail, service_, host_));
    }
    is_done_ = answer.code == SASL_OK;
    return std::optional(answer.token);
  }

 private:
  /// Kerberos gives up a silent KDC when it likes: it is left to a thread of its own, with all that
  /// it uses, when the time is over.
  Result<Answer> ask(bool is_first, std::string_view challenge) {
    if (!context_) return fail(silent_kdc());
    std::promise<Answer> promise;
    std::future<Answer> reply = promise.get_future();
    std::thread([context = context_, is_first, challenge = std::string(challenge),
                 promise = std::move(promise)]() mutable {
      Answer said = ask_cyrus(context.get(), is_first, challenge);
      context.reset();
      promise.set_value(std::move(said));
    }).detach();
    const std::chrono::milliseconds left(
        std::max<std::int64_t>(0, until_ms_ - system_clock().monotonic_ms()));
    if (reply.wait_for(left) == std::future_status::ready) return reply.get();
    context_.reset();
    return fail(silent_kdc());
  }

  std::shared_ptr<sasl_conn_t> context_;  ///< null once it was left behind
  std::string service_;
  std::string host_;
  std::int64_t until_ms_;
  int rounds_ = 0;
  bool is_done_ = false;
};

bool has_plugin(sasl_conn_t* context) {
  const char* names = nullptr;
  const int code = ::sasl_listmech(context, nullptr, "", " ", "", &names, nullptr, nullptr);
  if (code != SASL_OK || names == nullptr) return false;
  for (const std::string_view name : split(names, ' ')) {
    if (name == kGssapi) return true;
  }
  return false;
}

tl::unexpected<Error> does_not_start(int code) {
  return fail(ErrorKind::kAuthentication,
              fmt::format("Cyrus SASL does not start: {}",
                          escape_control(::sasl_errstring(code, nullptr, nullptr))));
}

}  // namespace

Error describe_gssapi_failure(std::string_view detail, std::string_view service,
                              std::string_view host) {
  constexpr std::string_view kStart = "GSSAPI Error: ";
  const auto start = detail.find(kStart);
  std::string_view why = start == std::string_view::npos ? detail : detail.substr(start);
  if (why.starts_with(kStart)) why.remove_prefix(kStart.size());
  const auto open = why.find(" (");
  if (open != std::string_view::npos && why.ends_with(')')) {
    const std::string_view minor = why.substr(open + 2, why.size() - open - 3);
    const bool says_nothing = minor.empty() || minor == "Success" || minor == "Unknown error";
    why = says_nothing ? why.substr(0, open) : minor;
  }
  const auto says = [why](std::string_view text) {
    return why.find(text) != std::string_view::npos;
  };
  std::string hint = "klist shows the tickets; KRB5_TRACE=/dev/stderr what Kerberos does";
  if (says("credentials") || says("expired")) {
    hint = "kinit gets a ticket; or set sasl.kerberos.keytab and sasl.kerberos.principal";
  } else if (says("not found in Kerberos database")) {
    hint = fmt::format(
        "asked for {}/{}: sasl.kerberos.service.name and the broker's host name make this name",
        escape_control(service), escape_control(host));
  } else if (says("KDC") || says("realm")) {
    hint = "krb5.conf (KRB5_CONFIG names another) says where the realm's KDC is";
  }
  return Error(ErrorKind::kAuthentication, fmt::format("Kerberos: {}", escape_control(why)),
               std::move(hint));
}

Result<std::unique_ptr<SaslClient>> make_gssapi_client(const std::string& service,
                                                       const std::string& host,
                                                       std::int64_t timeout_ms) {
  const std::int64_t until_ms = system_clock().monotonic_ms() + timeout_ms;
  std::unique_lock lock(cyrus_mutex(), std::chrono::milliseconds(timeout_ms));
  if (!lock) return fail(silent_kdc());
  static const int started = ::sasl_client_init(nullptr);
  if (started != SASL_OK) return does_not_start(started);
  sasl_conn_t* made = nullptr;
  const int code = ::sasl_client_new(service.c_str(), host.c_str(), nullptr, nullptr,
                                     kCallbacks.data(), 0, &made);
  const sasl_security_properties_t no_layer{};
  if (code == SASL_OK) ::sasl_setprop(made, SASL_SEC_PROPS, &no_layer);
  const bool has_gssapi = code == SASL_OK && has_plugin(made);
  lock.unlock();
  CyrusContext context(made);
  if (code != SASL_OK) return does_not_start(code);
  if (has_gssapi)
    return std::make_unique<GssapiClient>(std::move(context), service, host, until_ms);
  return fail(ErrorKind::kAuthentication, "Kerberos: Cyrus SASL's plugin for GSSAPI is missing",
              "apt install libsasl2-modules-gssapi-mit (elsewhere cyrus-sasl-gssapi); "
              "SASL_PATH names another directory of plugins");
}

}  // namespace kreel::security
