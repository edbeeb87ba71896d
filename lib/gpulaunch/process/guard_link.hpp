// What the guardians of a job say to each other. Each two of them share one socket, which is their leash too: the
// kernel closes the ends of a dead process, so its peers read the end of the link, however it died and however late
// they look. Nothing here allocates or blocks: a guardian must be able to act when the machine has nothing left.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/fd.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gpulaunch {

struct GuardMessage {
  enum class Kind : std::int32_t {
    signal,      // front or anchor to core: `value` arrived
    orphaned,    // front to core: why the SIGTERM that follows has come
    resumed,     // front to core: the shell has continued us
    suspend,     // core to front: the ranks are stopped, stop yourself
    take_place,  // core to anchor: leave the front's group, `value` is a SessionPlace
    placed,      // anchor to core: done
    folder,      // core to both: `text` is a folder to remove where the core cannot
    cgroup,      // core to both: `text` is the cgroup that everybody whom it starts from now on is in
    take_over,   // front to anchor: the core is stuck, end everybody
    refused,     // anchor to front: there is no core, and `text` says why
    core_ended,  // anchor to front: without a verdict; `value` is its exit code, or minus the signal
    finished,    // core to both: the verdict; nothing follows but its exit
  };
  Kind kind = Kind::signal;
  std::int32_t value = 0;   // signal: its number; finished: the exit code
  std::int32_t signal = 0;  // finished: the signal to die of, or 0
  bool from_kernel = false;
  bool delivered = false;  // signal: its sender gave it to the ranks too
  bool to_group = false;   // finished: the front's group gets the signal as well
  bool abandoned = false;  // finished: something could not be killed, and the anchor stays with it
};

class GuardLink {
 public:
  static constexpr std::size_t longest_text = 1024;

  GuardLink() = default;
  explicit GuardLink(Fd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] static Result<std::array<GuardLink, 2>> pair();

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool open() const { return static_cast<bool>(fd_); }
  void close() { fd_.reset(); }

  // A peer that is gone or does not listen misses it; text beyond the longest is refused.
  bool send(const GuardMessage& message, std::string_view text = {}) const noexcept;

  // False while the peer has something of ours that it has not taken.
  [[nodiscard]] bool all_taken() const noexcept;

  struct Received {
    std::optional<GuardMessage> message;
    std::string_view text;  // valid until the next call
    bool peer_gone = false;
  };
  [[nodiscard]] Received receive() noexcept;

 private:
  Fd fd_;
  std::array<char, longest_text> text_{};
};

}  // namespace gpulaunch
