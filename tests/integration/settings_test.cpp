// Where values come from when the command line is silent: PET_* variables over the config file over the defaults.
#include "catch.hpp"
#include "launch.hpp"

using namespace harness;

namespace {

std::vector<std::string> ranks_said(const Finished& finished) {
  finished.expect_exit(0);
  return split_lines(finished.out);
}

}  // namespace

TEST_CASE("PET variables are defaults and the command line wins over them") {
  CHECK(ranks_said(Launch{}.env("PET_NPROC_PER_NODE", "3").worker("print x").run()).size() == 3);
  CHECK(ranks_said(Launch{}.env("PET_NPROC_PER_NODE", "3").ranks(2).worker("print x").run()).size() == 2);
}

TEST_CASE("a bad PET variable is named") {
  const auto finished = Launch{}.env("PET_NPROC_PER_NODE", "lots").program("true").run();
  expect_usage_error(finished, {"PET_NPROC_PER_NODE", "lots"});
}

TEST_CASE("PET variables for switches") {
  const ScratchDir folder;
  write_file(folder.file("trainer.py"), "print('module')\n");
  Launch{}.env("PET_MODULE", "1").in_directory(folder.path()).program("trainer").expect_exit(0).expect_out("module\n");
  Launch{}.env("PET_MODULE", "0").program("echo", "x").expect_exit(0).expect_out("x\n");
}

TEST_CASE("PET variables do not reach into a nested launcher as ours") {
  Launch{}
      .ranks(2)
      .program(Launch::program_path(), Launch::worker_path(), "env WORLD_SIZE RANK")
      .expect_exit(0)
      .expect_lines(
          {labelled(0, "WORLD_SIZE=1"), labelled(0, "RANK=0"), labelled(1, "WORLD_SIZE=1"), labelled(1, "RANK=0")});
}

TEST_CASE("a config file gives defaults below PET variables and the command line") {
  const ScratchDir folder;
  write_file(folder.file("job.toml"), "nproc = 3\nlabel = \"never\"\n");
  const auto config = folder.file("job.toml");
  CHECK(ranks_said(Launch{}.flag("--config", config).worker("print x").run()) ==
        std::vector<std::string>{"x", "x", "x"});
  CHECK(ranks_said(Launch{}.flag("--config", config).env("PET_NPROC_PER_NODE", "2").worker("print x").run()).size() ==
        2);
  CHECK(ranks_said(Launch{}.flag("--config", config).ranks(4).worker("print x").run()).size() == 4);
}

TEST_CASE("a config file that is missing or broken or has an unknown key is a usage error") {
  const ScratchDir folder;
  expect_usage_error(Launch{}.flag("--config", folder.file("none.toml")).program("true").run(), {"none.toml"});
  write_file(folder.file("broken.toml"), "nproc = [\n");
  expect_usage_error(Launch{}.flag("--config", folder.file("broken.toml")).program("true").run(), {"broken.toml"});
  write_file(folder.file("typo.toml"), "nprok = 2\n");
  expect_usage_error(Launch{}.flag("--config", folder.file("typo.toml")).program("true").run(), {"typo.toml", "nprok"});
  write_file(folder.file("bad.toml"), "nproc = -2\n");
  expect_usage_error(Launch{}.flag("--config", folder.file("bad.toml")).program("true").run(), {"nproc", "-2"});
}

TEST_CASE("an environment file and --env set variables and the last one wins") {
  const ScratchDir folder;
  write_file(folder.file("job.env"), "# comment\nFIRST=from file\nSECOND=from file\n\nexport THIRD=\"x y\"\n");
  Launch{}
      .flag("--env-file", folder.file("job.env"))
      .flag("--env", "SECOND=from flag")
      .flag("--env", "EMPTY=")
      .worker("env FIRST SECOND THIRD EMPTY")
      .expect_exit(0)
      .expect_out("FIRST=from file\nSECOND=from flag\nTHIRD=x y\nEMPTY=\n");
}

TEST_CASE("a missing environment file and a missing --chdir are usage errors") {
  expect_usage_error(Launch{}.flag("--env-file", "/no/such.env").program("true").run(), {"--env-file", "/no/such.env"});
  expect_usage_error(Launch{}.flag("--chdir", "/no/such/dir").program("true").run(), {"--chdir", "/no/such/dir"});
}
