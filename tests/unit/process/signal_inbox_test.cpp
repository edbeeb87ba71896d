#include "gpulaunch/process/signal_inbox.hpp"

#include "catch.hpp"

#include <signal.h>
#include <unistd.h>

using namespace gpulaunch;

TEST_CASE("signals become values, in numeric order, and the mask is given back") {
  {
    auto inbox = SignalInbox::open();
    REQUIRE(inbox);
    ::kill(::getpid(), SIGUSR1);
    ::kill(::getpid(), SIGTERM);
    const auto notes = inbox->take();
    REQUIRE(notes.size() == 2);
    CHECK(notes[0].signo == SIGUSR1);
    CHECK(notes[1].signo == SIGTERM);
    CHECK(notes[1].sender == ::getpid());
    CHECK_FALSE(notes[1].from_kernel);
    CHECK(inbox->take().empty());
  }
  sigset_t mask;
  ::sigprocmask(SIG_BLOCK, nullptr, &mask);
  CHECK(::sigismember(&mask, SIGTERM) == 0);
}

TEST_CASE("an ignored hangup stays ignored") {
  ::signal(SIGHUP, SIG_IGN);
  {
    auto inbox = SignalInbox::open();
    REQUIRE(inbox);
    ::kill(::getpid(), SIGHUP);
    CHECK(inbox->take().empty());
  }
  ::signal(SIGHUP, SIG_DFL);
}
