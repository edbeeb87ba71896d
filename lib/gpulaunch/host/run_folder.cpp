#include "gpulaunch/host/run_folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <random>
#include <vector>

namespace gpulaunch {
namespace {

namespace fs = std::filesystem;

template <std::size_t Size>
std::array<std::uint8_t, Size> random_bytes() {
  std::array<std::uint8_t, Size> bytes{};
  // getrandom(2): up to 256 bytes come whole and uninterrupted. Where a sandbox refuses it, /dev/urandom has them.
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    std::random_device device("/dev/urandom");
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(device());
  }
  return bytes;
}

std::vector<std::string> places_for_runs(const Environment& environment) {
  std::vector<std::string> places;
  for (const char* name : {"GPULAUNCH_RUN_FOLDER", "XDG_RUNTIME_DIR", "TMPDIR"}) {
    const auto chosen = environment.get(name);
    if (chosen && chosen->starts_with('/')) places.emplace_back(*chosen);
  }
  places.insert(places.end(), {"/dev/shm", "/tmp"});
  return places;
}

template <std::size_t Size>
std::string random_letters() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz012345";
  static_assert(letters.size() == 32);  // a power of two: every letter is as likely
  std::string text;
  for (const auto byte : random_bytes<Size>()) text += letters[byte % letters.size()];
  return text;
}

std::string log_base_name(const std::string& run_id) {
  auto name = run_id + "_" + random_letters<8>();
  std::replace(name.begin(), name.end(), '/', '_');  // --rdzv-id may be any text
  return name;
}

}  // namespace

// Not mkdtemp(3), which tells the name when the folder is there already. Sixteen letters are nobody else's.
Result<RunFolder> RunFolder::create(const Environment& environment, const Announce& announce) {
  const auto places = places_for_runs(environment);
  int errnum = 0;
  for (const auto& place : places) {
    std::string path = place + "/gpulaunch-" + random_letters<16>();
    if (announce) announce(path);
    if (::mkdir(path.c_str(), 0700) == 0) return RunFolder(std::move(path));
    errnum = errno;
  }
  return fail_errno(fmt::format("cannot make a private folder in {}", fmt::join(places, " or ")), errnum);
}

RunFolder::~RunFolder() {
  if (path_.empty()) return;
  // Links are removed, not followed; what cannot be removed is left, since nobody is there to be told.
  for_removal_.release();
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string temporary_folder(const Environment& environment) {
  const auto chosen = environment.get("TMPDIR");
  return chosen && !chosen->empty() ? std::string(*chosen) : "/tmp";
}

std::string make_run_id() {
  auto bytes = random_bytes<16>();
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x40U);  // version 4 (RFC 9562, section 5.4)
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);  // variant 10
  std::string id;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += fmt::format("{:02x}", bytes[i]);
  }
  return id;
}

Result<std::string> create_log_base(const std::string& log_dir, const std::string& run_id) {
  const auto base = fs::path(log_dir) / log_base_name(run_id);
  std::error_code error;
  fs::create_directories(base, error);
  if (error)
    return fail(ErrorKind::usage,
                fmt::format("--log-dir {}: cannot make a folder there: {}", log_dir, error.message()));
  return base.string();
}

}  // namespace gpulaunch
