#include "gpulaunch/diagnosis/matching/signature.hpp"

namespace gpulaunch {

std::string_view strength_text(Strength strength) {
  switch (strength) {
    case Strength::certain: return "certain";
    case Strength::likely: return "likely";
    case Strength::possible: break;
  }
  return "possible";
}

bool EndPattern::matches(const Outcome& outcome) const {
  if (code) return outcome.kind == Outcome::Kind::exited && outcome.value == *code;
  if (signo) return outcome.kind == Outcome::Kind::signaled && outcome.value == *signo;
  return core && outcome.core_dumped;
}

}  // namespace gpulaunch
