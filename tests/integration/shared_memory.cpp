#include "shared_memory.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

using namespace std::chrono_literals;

namespace harness {

std::vector<std::string> shared_tensors() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    auto name = entry.path().filename().string();
    if (name.starts_with("torch_")) names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> shared_tensors_left_since(const std::vector<std::string>& before) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (true) {
    auto left = shared_tensors();
    std::erase_if(left, [&](const auto& name) { return std::ranges::find(before, name) != before.end(); });
    if (left.empty() || std::chrono::steady_clock::now() > deadline) return left;
    std::this_thread::sleep_for(20ms);
  }
}

}  // namespace harness
