#include "gpulaunch/output/collapser.hpp"

#include "support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>

using namespace gpulaunch;
using namespace gpulaunch::test;

namespace {

std::string drain(Collapser& collapser, Nanos time) {
  std::string all;
  while (const auto line = collapser.next(at(time).mono)) {
    std::vector<int> ranks = line->ranks;
    std::ranges::sort(ranks);
    for (const int rank : ranks) all += fmt::format("{}", rank);
    all += ":" + line->text + " ";
  }
  return all;
}

}  // namespace

TEST_CASE("a line that every rank has printed leaves at once, as one") {
  Collapser collapser(3);
  for (const int rank : {2, 0, 1}) {
    CHECK(collapser.empty() == (rank == 2));
    collapser.add(out(rank), "ready", at(0ms));
  }
  CHECK(drain(collapser, 0ms) == "012:ready ");
  CHECK(collapser.empty());
  CHECK_FALSE(collapser.deadline());
}

TEST_CASE("what only some ranks print leaves when its window has passed") {
  Collapser collapser(3);
  collapser.add(out(0), "loss 1", at(0ms));
  collapser.add(out(1), "loss 2", at(10ms));
  collapser.add(out(2), "loss 1", at(20ms));
  CHECK(drain(collapser, 49ms).empty());
  CHECK(collapser.deadline() == at(50ms).mono);
  CHECK(drain(collapser, 50ms) == "02:loss 1 ");
  CHECK(drain(collapser, 60ms) == "1:loss 2 ");
}

TEST_CASE("repeated lines of one rank stay repeated and meet those of the others") {
  Collapser collapser(2);
  for (int i = 0; i < 3; ++i) collapser.add(out(0), "tick", at(0ms));
  for (int i = 0; i < 3; ++i) collapser.add(out(1), "tick", at(0ms));
  CHECK(drain(collapser, 0ms) == "01:tick 01:tick 01:tick ");
}

TEST_CASE("ranks that print the same lines in another order are not reordered") {
  Collapser collapser(2);
  collapser.add(out(0), "a", at(0ms));
  collapser.add(out(0), "b", at(0ms));
  collapser.add(out(1), "b", at(0ms));
  collapser.add(out(1), "a", at(0ms));
  CHECK(drain(collapser, 50ms) == "0:a 01:b 1:a ");
}

TEST_CASE("the same text on the two streams is not the same line") {
  Collapser collapser(2);
  collapser.add(out(0), "x", at(0ms));
  collapser.add(err(1), "x", at(0ms));
  CHECK(drain(collapser, 50ms) == "0:x 1:x ");
}

TEST_CASE("releasing a rank sends off what it printed and what stands before that") {
  Collapser collapser(3);
  collapser.add(out(0), "a", at(0ms));
  collapser.add(out(1), "b", at(0ms));
  collapser.add(out(2), "c", at(0ms));
  collapser.release(1);
  CHECK(drain(collapser, 0ms) == "0:a 1:b ");
  collapser.release_all();
  CHECK(drain(collapser, 0ms) == "2:c ");
}

TEST_CASE("memory is bounded: beyond it the oldest lines leave before their time") {
  Collapser collapser(2);
  const std::string long_line(10'000, 'x');
  std::size_t left = 0;
  for (int line = 0; line < 1000; ++line) {
    collapser.add(out(0), long_line + std::to_string(line), at(0ms));
    while (collapser.next(at(0ms).mono)) ++left;
  }
  CHECK(left > 1000 - Collapser::max_bytes / long_line.size() - 1);
}

TEST_CASE("whatever ranks print and when, each rank's lines keep their order and none is lost") {
  std::mt19937 random(11);
  for (int round = 0; round < 50; ++round) {
    constexpr int ranks = 4;
    Collapser collapser(ranks);
    std::map<int, std::vector<std::string>> printed;
    std::map<int, std::vector<std::string>> shown;
    const auto take = [&](Nanos time) {
      while (const auto line = collapser.next(at(time).mono)) {
        for (const int rank : line->ranks) shown[rank].push_back(line->text);
      }
    };
    Nanos time{};
    for (int step = 0; step < 400; ++step) {
      const int rank = static_cast<int>(random() % ranks);
      const std::string text(1, static_cast<char>('a' + random() % 3));
      collapser.add(out(rank), text, at(time));
      printed[rank].push_back(text);
      time += std::chrono::milliseconds(random() % 8);
      if (random() % 3 == 0) take(time);
    }
    collapser.release_all();
    take(time);
    CHECK(shown == printed);
  }
}
