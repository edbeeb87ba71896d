#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

#include <signal.h>

using namespace harness;
using namespace std::chrono_literals;

TEST_CASE("when a rank fails the others are told to stop") {
  const ScratchDir folder;
  Launch{}
      .ranks(4)
      .worker("trap TERM print told; exit 0", "meet " + folder.path().string(), "exit 7 if rank==2", "sleep forever")
      .expect_exit(7)
      .expect_lines({labelled(0, "told"), labelled(1, "told"), labelled(3, "told")});
}

TEST_CASE("a rank that ignores SIGTERM is killed after the grace period") {
  const ScratchDir folder;
  const auto finished =
      Launch{}
          .ranks(2)
          .flag("--grace", "300ms")
          .worker("ignore TERM", "meet " + folder.path().string(), "exit 7 if rank==0", "sleep forever")
          .expect_exit(7);
  CHECK(finished.took >= 300ms);
  CHECK(finished.took < 30s);
}

TEST_CASE("the grace period ends early when everybody is gone") {
  const auto finished =
      Launch{}.ranks(2).flag("--grace", "50s").worker("exit 7 if rank==0", "sleep forever").expect_exit(7);
  CHECK(finished.took < 40s);
}

TEST_CASE("a stopped rank is continued so that it can end") {
  const ScratchDir folder;
  const auto finished = Launch{}
                            .ranks(2)
                            .flag("--grace", "50s")
                            .worker("trap TERM exit 0", "meet " + folder.path().string(), "stop if rank==1",
                                    "sleep 300 if rank==0", "exit 7 if rank==0", "sleep forever")
                            .expect_exit(7);
  CHECK(finished.took < 40s);
}

TEST_CASE("what a crashed rank has started is killed") {
  Launch{}
      .ranks(2)
      .worker("fork close; ignore TERM,HUP,INT; sleep forever if rank==1", "die SEGV if rank==1", "sleep forever")
      .expect_exit(139);
}

TEST_CASE("what a rank that ended well has left behind is killed") {
  const auto* kind = GENERATE("fork", "session", "daemon");
  Launch{}.worker(std::string(kind) + " close; ignore TERM,HUP; sleep forever").expect_exit(0).expect_err("");
}

TEST_CASE("a stopped daemon is killed") { Launch{}.worker("daemon close; stop").expect_exit(0); }

TEST_CASE("a chain of daemons is killed") {
  Launch{}
      .ranks(2)
      .worker("daemon close; daemon session fork sleep forever; sleep forever", "exit 3 if rank==1", "sleep forever")
      .expect_exit(3);
}

TEST_CASE("a helper that ends within the linger is left alone") {
  const ScratchDir folder;
  Launch{}.flag("--linger", "30s").worker("fork close; sleep 200; touch " + folder.file("tidied-up")).expect_exit(0);
  CHECK(files_below(folder.path()) == std::vector<std::string>{"tidied-up"});
}

TEST_CASE("the linger ends early when the family is gone") {
  const auto finished = Launch{}.flag("--linger", "50s").worker("fork close; sleep 50").expect_exit(0);
  CHECK(finished.took < 40s);
}

TEST_CASE("a helper that outstays the linger is killed") {
  const auto finished = Launch{}.flag("--linger", "100ms").worker("fork close; sleep forever").expect_exit(0);
  CHECK(finished.took < 30s);
}

TEST_CASE("with --on-failure continue the others finish and the first failure counts") {
  const ScratchDir folder;
  Launch{}
      .ranks(3)
      .flag("--on-failure", "continue")
      .worker("meet " + folder.path().string(), "exit 4 if rank==1", "sleep 200", "print done")
      .expect_exit(4)
      .expect_lines({labelled(0, "done"), labelled(2, "done")});
}

TEST_CASE("a rank that ends well does not end the others") {
  Launch{}
      .ranks(2)
      .worker("exit 0 if rank==0", "sleep 200", "print done")
      .expect_exit(0)
      .expect_out(labelled(1, "done\n"));
}

TEST_CASE("a rank that kills the whole of its group takes nobody else along") {
  Launch{}
      .ranks(2)
      .program("bash", "-c", "if [ $RANK = 1 ]; then kill -9 0; fi; trap 'exit 0' TERM; sleep 1000 & wait")
      .expect_exit(137);
}

TEST_CASE("a job with many failing ranks ends with the code of one of them") {
  const auto finished = Launch{}.ranks(64).worker("exit 9").run();
  finished.expect_exit(9);
}
