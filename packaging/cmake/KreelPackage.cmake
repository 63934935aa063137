# What is installed where, and the Debian package: packaging/package.sh makes it.
include(GNUInstallDirs)
# Packing builds nothing, the tests least of all.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

install(TARGETS kreel RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS kreel_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} NAMELINK_SKIP)
set_target_properties(kreel PROPERTIES INSTALL_RPATH "")

install(FILES packaging/systemd/kreel.service DESTINATION lib/systemd/system)
install(FILES packaging/systemd/kreel.sysusers DESTINATION lib/sysusers.d RENAME kreel.conf)
install(FILES packaging/systemd/server.properties DESTINATION /etc/kreel)
install(FILES packaging/debian/lintian-overrides DESTINATION share/lintian/overrides RENAME kreel)
install(FILES packaging/debian/copyright README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES man/tutorial.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY man/schemas DESTINATION share/kreel FILES_MATCHING PATTERN "*.json")
install(FILES completions/kreel.bash DESTINATION share/bash-completion/completions RENAME kreel)
install(FILES completions/_kreel DESTINATION share/zsh/vendor-completions)
install(FILES completions/kreel.fish DESTINATION share/fish/vendor_completions.d)
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
  install(FILES ${CMAKE_BINARY_DIR}/${name}.gz DESTINATION ${destination})
endforeach()
add_custom_target(kreel_documents ALL DEPENDS ${compressed})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME kreel)
set(CPACK_PACKAGE_VENDOR kreel)
set(CPACK_PACKAGE_CONTACT "the kreel authors <kreel@invalid>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Kafka in one binary: a broker and the tools for it")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"kreel serve runs a Kafka broker in one process. kreel topics, produce, consume,
groups and offsets work on it and on any Apache Kafka cluster: a consumer group
is rewound with an undo file, lag is told in time, records go through JSON lines
without loss, certificates are made, and a broker lives for one test run.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libjq1, libncursesw6, systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles ${CMAKE_SOURCE_DIR}/packaging/debian/postinst
  ${CMAKE_SOURCE_DIR}/packaging/debian/prerm ${CMAKE_SOURCE_DIR}/packaging/debian/postrm
  ${CMAKE_SOURCE_DIR}/packaging/debian/triggers)
include(CPack)
