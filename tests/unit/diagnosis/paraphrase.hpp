// Real texts as another machine would have printed them: numbers, addresses, hosts and folders are others, what carries
// the meaning (error codes, signals) is the same. Tests of signatures use it: a rule that holds for one log alone
// fails.
#pragma once

#include <random>
#include <string>
#include <string_view>

[[nodiscard]] std::string paraphrased(std::string_view line, std::mt19937& random);
