# What `cmake --install` puts where: the program, its man page and completions where shells and man look for them, and
# schemas, examples and documents under share/gpulaunch.
set(share ${PROJECT_SOURCE_DIR}/app/share)
set(shared_data ${CMAKE_INSTALL_DATADIR}/gpulaunch)

install(TARGETS gpulaunch RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS gpulaunch_worker ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${share}/man/gpulaunch.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${share}/completions/gpulaunch.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME gpulaunch)
install(FILES ${share}/completions/_gpulaunch DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${share}/completions/gpulaunch.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(DIRECTORY ${share}/schemas ${share}/docs DESTINATION ${shared_data})
install(DIRECTORY ${share}/examples DESTINATION ${shared_data} USE_SOURCE_PERMISSIONS
  PATTERN CMakeLists.txt EXCLUDE PATTERN __pycache__ EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
