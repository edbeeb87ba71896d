#include "catch.hpp"
#include "gpulaunch/options/catalog.hpp"
#include "parse.hpp"

#include <set>

using namespace gpulaunch;
using namespace gpulaunch::test;

TEST_CASE("an option takes its value in any of the usual ways") {
  for (const auto& words : {Words{"-n", "3"}, Words{"-n3"}, Words{"-n=3"}, Words{"--nproc", "3"}, Words{"--nproc=3"},
                            Words{"--nproc-per-node=3"}, Words{"--nproc_per_node", "3"}, Words{"--nproc_per-node=3"}}) {
    CHECK(options_of(words).job.nproc.count == 3);
  }
}

TEST_CASE("names may be written with dashes or underscores") {
  CHECK(options_of({"--max_restarts=2"}).failure.max_restarts == 2);
  CHECK(options_of({"--on_failure", "continue"}).failure.on_failure == OnFailure::keep_going);
  CHECK(options_of({"--log_dir=x_y"}).output.log_dir == "x_y");
}

TEST_CASE("the last value of a repeated option wins") {
  CHECK(options_of({"-n", "2", "--nproc_per_node=5", "-n7"}).job.nproc.count == 7);
  CHECK(options_of({"--pty", "--pty=false"}).output.pty == false);
}

TEST_CASE("an earlier value that is replaced must be right all the same") {
  CHECK(error_of({"-n", "none", "-n", "2"}).starts_with("--nproc: 'none'"));
}

TEST_CASE("an unambiguous beginning stands for the whole name") {
  CHECK(options_of({"--redirect=3"}).output.redirects.every_rank == StreamSet::both);
  CHECK(options_of({"--oversub"}).job.oversubscribe);
  CHECK(options_of({"--nproc-per", "2"}).job.nproc.count == 2);
  CHECK(options_of({"--max_re", "1"}).failure.max_restarts == 1);
}

TEST_CASE("an exact name is never ambiguous") {
  CHECK(options_of({"--log", "x"}).output.log_file == "x");
  CHECK(options_of({"--label", "never"}).output.label == When::never);
  CHECK(options_of({"--env", "A=1"}).environment.assignments.size() == 1);
}

TEST_CASE("an ambiguous beginning is refused with the candidates") {
  CHECK(error_of({"--lo=x"}) ==
        "option '--lo' could be any of --local-rank-arg, --log-line-prefix-template, --local-ranks-filter, --log, "
        "--log-dir, --local-addr, --logs-specs");
  CHECK(error_of({"--event=x"}) == "option '--event' could be any of --events, --events-output, --event-log-handler");
}

TEST_CASE("as torchrun, a beginning means one of torchrun's flags if it can") {
  const World torchrun{.program = "torchrun"};
  CHECK(options_of({"--local-rank=1"}, torchrun).output.local_ranks_filter == RankSet{1});
  CHECK(error_of({"--local-rank=1"}) == "option '--local-rank' could be any of --local-rank-arg, --local-ranks-filter");
  CHECK(options_of({"--redir", "1"}, torchrun).output.redirects.every_rank == StreamSet::out);
  CHECK(options_of({"--event=console"}, torchrun).notices.size() == 1);
  CHECK(options_of({"--times"}, torchrun).output.timestamps);
  CHECK(error_of({"--r=1"}, torchrun) ==
        "option '--r' could be any of --run-path, --redirects, --role, --rdzv-id, --rdzv-backend, --rdzv-endpoint, "
        "--rdzv-conf");
}

TEST_CASE("a misspelt option is refused with the likely one") {
  CHECK(error_of({"--nprco", "2"}) == "unknown option '--nprco'; did you mean --nproc?");
  CHECK(error_of({"--nprocs=2"}) == "unknown option '--nprocs'; did you mean --nproc?");
  CHECK(error_of({"--time-out=2"}) == "unknown option '--time-out'; did you mean --timeout?");
  CHECK(error_of({"--log-directory=x"}) == "unknown option '--log-directory'; did you mean --log-dir?");
  CHECK(error_of({"--standalon_"}).find("did you mean --standalone?") != std::string::npos);
  CHECK(error_of({"-nproc", "2"}) == "unknown option '-nproc'; did you mean --nproc?");
  CHECK(error_of({"-log_dir=x"}) == "unknown option '-log_dir'; did you mean --log-dir?");
  CHECK(error_of({"--frobnicate"}) == "unknown option '--frobnicate'; --help lists all options");
  CHECK(error_of({"-x"}) == "unknown option '-x'; --help lists all options");
  CHECK(error_of({"-vx"}) == "unknown option '-vx'; --help lists all options");
  CHECK(error_of({"--=3"}).starts_with("unknown option '--'"));
  CHECK(error_of({"---nproc"}).starts_with("unknown option '---nproc'"));
  CHECK(error_of({"--" + std::string(100'000, 'x')}).size() < 200);
}

TEST_CASE("hidden options are neither guessed nor cut short") {
  CHECK(error_of({"--print-ma"}).find("print-man") == std::string::npos);
  CHECK(error_of({"--print-mann"}).find("print-man?") == std::string::npos);
}

TEST_CASE("an option whose value is missing says which value it wants") {
  CHECK(parse({"--nproc"}).error().message == "--nproc needs a value (N|gpu|auto|cpu)");
  CHECK(parse({"--log", "--", "x"}).error().message == "--log needs a value (FILE)");
  CHECK(error_of({"--log", "--tee"}) == "--log needs a value (FILE); if '--tee' is meant, write --log='--tee'");
  CHECK(error_of({"-n", "-2"}) == "--nproc: '-2' is not a number of ranks (allowed: 1 to 1024, gpu, auto, cpu)");
  CHECK(error_of({"--nproc="}) == "--nproc: '' is not a number of ranks (allowed: 1 to 1024, gpu, auto, cpu)");
}

TEST_CASE("flags take a value only when it is attached") {
  CHECK(options_of({"--collapse=true"}).output.collapse);
  CHECK_FALSE(options_of({"--collapse=0"}).output.collapse);
  CHECK(error_of({"--collapse=maybe"}) == "--collapse: 'maybe' is not a yes or no (allowed: 1, 0, true, false)");
  CHECK(parse({"--collapse", "true"})->options.command == Words{"true"});
}

TEST_CASE("letters of flags may stand together") {
  const auto options = options_of({"-mvn2"});
  CHECK(options.job.module);
  CHECK(options.report.verbosity == 1);
  CHECK(options.job.nproc.count == 2);
}

TEST_CASE("no name or letter belongs to two options, and every option can be used, refused or asked for") {
  std::set<std::string> names;
  for (const auto* definition : make_catalog()) {
    CHECK(names.insert(std::string(definition->name)).second);
    if (!definition->torchrun.empty() && definition->torchrun != definition->name) {
      CHECK(names.insert(std::string(definition->torchrun)).second);
    }
    if (definition->letter != '\0') CHECK(names.insert({'-', definition->letter}).second);
    CHECK_FALSE(definition->help.empty());
    CHECK(definition->help.back() != '.');
    const bool has_use = definition->apply != nullptr || definition->verb != Verb::run;
    CHECK(has_use);
    CHECK((definition->takes == Takes::flag || !definition->metavar.empty()));
  }
}
