#include "gpulaunch/process/guard_link.hpp"

#include "catch.hpp"

#include <string>

using namespace gpulaunch;

TEST_CASE("messages arrive whole and in order, with their text") {
  auto link = GuardLink::pair();
  REQUIRE(link);
  auto& [front, core] = *link;
  CHECK_FALSE(core.receive().message);
  CHECK(front.send({.kind = GuardMessage::Kind::signal, .value = 15, .from_kernel = true}));
  CHECK(front.send({.kind = GuardMessage::Kind::folder}, "/run/job"));
  const auto first = core.receive();
  REQUIRE(first.message);
  CHECK(first.message->value == 15);
  CHECK(first.message->from_kernel);
  CHECK(first.text.empty());
  CHECK(core.receive().text == "/run/job");
  const auto nothing = core.receive();
  CHECK_FALSE(nothing.message);
  CHECK_FALSE(nothing.peer_gone);
}

TEST_CASE("what a peer has sent before its end is read before the end") {
  auto link = GuardLink::pair();
  REQUIRE(link);
  auto& [front, core] = *link;
  CHECK(core.send({.kind = GuardMessage::Kind::finished, .value = 7}));
  SECTION("a peer that has read everything") {}
  SECTION("a peer that leaves something of ours unread") {
    CHECK(front.send({.kind = GuardMessage::Kind::signal, .value = 15}));
  }
  core.close();
  const auto last = front.receive();
  REQUIRE(last.message);
  CHECK(last.message->value == 7);
  CHECK(front.receive().peer_gone);
  CHECK_FALSE(front.send({}));
}

TEST_CASE("a text that is too long is refused, and nothing of it is sent") {
  auto link = GuardLink::pair();
  REQUIRE(link);
  auto& [front, core] = *link;
  CHECK_FALSE(front.send({}, std::string(GuardLink::longest_text + 1, 'x')));
  CHECK_FALSE(core.receive().message);
  CHECK(front.send({}, std::string(GuardLink::longest_text, 'x')));
  CHECK(core.receive().text.size() == GuardLink::longest_text);
}

TEST_CASE("a peer that does not listen holds nobody up") {
  auto link = GuardLink::pair();
  REQUIRE(link);
  auto& [front, core] = *link;
  int sent = 0;
  while (front.send({.kind = GuardMessage::Kind::signal, .value = 10}) && sent < 100'000) ++sent;
  CHECK(sent > 10);
  CHECK(sent < 100'000);
}

TEST_CASE("it can be told whether a peer has taken what was sent") {
  auto link = GuardLink::pair();
  REQUIRE(link);
  auto& [front, core] = *link;
  CHECK(front.all_taken());
  CHECK(front.send({.kind = GuardMessage::Kind::signal, .value = 15}));
  CHECK_FALSE(front.all_taken());
  CHECK(core.receive().message);
  CHECK(front.all_taken());
}
