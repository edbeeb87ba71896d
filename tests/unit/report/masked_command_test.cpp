#include "gpulaunch/report/masked_command.hpp"

#include "catch.hpp"

using namespace gpulaunch;

TEST_CASE("values of words with secret names are masked, and nothing else is") {
  const std::vector<std::string> words{
      "env", "HF_TOKEN=hf_abc", "--api-key=abc", "--lr=3", "WANDB_API_KEY=", "token", "a=b=c", "--password=x=y"};
  const std::vector<std::string> masked{
      "env", "HF_TOKEN=***", "--api-key=***", "--lr=3", "WANDB_API_KEY=", "token", "a=b=c", "--password=***"};
  CHECK(masked_command(words) == masked);
}

TEST_CASE("secrets in a line of words are masked and its blanks stay") {
  CHECK(masked_line("env HF_TOKEN=hf_abc  ./train --api-key=x ") == "env HF_TOKEN=***  ./train --api-key=*** ");
  CHECK(masked_line("").empty());
}
