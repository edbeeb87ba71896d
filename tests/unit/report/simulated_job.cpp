#include "simulated_job.hpp"

namespace gpulaunch::testing {

// Not inline: GCC 12, optimising, takes members of the variant's other alternatives for uninitialised.
SimulatedJob& SimulatedJob::emit(decltype(JobEvent::what) what) {
  events_.push_back({clock_, std::move(what)});
  return *this;
}

}  // namespace gpulaunch::testing
