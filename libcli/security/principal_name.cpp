#include "security/principal_name.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace kreel::security {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 9> kTypeNames{
    {{NID_commonName, "CN"},
     {NID_countryName, "C"},
     {NID_localityName, "L"},
     {NID_stateOrProvinceName, "ST"},
     {NID_organizationName, "O"},
     {NID_organizationalUnitName, "OU"},
     {NID_streetAddress, "STREET"},
     {NID_domainComponent, "DC"},
     {NID_userId, "UID"}}};

std::optional<std::string_view> type_name(const ASN1_OBJECT* type) {
  const int nid = ::OBJ_obj2nid(type);
  for (const auto& [known, name] : kTypeNames) {
    if (known == nid) return name;
  }
  return std::nullopt;
}

std::string numbers_of(const ASN1_OBJECT* type) {
  const int size = ::OBJ_obj2txt(nullptr, 0, type, 1);
  std::string text(static_cast<std::size_t>(std::max(size, 0)) + 1, '\0');
  ::OBJ_obj2txt(text.data(), static_cast<int>(text.size()), type, 1);
  text.pop_back();
  return text;
}

/// The encoded value, which says everything.
std::string hex_value(const ASN1_STRING* value) {
  unsigned char* encoded = nullptr;
  ASN1_TYPE type{};
  type.type = ::ASN1_STRING_type(value);
  type.value.asn1_string = const_cast<ASN1_STRING*>(value);
  const int size = ::i2d_ASN1_TYPE(&type, &encoded);
  std::string text = "#";
  for (int i = 0; i < size; ++i) text += fmt::format("{:02x}", encoded[i]);
  OPENSSL_free(encoded);
  return text;
}

/// As UTF-8; nullopt for what is no text. Where Java would put U+FFFD for bytes that are none, or
/// read UTF-16 by bytes, two subjects could get one name.
std::optional<std::string> text_value(const ASN1_STRING* value) {
  const std::string bytes(reinterpret_cast<const char*>(::ASN1_STRING_get0_data(value)),
                          static_cast<std::size_t>(::ASN1_STRING_length(value)));
  switch (::ASN1_STRING_type(value)) {
    case V_ASN1_UTF8STRING:
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_T61STRING:
    case V_ASN1_IA5STRING:
      return is_utf8(bytes) ? std::optional(bytes) : std::nullopt;
    case V_ASN1_BMPSTRING: {
      unsigned char* converted = nullptr;
      const int size = ::ASN1_STRING_to_UTF8(&converted, value);
      if (size < 0) return std::nullopt;
      std::string text(reinterpret_cast<const char*>(converted), static_cast<std::size_t>(size));
      OPENSSL_free(converted);
      return text;
    }
    default:
      return std::nullopt;
  }
}

std::string escaped(std::string_view text) {
  constexpr std::string_view kSpecial = ",=+<>#;\"\\";
  const auto is_blank = [](char c) { return c == ' ' || c == '\r'; };
  const auto begin = std::ranges::find_if_not(text, is_blank) - text.begin();
  const auto end = text.rend() - std::find_if_not(text.rbegin(), text.rend(), is_blank);
  std::string out;
  for (std::ptrdiff_t i = 0; i < std::ssize(text); ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    if (c == '\0') {
      out += "\\00";
      continue;
    }
    const bool is_edge = is_blank(c) && (i < begin || i >= end);
    if (is_edge || kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string attribute_text(const X509_NAME_ENTRY* entry) {
  const ASN1_OBJECT* type = ::X509_NAME_ENTRY_get_object(entry);
  const ASN1_STRING* value = ::X509_NAME_ENTRY_get_data(entry);
  const auto name = type_name(type);
  const auto text = name ? text_value(value) : std::nullopt;
  return fmt::format("{}={}", name ? std::string(*name) : numbers_of(type),
                     text ? escaped(*text) : hex_value(value));
}

}  // namespace

std::string principal_name(const X509_NAME* name) {
  // The last part first; what makes one part together keeps its order.
  std::string whole;
  std::string part;
  for (int i = 0; i < ::X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = ::X509_NAME_get_entry(name, i);
    const bool goes_on = i > 0 && ::X509_NAME_ENTRY_set(entry) ==
                                      ::X509_NAME_ENTRY_set(::X509_NAME_get_entry(name, i - 1));
    if (!goes_on && i > 0) whole.insert(0, "," + std::exchange(part, std::string()));
    part += (goes_on ? "+" : "") + attribute_text(entry);
  }
  ::ERR_clear_error();
  return part + whole;
}

}  // namespace kreel::security
