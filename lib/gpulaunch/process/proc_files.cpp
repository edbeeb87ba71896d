#include "gpulaunch/process/proc_files.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace gpulaunch {
namespace {

// struct linux_dirent64, which no header of glibc's declares: {inode, offset, length of the entry, type, name}.
constexpr std::size_t length_at = 16;
constexpr std::size_t name_at = 19;

std::optional<int> whole_number(std::string_view text) noexcept {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

ProcPath& ProcPath::operator/(std::string_view name) noexcept {
  append("/");
  append(name);
  return *this;
}

ProcPath& ProcPath::operator/(pid_t number) noexcept {
  std::array<char, 16> digits{};
  const auto* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return *this / std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void ProcPath::append(std::string_view text) noexcept {
  const auto fitting = text.substr(0, text_.size() - 1 - size_);
  std::ranges::copy(fitting, text_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += fitting.size();
}

NumberFolder::NumberFolder(const ProcPath& path) noexcept
    : folder_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

std::optional<int> NumberFolder::next() noexcept {
  while (at_ < size_ || refill()) {
    std::uint16_t length = 0;
    std::memcpy(&length, &entries_[at_ + length_at], sizeof length);
    const char* name = &entries_[at_ + name_at];
    at_ += length;
    if (const auto number = whole_number(name)) return number;
  }
  return std::nullopt;
}

bool NumberFolder::refill() noexcept {
  const long size = ::syscall(SYS_getdents64, folder_.get(), entries_.data(), entries_.size());
  at_ = 0;
  size_ = static_cast<std::size_t>(std::max(size, 0L));
  return size > 0;
}

ChildList::ChildList(pid_t process, pid_t thread) noexcept
    : file_(::open((ProcPath() / process / "task" / thread / "children").c_str(), O_RDONLY | O_CLOEXEC)) {}

std::optional<pid_t> ChildList::next() noexcept {
  pid_t number = 0;
  for (char digit = next_character(); digit >= '0' && digit <= '9'; digit = next_character()) {
    number = number * 10 + (digit - '0');
  }
  return number > 0 ? std::optional(number) : std::nullopt;
}

char ChildList::next_character() noexcept {
  if (at_ == size_) {
    const ssize_t size = ::read(file_.get(), text_.data(), text_.size());
    at_ = 0;
    size_ = static_cast<std::size_t>(std::max<ssize_t>(size, 0));
  }
  return at_ < size_ ? text_[at_++] : '\0';
}

std::optional<std::string_view> read_beginning(const ProcPath& path, std::span<char> buffer) noexcept {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
  return size >= 0 ? std::optional(std::string_view(buffer.data(), static_cast<std::size_t>(size))) : std::nullopt;
}

std::optional<std::string> read_proc(const ProcPath& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  std::array<char, 4096> part;
  ssize_t size = 0;
  while ((size = ::read(file.get(), part.data(), part.size())) > 0) text.append(part.data(), std::size_t(size));
  return size == 0 ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace gpulaunch
