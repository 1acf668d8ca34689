# dynamod_layer(<name>
#   USES <layers>       the layers it may include; tests/tidy compares this with the includes
#   LIBRARIES <targets> libraries from outside that its sources need
#   SOURCES <files>     its .cc files, by name
#   TESTS <files>       its *_test.cc files
#   TEST_USES <layers>  what only the tests need (mostly `testing`)
#   TEST_LIBRARIES <targets>  libraries from outside that only the tests need
# )
# Makes the library dynamod_<name> and the test program <name>_test.
function(dynamod_layer name)
  cmake_parse_arguments(L "" "" "USES;LIBRARIES;SOURCES;TESTS;TEST_USES;TEST_LIBRARIES" ${ARGN})
  string(REPLACE "/" "_" target ${name})
  add_library(dynamod_${target} STATIC ${L_SOURCES})
  target_include_directories(dynamod_${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(dynamod_${target} PUBLIC dynamod_common ${L_LIBRARIES})
  foreach(used ${L_USES})
    string(REPLACE "/" "_" used ${used})
    target_link_libraries(dynamod_${target} PUBLIC dynamod_${used})
  endforeach()
  target_precompile_headers(dynamod_${target} REUSE_FROM dynamod_pch)

  if(NOT DYNAMOD_UNIT_TESTS OR NOT L_TESTS)
    return()
  endif()
  add_executable(${target}_test ${L_TESTS})
  target_link_libraries(${target}_test PRIVATE dynamod_${target} GTest::gmock_main ${L_TEST_LIBRARIES})
  foreach(used ${L_TEST_USES})
    string(REPLACE "/" "_" used ${used})
    target_link_libraries(${target}_test PRIVATE dynamod_${used})
  endforeach()
  target_precompile_headers(${target}_test REUSE_FROM dynamod_pch)
  add_test(NAME ${name} COMMAND ${target}_test WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
