# What every target of ours is built with, as INTERFACE targets that are linked PRIVATE; no global flags.
include(GNUInstallDirs)

add_library(gpulaunch_settings INTERFACE)
target_compile_features(gpulaunch_settings INTERFACE cxx_std_20)
target_include_directories(gpulaunch_settings INTERFACE ${PROJECT_SOURCE_DIR}/lib)

add_library(gpulaunch_warnings INTERFACE)
target_compile_options(gpulaunch_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns of overlapping copies inside of std::string's own operator+ (GCC bug 105651).
  target_compile_options(gpulaunch_warnings INTERFACE -Wno-restrict)
endif()
option(GPULAUNCH_WERROR "Treat warnings as errors" OFF)
if(GPULAUNCH_WERROR)
  target_compile_options(gpulaunch_warnings INTERFACE -Werror)
endif()

set(GPULAUNCH_SANITIZE "" CACHE STRING "Sanitizers for every target, as -fsanitize takes them (address,undefined or thread)")
add_library(gpulaunch_sanitizers INTERFACE)
if(GPULAUNCH_SANITIZE)
  set(sanitize_flags -fsanitize=${GPULAUNCH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(gpulaunch_sanitizers INTERFACE ${sanitize_flags})
  target_link_options(gpulaunch_sanitizers INTERFACE ${sanitize_flags})
endif()

# Start-up is a budget: the program needs glibc alone at run time. Sanitizers bring their own runtimes.
add_library(gpulaunch_static_runtime INTERFACE)
if(NOT GPULAUNCH_SANITIZE)
  target_link_options(gpulaunch_static_runtime INTERFACE -static-libstdc++ -static-libgcc)
endif()

# gpulaunch_library(NAME SOURCES … HEADERS … LINK …): one folder of lib/gpulaunch as a static library gpulaunch::NAME.
function(gpulaunch_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;LINK;PRIVATE_LINK" ${ARGN})
  add_library(gpulaunch_${name} STATIC ${ARG_SOURCES})
  add_library(gpulaunch::${name} ALIAS gpulaunch_${name})
  target_sources(gpulaunch_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/lib FILES ${ARG_HEADERS})
  target_link_libraries(gpulaunch_${name} PUBLIC gpulaunch_settings ${ARG_LINK}
    PRIVATE gpulaunch_warnings gpulaunch_sanitizers ${ARG_PRIVATE_LINK})
  set_target_properties(gpulaunch_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON CXX_EXTENSIONS OFF)
endfunction()
