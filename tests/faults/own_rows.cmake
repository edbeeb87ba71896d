# The tests of this folder begin with their rows: each gets them as labels. Read by ctest itself, after the list of the tests.
foreach(test IN LISTS fault_tests_TESTS)
  if(test MATCHES "^faults: ?((F[0-9]+ )+)")
    string(REGEX MATCHALL "F[0-9]+" numbers "${CMAKE_MATCH_1}")
    set_tests_properties("${test}" PROPERTIES LABELS "faults;${numbers}")
  endif()
endforeach()
