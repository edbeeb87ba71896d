// compile_signatures OUTPUT.cpp FILE.toml…: a tool of the build. Reads the files strictly, so that a signature that
// cannot work stops the build with its file and line, and writes them as the C++ that compiled_signatures.hpp declares.
// What only tests need, the samples, stays behind.
#include "gpulaunch/diagnosis/matching/packed_signature.hpp"
#include "gpulaunch/diagnosis/matching/signature.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace {

using gpulaunch::Signature;

// Compilers need not accept longer string literals than 65536 bytes.
constexpr std::size_t longest_literal = 60'000;

[[noreturn]] void give_up(const std::string& message) {
  std::cerr << message << '\n';
  std::exit(EXIT_FAILURE);
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) give_up(fmt::format("{}: cannot be read", path.string()));
  return text;
}

std::vector<Signature> signatures_of(std::span<char*> paths) {
  std::vector<Signature> all;
  std::set<std::string> ids;
  for (const std::filesystem::path path : paths) {
    auto some = gpulaunch::parse_signatures(text_of(path), path.string());
    if (!some) give_up(some.error().message);
    for (auto& signature : *some) {
      if (!ids.insert(signature.id).second)
        give_up(fmt::format("{}: signature \"{}\" is in another file already", path.string(), signature.id));
      all.push_back(std::move(signature));
    }
  }
  return all;
}

std::vector<std::string> pieces_of(const std::vector<Signature>& signatures) {
  std::vector<std::string> pieces(1);
  for (const auto& signature : signatures) {
    const auto packed = gpulaunch::pack_signature(signature);
    if (pieces.back().size() + packed.size() > longest_literal) pieces.emplace_back();
    pieces.back() += packed;
  }
  return pieces;
}

std::string source_of(const std::vector<std::string>& pieces) {
  std::string literals;
  for (const auto& piece : pieces) literals += fmt::format("    R\"packed({})packed\",\n", piece);
  return fmt::format(R"(// Written by compile_signatures.
#include "gpulaunch/diagnosis/signatures/compiled_signatures.hpp"

namespace gpulaunch {{
namespace {{

constexpr std::string_view pieces[]{{
{}}};

}}  // namespace

std::span<const std::string_view> compiled_signatures() {{ return pieces; }}

}}  // namespace gpulaunch
)",
                     literals);
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() < 3) give_up("usage: compile_signatures OUTPUT.cpp FILE.toml…");
  std::ofstream output(arguments[1], std::ios::binary);
  output << source_of(pieces_of(signatures_of(arguments.subspan(2)))) << std::flush;
  if (!output) give_up(fmt::format("{}: cannot be written", arguments[1]));
  return EXIT_SUCCESS;
}
