#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

#include <set>

using namespace harness;

TEST_CASE("jobs that run at the same time get ports of their own") {
  const ScratchDir folder;
  const auto go_on = folder.file("go-on");
  std::vector<Job> jobs;
  std::set<std::string> ports;
  constexpr std::size_t count = 6;
  for (std::size_t i = 0; i < count; ++i) jobs.push_back(Launch{}.worker("env MASTER_PORT", "await " + go_on).start());
  for (auto& job : jobs) {
    job.wait_for_out("MASTER_PORT=");
    job.wait_for_out("\n");
    ports.insert(job.child().out());
  }
  CHECK(ports.size() == count);
  write_file(go_on, "");
  for (auto& job : jobs) job.finish().expect_exit(0);
}

TEST_CASE("rank 0 listens on the master port and the others reach it") {
  Launch{}
      .ranks(4)
      .worker("serve 3 if rank==0", "connect if rank!=0")
      .expect_exit(0)
      .expect_lines(
          {labelled(0, "served 3"), labelled(1, "connected"), labelled(2, "connected"), labelled(3, "connected")});
}

TEST_CASE("nobody else gets the master port while the job runs") {
  Launch{}.worker("bind").expect_exit(0).expect_out("bind: Address already in use\n");
}

TEST_CASE("an explicit master port and address are used") {
  // A port that a job of ours has just had is free and not in use by anybody.
  const auto first = Launch{}.worker("env MASTER_PORT").expect_exit(0);
  const auto port = variables_in(first.out).at("MASTER_PORT");
  Launch{}
      .flag("--master-port", port)
      .flag("--master-addr", "localhost")
      .worker("env MASTER_PORT MASTER_ADDR", "bind")
      .expect_exit(0)
      .expect_out("MASTER_PORT=" + port + "\nMASTER_ADDR=localhost\nbind: Address already in use\n");
}
