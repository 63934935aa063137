#include "security/principal_name.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace kreel::security;

namespace {

using NamePtr = OpenSslPtr<X509_NAME, ::X509_NAME_free>;

constexpr int kNewPart = 0;
constexpr int kSamePart = -1;

void add(const NamePtr& name, const char* type, int form, const std::string& value,
         int part = kNewPart) {
  REQUIRE(::X509_NAME_add_entry_by_txt(name.get(), type, form,
                                       reinterpret_cast<const unsigned char*>(value.data()),
                                       static_cast<int>(value.size()), -1, part) == 1);
}

std::string of_value(int form, const std::string& value) {
  const NamePtr name(::X509_NAME_new());
  add(name, "O", V_ASN1_UTF8STRING, "org");
  add(name, "CN", form, value);
  return principal_name(name.get());
}

}  // namespace

// What javax.security.auth.x500.X500Principal.getName() of Java 17 says, unless said otherwise.

TEST_CASE("principal name: the last part comes first, and nine types have names") {
  const NamePtr name(::X509_NAME_new());
  add(name, "C", V_ASN1_PRINTABLESTRING, "DE");
  add(name, "DC", V_ASN1_IA5STRING, "exa");
  add(name, "ST", V_ASN1_UTF8STRING, "st");
  add(name, "L", V_ASN1_UTF8STRING, "l");
  add(name, "street", V_ASN1_UTF8STRING, "s t");
  add(name, "O", V_ASN1_UTF8STRING, "o");
  add(name, "OU", V_ASN1_UTF8STRING, "ou");
  add(name, "UID", V_ASN1_UTF8STRING, "u");
  add(name, "CN", V_ASN1_UTF8STRING, "x");
  CHECK(principal_name(name.get()) == "CN=x,UID=u,OU=ou,O=o,STREET=s t,L=l,ST=st,DC=exa,C=DE");
}

TEST_CASE("principal name: other types are numbers, and their values bytes") {
  const NamePtr name(::X509_NAME_new());
  add(name, "CN", V_ASN1_UTF8STRING, "alice");
  add(name, "emailAddress", V_ASN1_IA5STRING, "a@b.c");
  CHECK(principal_name(name.get()) == "1.2.840.113549.1.9.1=#16056140622e63,CN=alice");
  const NamePtr other(::X509_NAME_new());
  add(other, "serialNumber", V_ASN1_PRINTABLESTRING, "123");
  add(other, "title", V_ASN1_UTF8STRING, "Dr");
  add(other, "CN", V_ASN1_UTF8STRING, "x");
  CHECK(principal_name(other.get()) == "CN=x,2.5.4.12=#0c024472,2.5.4.5=#1303313233");
}

TEST_CASE("principal name: what is together in one part keeps its order") {
  const NamePtr name(::X509_NAME_new());
  add(name, "CN", V_ASN1_UTF8STRING, "a");
  add(name, "UID", V_ASN1_UTF8STRING, "b", kSamePart);
  add(name, "O", V_ASN1_UTF8STRING, "c");
  CHECK(principal_name(name.get()) == "O=c,CN=a+UID=b");
  CHECK(principal_name(NamePtr(::X509_NAME_new()).get()).empty());
}

TEST_CASE("principal name: what has a meaning is escaped, so no value can pretend to be a part") {
  CHECK(of_value(V_ASN1_UTF8STRING, "a,O=admin") == "CN=a\\,O\\=admin,O=org");
  CHECK(of_value(V_ASN1_UTF8STRING, "+<>;\"\\,") == R"(CN=\+\<\>\;\"\\\,,O=org)");
  CHECK(of_value(V_ASN1_UTF8STRING, "#x") == "CN=\\#x,O=org");
  CHECK(of_value(V_ASN1_UTF8STRING, "a#b") == "CN=a\\#b,O=org");
  CHECK(of_value(V_ASN1_UTF8STRING, "  two  ") == "CN=\\ \\ two\\ \\ ,O=org");
  CHECK(of_value(V_ASN1_UTF8STRING, "mid  dle") == "CN=mid  dle,O=org");
  CHECK(of_value(V_ASN1_UTF8STRING, " ") == "CN=\\ ,O=org");
  CHECK(of_value(V_ASN1_UTF8STRING, std::string("a\0b", 3)) == "CN=a\\00b,O=org");
  CHECK(of_value(V_ASN1_UTF8STRING, "a\nb\tc") == "CN=a\nb\tc,O=org");
}

TEST_CASE("principal name: texts of all kinds are UTF-8, what is none is its bytes") {
  CHECK(of_value(V_ASN1_UTF8STRING, "\xc3\xbc\xe2\x82\xac") == "CN=\xc3\xbc\xe2\x82\xac,O=org");
  CHECK(of_value(V_ASN1_T61STRING, "t61") == "CN=t61,O=org");
  CHECK(of_value(V_ASN1_IA5STRING, "ia5@x") == "CN=ia5@x,O=org");
  CHECK(of_value(V_ASN1_NUMERICSTRING, "123") == "CN=#1203313233,O=org");
  CHECK(of_value(V_ASN1_UNIVERSALSTRING, std::string("\0\0\0u", 4)) == "CN=#1c0400000075,O=org");
  // Java makes U+FFFD of the one and \00B\00m\00p of the other.
  CHECK(of_value(V_ASN1_T61STRING, "t\xfc") == "CN=#140274fc,O=org");
  CHECK(of_value(V_ASN1_BMPSTRING, std::string("\0B\0m\x20\xac", 6)) == "CN=Bm\xe2\x82\xac,O=org");
}
