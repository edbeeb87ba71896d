# Libraries of the system, by find_package and pkg-config alone; nothing is downloaded.
# Oldest supported: CLI11 2.1, spdlog 1.10 (with header-only fmt 9).
find_package(PkgConfig REQUIRED)
find_package(tl-expected REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(nlohmann_json 3.9 REQUIRED)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)

# toml++ is used header-only, so that the program does not need its shared library.
add_library(gpulaunch_toml INTERFACE)
target_include_directories(gpulaunch_toml SYSTEM INTERFACE ${tomlplusplus_INCLUDE_DIRS})

# RE2 is linked statically where the system has the archive: as a shared library it would cost 0.7 ms of every start.
# Ubuntu's newer RE2 needs Abseil, which its pkg-config file names.
pkg_check_modules(re2 REQUIRED re2)
add_library(gpulaunch_re2 INTERFACE)
target_include_directories(gpulaunch_re2 SYSTEM INTERFACE ${re2_INCLUDE_DIRS})
find_library(GPULAUNCH_RE2_ARCHIVE libre2.a HINTS ${re2_STATIC_LIBRARY_DIRS})
if(GPULAUNCH_RE2_ARCHIVE AND NOT "${re2_STATIC_LIBRARIES}" MATCHES "absl")
  find_package(Threads REQUIRED)
  target_link_libraries(gpulaunch_re2 INTERFACE ${GPULAUNCH_RE2_ARCHIVE} Threads::Threads)
else()
  target_link_libraries(gpulaunch_re2 INTERFACE ${re2_LINK_LIBRARIES})
endif()
