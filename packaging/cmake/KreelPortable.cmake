# The program of the tarball, one executable of the same objects. librdkafka, OpenSSL, the codecs, RE2 and cjose are
# linked statically from Debian's archives; what Debian has no archive of lies in ../lib (packaging/tarball.sh).
if(KREEL_SANITIZE)
  return()
endif()

set(objects $<TARGET_OBJECTS:kreel> $<TARGET_OBJECTS:kreel_apps>)
get_property(layers GLOBAL PROPERTY KREEL_LAYERS)
foreach(layer IN LISTS layers)
  list(APPEND objects $<TARGET_OBJECTS:${layer}>)
endforeach()
# An archive before those that it needs; the last two are what librdkafka and cjose need besides.
set(linked)
foreach(name librdkafka.a libcjose.a libssl.a libcrypto.a libzstd.a liblz4.a libsnappy.a libz.a libre2.a
        libsasl2.so.2 libjansson.so.4)
  find_library(KREEL_PORTABLE_${name} NAMES ${name} REQUIRED)
  list(APPEND linked ${KREEL_PORTABLE_${name}})
endforeach()

add_executable(kreel_portable EXCLUDE_FROM_ALL ${objects})
# Nobody else's library sees the archives' symbols, a plugin of this system with an OpenSSL of its own, say. RPATH
# instead of RUNPATH: it holds for what the libraries in ../lib need as well, and for what is loaded later.
target_link_options(kreel_portable PRIVATE -Wl,--as-needed -Wl,--exclude-libs,ALL -Wl,--disable-new-dtags)
target_link_libraries(kreel_portable PRIVATE kreel_flags ${linked} PkgConfig::ISAL date::date-tz
  prometheus-cpp::core prometheus-cpp::pull ${CMAKE_DL_LIBS})
set_target_properties(kreel_portable PROPERTIES OUTPUT_NAME kreel LINKER_LANGUAGE CXX
  RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/portable/bin
  BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN/../lib")
install(TARGETS kreel_portable RUNTIME DESTINATION bin COMPONENT portable EXCLUDE_FROM_ALL)
