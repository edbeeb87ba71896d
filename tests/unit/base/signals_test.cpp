#include "gpulaunch/base/signals.hpp"

#include "catch.hpp"
#include "gpulaunch/base/outcome.hpp"
#include "gpulaunch/base/secrets.hpp"

using namespace gpulaunch;

TEST_CASE("every signal's name is read back as its number") {
  for (int number = 1; number <= signo::max; ++number) {
    const auto name = signal_name(number);
    if (name.starts_with("SIG")) CHECK(parse_signal(name) == number);
  }
}

TEST_CASE("signals are accepted by short name, number and any case, and nothing else") {
  CHECK(parse_signal("TERM") == 15);
  CHECK(parse_signal("sigusr1") == 10);
  CHECK(parse_signal("15") == 15);
  CHECK(parse_signal("RTMIN+3") == 37);
  for (const auto* bad : {"", "0", "65", "-1", "TER", "SIG", "RTMIN+99", "RTMIN-1", "15x"}) CHECK(!parse_signal(bad));
}

TEST_CASE("an outcome says how a process ended and which exit code stands for it") {
  CHECK(Outcome::exited(3).describe() == "exited with code 3");
  CHECK(Outcome::signaled(11, true).describe() == "was killed by SIGSEGV (signal 11, core dumped)");
  CHECK(Outcome::signaled(9).exit_code() == 137);
  CHECK(Outcome::exited(0).success());
  CHECK_FALSE(Outcome::signaled(0).success());
}

TEST_CASE("secrets are known by their names") {
  for (const auto* name : {"HF_TOKEN", "my_secret", "DB_PASSWORD", "WANDB_API_KEY"}) CHECK(is_secret_name(name));
  for (const auto* name : {"PATH", "KEYBOARD", "MASTER_PORT"}) CHECK_FALSE(is_secret_name(name));
  CHECK(shown_value("HF_TOKEN", "hf_abc") == "***");
  CHECK(shown_value("HF_TOKEN", "").empty());
}
