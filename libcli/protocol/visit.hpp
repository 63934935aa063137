#pragma once

// How a message is described: each struct has
//
//   template <class Visitor> static void fields(Visitor& v) {
//     v("group_id", &HeartbeatRequest::group_id, since(0));
//     v.tagged(0, "cluster_id", &FetchRequest::cluster_id, since(12));
//   }
//
// in the order of the wire. The encoder, the decoder, the JSON dump, the random filler and the
// schema printer are visitors; nothing else knows the layout of a message.

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/bytes.hpp"
#include "base/uuid.hpp"
#include "protocol/records.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

/// A struct with a fields() description.
template <class T>
concept Described = std::is_class_v<T> && requires {
  { T::kIsDescribed } -> std::convertible_to<bool>;
};

/// An array on the wire; Bytes is not one.
template <class T>
concept ArrayField = is_vector<T>::value && !std::is_same_v<T, Bytes>;

}  // namespace kreel::protocol
