#include "gpulaunch/inspection/process_look.hpp"

#include "catch.hpp"
#include "gpulaunch/inspection/system_calls.hpp"

#include <sys/syscall.h>

namespace gpulaunch::testing {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

TEST_CASE("processor time is the sum of the user's and the system's ticks") {
  CHECK(processor_ticks("29211 (a) b) (c) S 29165 29165 19858 0 -1 4194304 2887 6572 0 0 30 12 7 8 20 0 1") == 42);
}

TEST_CASE("a stat line that makes no sense has no processor time") {
  CHECK(processor_ticks("") == 0);
  CHECK(processor_ticks("1 (x") == 0);
  CHECK(processor_ticks("1 (x) S 1") == 0);
  CHECK(processor_ticks("1 (x) S a b c d e f g h i j k l m") == 0);
}

Looks looks_with(ProcessLook look, Nanos at) { return {Mono(at), {std::move(look)}}; }

TEST_CASE("an uninterruptible wait counts when the same thread is in it at both looks") {
  const InspectedRank nobody{.rank = 0, .pid = -1};
  const auto stuck = looks_with({.state = 'S', .uninterruptible = {7}}, 1s);
  CHECK(compare_looks(nobody, 0, stuck, stuck).state == 'D');
}

TEST_CASE("an uninterruptible wait that passes is a sleep") {
  const InspectedRank nobody{.rank = 0, .pid = -1};
  const auto before = looks_with({.state = 'S', .uninterruptible = {8}}, 1s);
  const auto after = looks_with({.state = 'D', .uninterruptible = {7}}, 2s);
  CHECK(compare_looks(nobody, 0, before, after).state == 'S');
}

TEST_CASE("a family whose members ended between the looks is not busy below zero") {
  const InspectedRank nobody{.rank = 0, .pid = -1};
  const auto before = looks_with({.state = 'S', .ticks = 100}, 1s);
  const auto after = looks_with({.state = 'S', .ticks = 40}, 2s);
  CHECK(compare_looks(nobody, 0, before, after).busy == 0.0);
}

TEST_CASE("the system call that a process waits in has a name") {
  CHECK(waiting_call(std::to_string(SYS_futex) + " 0x7f 0x80 0x0\n") == "futex");
  CHECK(waiting_call(std::to_string(SYS_recvfrom) + " 0x3") == "recvfrom");
}

TEST_CASE("a process that runs, or is in a call of no common name, waits in nothing") {
  CHECK(waiting_call("running\n").empty());
  CHECK(waiting_call("-1 0x7ffe 0x7f").empty());
  CHECK(waiting_call("99999 0x0").empty());
  CHECK(waiting_call("").empty());
}

}  // namespace
}  // namespace gpulaunch::testing
