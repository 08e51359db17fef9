# cmake --install BUILD --prefix PREFIX: the program, what it is told about algorithms and scenarios, and the docs.
include(GNUInstallDirs)
install(TARGETS camfleet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES runtime/vision/algorithms.yaml DESTINATION ${CMAKE_INSTALL_DATADIR}/camfleet)
install(DIRECTORY scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/camfleet FILES_MATCHING PATTERN "*.yaml")
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
