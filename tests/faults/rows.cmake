# Rows of the fault matrix that the integration tests cover: those get the labels "faults" and their row, so that
# ctest -L faults and ctest -L F13 find them. Read by ctest itself, after the list of the tests.
#
# Rows that no test reaches:
#   F10             a death between clone and exec: the unit tests of process/ inject it with the fault shim
#   F47             sudo: a descendant of another, real user cannot be had without a setuid program
#   F53             numbers that wrap around within the time of a test need a kernel with pid_max per namespace
#   F54             the core has one thread
#   F64             the clock cannot be set without everybody noticing; all waits are by CLOCK_MONOTONIC
#   F65             needs a machine with GPUs and half a terabyte
#   F68             whoever runs the tests decides about the load: the bounds are ten times the exact ones anyway
set(rows
  "F01|the exit code of the rank that failed is the job's"
  "F01|when a rank fails the others are told to stop"
  "F02|a rank that dies of a signal gives 128 plus its number"
  "F04|the signal that killed a rank is named"
  "F06|a success is silent"
  "F07|a rank that ends well does not end the others"
  "F08|the first failure counts and not the later one"
  "F09|a program that is not there gives 127 and the searched path"
  "F09|a program that cannot be executed gives 126"
  "F12|a signal to stop reaches every rank and the launcher dies of it"
  "F13|ranks that ignore a signal are killed after the stop grace"
  "F15|Ctrl-C reaches each of several ranks once and the launcher dies of it"
  "F15|Ctrl-C reaches the only rank once and ends the job"
  "F16|a second Ctrl-C kills at once"
  "F17|two interrupts within a moment are one"
  "F18|closing the terminal ends the job with SIGHUP"
  "F20|signals that were ignored when we started stay ignored"
  "F20|SIGTERM works also where SIGINT is ignored"
  "F22|USR1 and USR2 are passed on and the job goes on"
  "F22|USR1 reaches leaders and not their children"
  "F23|Ctrl-Z stops a job of several ranks and fg goes on with it"
  "F23|Ctrl-Z stops a job of one rank and fg gives it the terminal again"
  "F23|a time-out does not count the time that the job was stopped"
  "F25|a signal to stop ends a stopped rank too"
  "F26|what a rank that ended well has left behind is killed"
  "F27|a stopped daemon is killed"
  "F37|an isolated job does not outlive its launcher, not even as a daemon"
  "F44|a job piped into head ends well"
  "F44|a console whose reader has gone neither kills nor stalls the job"
  "F45|a process that keeps the rank's output open does not delay the end"
  "F55|a rank has the descriptors 0 1 2 and no other"
  "F55|a rank has no descriptor more with every kind of output and input"
  "F56|a rank starts with an empty signal mask and default dispositions"
  "F56|a rank inherits that HUP INT and QUIT are ignored"
  "F58|a hard limit that is too low for the job is an error before anything starts"
  "F58|ranks get the limits that we were given also where we need more"
  "F62|as the first process of a container the launcher ends with 128 plus the signal"
  "F62|as the first process of a container the launcher kills daemons and gives the culprit's code")

# F14 and F21 are in the same test as F12.
foreach(row IN LISTS rows)
  string(REGEX MATCH "^(F[0-9]+)\\|(.*)$" unused "${row}")
  set(number "${CMAKE_MATCH_1}")
  # Catch2's version 2 drops the space of a prefix.
  set(known FALSE)
  foreach(test "integration:${CMAKE_MATCH_2}" "integration: ${CMAKE_MATCH_2}")
    list(FIND integration_tests_TESTS "${test}" place)
    if(NOT place EQUAL -1)
      set(known TRUE)
      set_tests_properties("${test}" PROPERTIES LABELS "integration;faults;${number}")
    endif()
  endforeach()
  if(integration_tests_TESTS AND NOT known)
    message(WARNING "tests/faults/rows.cmake: there is no test \"${CMAKE_MATCH_2}\"")
  endif()
endforeach()
