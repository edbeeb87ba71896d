// Whose a process is. We are process 1 here, the ranks' leaders are 10 and 20.
#include "gpulaunch/policy/storm_owners.hpp"

#include "catch.hpp"

using namespace gpulaunch;
using Ranks = std::vector<int>;

namespace {

const std::vector<int> leaders{10, 20};
constexpr StormOwners::Process first{10, 1, 10, 100};
constexpr StormOwners::Process second{20, 1, 20, 100};

}  // namespace

TEST_CASE("everyone below a leader is its rank's, in whatever session") {
  StormOwners owners;
  CHECK(owners.ranks_of({first, second, {11, 20, 20, 101}, {12, 11, 12, 102}, {13, 10, 10, 101}}, leaders) ==
        Ranks{0, 1, 1, 1, 0});
}

TEST_CASE("an orphan is known by its session, or by what it was when it had a parent") {
  StormOwners owners;
  CHECK(owners.ranks_of({first, second, {21, 20, 21, 101}}, leaders) == Ranks{0, 1, 1});
  CHECK(owners.ranks_of({first, second, {21, 1, 21, 101}, {22, 1, 21, 102}, {23, 1, 20, 102}}, leaders) ==
        Ranks{0, 1, 1, 1, 1});
}

TEST_CASE("a number that was given to another process says nothing") {
  StormOwners owners;
  static_cast<void>(owners.ranks_of({first, second, {21, 20, 20, 101}}, leaders));
  CHECK(owners.ranks_of({first, second, {21, 1, 99, 500}}, leaders) == Ranks{0, 1, -1});
}

TEST_CASE("a stranger that nobody has seen is nobody's, but in a job of one rank it is that rank's") {
  StormOwners owners;
  CHECK(owners.ranks_of({first, second, {99, 1, 99, 101}}, leaders) == Ranks{0, 1, -1});
  CHECK(owners.ranks_of({first, {99, 1, 99, 101}}, {10}) == Ranks{0, 0});
}
