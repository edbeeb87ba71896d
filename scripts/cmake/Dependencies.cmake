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
