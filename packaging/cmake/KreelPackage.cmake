# What is installed where, and the Debian packages: packaging/package.sh makes them, and the tarball.
#   program, documents   the package kreel
#   links                the package kreel-kafka-tools
#   portable, documents  the tarball (packaging/tarball.sh)
include(GNUInstallDirs)
include(KreelPortable)
# Packing builds nothing, the tests least of all.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

install(TARGETS kreel RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
# It finds its library where the system has libraries.
install(CODE "file(RPATH_SET FILE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/kreel\" NEW_RPATH \"\")"
  COMPONENT program)
install(TARGETS kreel_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT program NAMELINK_SKIP)
install(FILES packaging/systemd/kreel.service DESTINATION lib/systemd/system COMPONENT program)
install(FILES packaging/systemd/kreel.sysusers DESTINATION lib/sysusers.d RENAME kreel.conf COMPONENT program)
install(FILES packaging/systemd/server.properties DESTINATION /etc/kreel COMPONENT program)
install(FILES packaging/debian/lintian-overrides DESTINATION share/lintian/overrides RENAME kreel COMPONENT program)

install(FILES packaging/debian/copyright README.md man/tutorial.md man/security.md DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT documents)
install(DIRECTORY man/schemas DESTINATION share/kreel COMPONENT documents FILES_MATCHING PATTERN "*.json")
install(FILES completions/kreel.bash DESTINATION share/bash-completion/completions RENAME kreel
  COMPONENT documents)
install(FILES completions/_kreel DESTINATION share/zsh/vendor-completions COMPONENT documents)
install(FILES completions/kreel.fish DESTINATION share/fish/vendor_completions.d COMPONENT documents)
# gzip writes no name and no time: the package is the same whenever it is made.
file(GLOB man_pages CONFIGURE_DEPENDS man/*.1 man/*.7)
set(compressed)
foreach(file IN LISTS man_pages ITEMS ${CMAKE_SOURCE_DIR}/packaging/debian/changelog)
  get_filename_component(name ${file} NAME)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/${name}.gz
    COMMAND sh -c "gzip -9n <'${file}' >${name}.gz"
    DEPENDS ${file} VERBATIM)
  list(APPEND compressed ${CMAKE_BINARY_DIR}/${name}.gz)
  set(destination ${CMAKE_INSTALL_DOCDIR})
  if(name MATCHES "[.]([17])$")
    set(destination share/man/man${CMAKE_MATCH_1})
  endif()
  install(FILES ${CMAKE_BINARY_DIR}/${name}.gz DESTINATION ${destination} COMPONENT documents)
endforeach()
add_custom_target(kreel_documents ALL DEPENDS ${compressed})

# A link at FROM, below the prefix, that says TO.
function(kreel_install_link from to)
  set(link ${CMAKE_BINARY_DIR}/links/${from})
  get_filename_component(folder ${link} DIRECTORY)
  get_filename_component(destination ${from} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  file(CREATE_LINK ${to} ${link} SYMBOLIC)
  install(FILES ${link} DESTINATION ${destination} COMPONENT links)
endfunction()

# The names of Apache's tools, as kreel install-links makes them, all with one manual page. bash and fish load what completes
# a name by a file of that name; zsh reads all names in one file.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/apps/kafka/tools.def)
file(STRINGS apps/kafka/tools.def tools REGEX "^KREEL_KAFKA_TOOL")
list(TRANSFORM tools REPLACE "^KREEL_KAFKA_TOOL[(]([a-z_]+),.*" "\\1")
foreach(tool IN LISTS tools ITEMS run_class)
  string(REPLACE "_" "-" tool kafka-${tool})
  foreach(name ${tool} ${tool}.sh)
    kreel_install_link(bin/${name} kreel)
    kreel_install_link(share/man/man1/${name}.1.gz ../man7/kreel-kafka-tools.7.gz)
    kreel_install_link(share/bash-completion/completions/${name} kreel)
    kreel_install_link(share/fish/vendor_completions.d/${name}.fish kreel.fish)
  endforeach()
endforeach()
kreel_install_link(share/doc/kreel-kafka-tools kreel)
install(FILES packaging/debian/kafka-tools.lintian-overrides DESTINATION share/lintian/overrides
  RENAME kreel-kafka-tools COMPONENT links)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME kreel)
set(CPACK_PACKAGE_VENDOR kreel)
set(CPACK_PACKAGE_CONTACT "the kreel authors <kreel@invalid>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL program documents links)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_KREEL_PACKAGE_NAME kreel)
set(CPACK_DEBIAN_KREEL_DESCRIPTION "Kafka in one binary: a broker and the tools for it
kreel serve runs a Kafka broker in one process. kreel topics, produce, consume,
groups and offsets work on it and on any Apache Kafka cluster: a consumer group
is rewound with an undo file, lag is told in time, records go through JSON
lines without loss, certificates are made, a broker lives for one test run.")
set(CPACK_DEBIAN_KREEL_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_KREEL_PACKAGE_DEPENDS "libjq1, libncursesw6, systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_KREEL_PACKAGE_SUGGESTS "kreel-kafka-tools, libsasl2-modules-gssapi-mit, krb5-user")
set(CPACK_DEBIAN_KREEL_PACKAGE_CONTROL_EXTRA
  ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles ${CMAKE_SOURCE_DIR}/packaging/debian/postinst
  ${CMAKE_SOURCE_DIR}/packaging/debian/prerm ${CMAKE_SOURCE_DIR}/packaging/debian/postrm
  ${CMAKE_SOURCE_DIR}/packaging/debian/triggers)

set(CPACK_DEBIAN_LINKS_PACKAGE_NAME kreel-kafka-tools)
set(CPACK_DEBIAN_LINKS_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_LINKS_DESCRIPTION "kreel under the names of Apache Kafka's tools
kafka-topics, kafka-console-consumer, kafka-consumer-groups and the others of
Apache Kafka's command line tools, with .sh and without, as links to kreel:
scripts that were written for them run as they are.")
set(CPACK_DEBIAN_LINKS_PACKAGE_DEPENDS "kreel (= ${PROJECT_VERSION})")
# They have these names in /usr/bin, too.
set(CPACK_DEBIAN_LINKS_PACKAGE_CONFLICTS "confluent-kafka, confluent-server")

include(CPack)
cpack_add_component(program GROUP kreel)
cpack_add_component(documents GROUP kreel)
cpack_add_component(links GROUP links)
