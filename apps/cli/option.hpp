#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <kreel/text.hpp>

#include "cli/value_types.hpp"

namespace kreel::cli {

// One flag, option or positional argument: everything that the parser, -h, --help, the man page and
// completion need to know of it.
struct Option {
  enum class Type {
    kFlag,           // --all
    kValue,          // --state STATE
    kOptionalValue,  // --tls[=MODE]; a value only with '='
    kArgument,       // TOPIC
    kTrailing        // all words after "--"
  };
  Type type = Type::kFlag;
  std::vector<std::string> names;    // "-p", "--partitions"; for an argument its NAME
  // Accepted, not shown. For an argument, flags in front of it: -t TOPIC, as in kcat.
  std::vector<std::string> aliases;
  std::string value_name;
  ValueKind kind = ValueKind::kText;
  std::vector<std::string> choices;
  std::string help;
  std::string default_text;
  std::string since;        // empty: as old as its command
  std::string implied;      // the value of a bare --tls
  bool repeatable = false;  // may be given more than once
  bool required = false;    // arguments alone
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
  // Puts the texts into the Args structure behind the pointer.
  std::function<Result<void>(void*, const std::vector<std::string>&, const TimeContext&)> assign;

  // "--partitions", or "-p" where there is no long name.
  const std::string& main_name() const { return names.back(); }
  bool is_argument() const { return type == Type::kArgument || type == Type::kTrailing; }
};

// "is not one of a, b" with the nearest as the hint.
Result<void> check_choice(std::string_view text, const std::vector<std::string>& choices);
Result<void> check_range(std::string_view text, const Option& option);

namespace detail {

template <class T>
struct Field {  // T
  using Item = T;
  static constexpr bool kMany = false;
  static void put(T& field, Item item) { field = std::move(item); }
  static std::string show(const T& field) { return ValueType<T>::show(field); }
};
template <class T>
struct Field<std::optional<T>> {
  using Item = T;
  static constexpr bool kMany = false;
  static void put(std::optional<T>& field, Item item) { field = std::move(item); }
  static std::string show(const std::optional<T>&) { return {}; }
};
template <class T>
struct Field<std::vector<T>> {
  using Item = T;
  static constexpr bool kMany = true;
  static void put(std::vector<T>& field, Item item) { field.push_back(std::move(item)); }
  static std::string show(const std::vector<T>&) { return {}; }
};
// A list of partitions is one value: "0,3-5".
template <>
struct Field<std::vector<std::int32_t>> {
  using Item = std::vector<std::int32_t>;
  static constexpr bool kMany = false;
  static void put(Item& field, Item item) { field = std::move(item); }
  static std::string show(const Item&) { return {}; }
};

template <class Args, class T>
void bind(Option& option, T Args::*member) {
  using F = Field<T>;
  using V = ValueType<typename F::Item>;
  option.value_name = V::kName;
  option.kind = V::kKind;
  option.repeatable = F::kMany;
  option.default_text = F::show(Args{}.*member);
  option.assign = [member](void* args, const std::vector<std::string>& texts,
                           const TimeContext& context) -> Result<void> {
    for (const std::string& text : texts) {
      TRY_ASSIGN(auto item, V::parse(text, context));
      F::put(static_cast<Args*>(args)->*member, std::move(item));
    }
    return {};
  };
}

}  // namespace detail

// An Option that fills a member of Args, under construction:
// option("-s,--state", &Args::state).value("STATE").choices({...}).help("...").
template <class Args>
class OptionOf {
 public:
  explicit OptionOf(Option option) : option_(std::move(option)) {}

  // One line without a full stop; the default and the choices are added to it.
  OptionOf help(std::string text) && {
    option_.help = std::move(text);
    return std::move(*this);
  }
  // The name of the value in help: a word in capitals. For an option without `=`.
  OptionOf value(std::string name) && {
    option_.value_name = std::move(name);
    return std::move(*this);
  }
  OptionOf kind(ValueKind kind) && {
    option_.kind = kind;
    return std::move(*this);
  }
  OptionOf choices(std::vector<std::string> words) && {
    option_.choices = std::move(words);
    option_.kind = ValueKind::kChoice;
    return std::move(*this);
  }
  OptionOf range(std::int64_t min, std::int64_t max) && {
    option_.min = min;
    option_.max = max;
    return std::move(*this);
  }
  // What happens without it, where the default of the member does not say so: "all topics".
  OptionOf fallback(std::string text) && {
    option_.default_text = std::move(text);
    return std::move(*this);
  }
  // The value may be left out; it is then `implied`, and one that is given needs '='.
  OptionOf optional_value(std::string implied) && {
    option_.type = Option::Type::kOptionalValue;
    option_.implied = std::move(implied);
    return std::move(*this);
  }
  OptionOf alias(std::string name) && {
    option_.aliases.push_back(std::move(name));
    return std::move(*this);
  }
  OptionOf since(std::string version) && {
    option_.since = std::move(version);
    return std::move(*this);
  }
  // Arguments: need not be given.
  OptionOf optional() && {
    option_.required = false;
    return std::move(*this);
  }

  const Option& get() const { return option_; }

 private:
  Option option_;
};

// `names`: "--all" or "-p,--partitions", the long name last. A bool is a flag; a number or text
// takes a value; an optional may be absent; a vector may be given again and again.
template <class Args, class T>
OptionOf<Args> option(std::string_view names, T Args::*member) {
  Option result;
  for (const std::string_view name : split(names, ',')) result.names.emplace_back(name);
  if constexpr (std::is_same_v<T, bool>) {
    result.type = Option::Type::kFlag;
    result.assign = [member](void* args, const std::vector<std::string>&,
                             const TimeContext&) -> Result<void> {
      static_cast<Args*>(args)->*member = true;
      return {};
    };
  } else {
    result.type = Option::Type::kValue;
    detail::bind(result, member);
  }
  return OptionOf<Args>(std::move(result));
}

// A flag that counts: -v, -vv.
template <class Args>
OptionOf<Args> counter(std::string_view names, int Args::*member) {
  Option result;
  for (const std::string_view name : split(names, ',')) result.names.emplace_back(name);
  result.repeatable = true;
  result.assign = [member](void* args, const std::vector<std::string>& texts,
                           const TimeContext&) -> Result<void> {
    static_cast<Args*>(args)->*member = static_cast<int>(texts.size());
    return {};
  };
  return OptionOf<Args>(std::move(result));
}

// A positional argument; a vector takes all that are left, and help shows its "..." by itself.
// Required unless .optional().
template <class Args, class T>
OptionOf<Args> argument(std::string_view name, T Args::*member) {
  Option result;
  if (name.ends_with("...")) name.remove_suffix(3);
  result.type = Option::Type::kArgument;
  result.names.emplace_back(name);
  result.required = true;
  detail::bind(result, member);
  result.value_name = name;
  return OptionOf<Args>(std::move(result));
}

// The words after "--": a command to run. They are not read as options.
template <class Args>
OptionOf<Args> trailing(std::string_view name, std::vector<std::string> Args::*member) {
  Option result;
  result.type = Option::Type::kTrailing;
  result.names.emplace_back(name);
  detail::bind(result, member);
  result.value_name = name;
  return OptionOf<Args>(std::move(result));
}

}  // namespace kreel::cli
