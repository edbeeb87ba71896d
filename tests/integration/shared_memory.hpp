// What PyTorch programs leave behind in /dev/shm.
#pragma once

#include <string>
#include <vector>

namespace harness {

// The names of the tensors in shared memory now. Other programs' files there, semaphores of killed pools among them,
// are none of a test's business.
std::vector<std::string> shared_tensors();

// Waits until no tensor is there that was not in `before`: other tests' tensors come and go, what a job has leaked
// stays. Gives what is still there after a minute.
std::vector<std::string> shared_tensors_left_since(const std::vector<std::string>& before);

}  // namespace harness
