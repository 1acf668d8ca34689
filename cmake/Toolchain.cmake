# Compiler, warnings, sanitizers, linker and cache: the same for every target.
option(DYNAMOD_LTO "Link-time optimisation (ThinLTO)" OFF)
option(DYNAMOD_UNIT_TESTS "Build the unit tests of each layer" ON)
option(DYNAMOD_FUZZ "Build the libFuzzer targets" OFF)
set(DYNAMOD_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -gline-tables-only")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -gline-tables-only")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fno-omit-frame-pointer)
# One precompiled header for all layers: no time stamp in it, so that ccache can keep it.
add_compile_options("SHELL:-Xclang -fno-pch-timestamp")

if(DYNAMOD_SANITIZE)
  add_compile_options(-fsanitize=${DYNAMOD_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DYNAMOD_SANITIZE})
endif()
if(DYNAMOD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(DYNAMOD_LTO)
  add_compile_options(-flto=thin)
  add_link_options(-flto=thin)
endif()

# mold is the faster linker, lld the one that knows Clang's LTO.
find_program(DYNAMOD_MOLD mold)
if(DYNAMOD_MOLD AND NOT DYNAMOD_LTO)
  add_link_options(-fuse-ld=mold)
else()
  add_link_options(-fuse-ld=lld-19)
endif()

find_program(DYNAMOD_CCACHE ccache)
if(DYNAMOD_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${DYNAMOD_CCACHE})
endif()
