#include "gpulaunch/host/program.hpp"

#include "catch.hpp"
#include "scratch_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace gpulaunch;

namespace {

void write_program(const ScratchFolder& folder, const std::string& name, mode_t mode = 0755) {
  folder.write(name, "#!/bin/sh\n");
  REQUIRE(::chmod(folder.at(name).c_str(), mode) == 0);
}

Error error_of(const Result<std::string>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

}  // namespace

TEST_CASE("a program is found in the first folder of PATH that has it") {
  const ScratchFolder folder;
  write_program(folder, "a/tool");
  write_program(folder, "b/tool");
  write_program(folder, "b/other");
  const auto path = folder.at("none") + ":" + folder.at("a") + ":" + folder.at("b");
  CHECK(find_program({"tool", path, "/"}).value() == folder.at("a/tool"));
  CHECK(find_program({"other", path, "/"}).value() == folder.at("b/other"));
}

TEST_CASE("folders, plain files and folders named like the program are passed over in PATH") {
  const ScratchFolder folder;
  std::filesystem::create_directories(folder.at("a/tool"));
  write_program(folder, "b/tool", 0644);
  write_program(folder, "c/tool");
  const auto path = folder.at("a") + ":" + folder.at("b") + ":" + folder.at("c");
  CHECK(find_program({"tool", path, "/"}).value() == folder.at("c/tool"));
}

TEST_CASE("relative entries of PATH and empty ones count from the rank's working directory") {
  const ScratchFolder folder;
  write_program(folder, "bin/tool");
  write_program(folder, "here");
  CHECK(find_program({"tool", "nowhere:bin", folder.path()}).value() == "bin/tool");
  CHECK(find_program({"here", "/nowhere:", folder.path()}).value() == "./here");
}

TEST_CASE("an empty PATH is the system's own") { CHECK(find_program({"sh", "", "/"}).value() == "/bin/sh"); }

TEST_CASE("a program that is nowhere is reported with the places searched") {
  const ScratchFolder folder;
  const auto error = error_of(find_program({"trian", "/usr/bin:/bin", folder.path()}));
  CHECK(error.kind == ErrorKind::not_found);
  CHECK(error.message == "program not found: trian (searched /usr/bin:/bin)");
  CHECK(error_of(find_program({"", "/bin", "/"})).kind == ErrorKind::not_found);
}

TEST_CASE("a program that only the working directory has is suggested") {
  const ScratchFolder folder;
  write_program(folder, "train");
  CHECK_THAT(error_of(find_program({"train", "/nowhere", folder.path()})).message,
             Catch::Contains("did you mean ./train?"));
}

TEST_CASE("a program that PATH has without permission is not executable rather than not found") {
  const ScratchFolder folder;
  write_program(folder, "a/tool", 0644);
  const auto error = error_of(find_program({"tool", folder.at("a") + ":/nowhere", "/"}));
  CHECK(error.kind == ErrorKind::not_executable);
  CHECK_THAT(error.message, Catch::Contains(folder.at("a/tool")));
}

TEST_CASE("a name with a slash is not searched and counts from the working directory") {
  const ScratchFolder folder;
  write_program(folder, "sub/tool");
  CHECK(find_program({"sub/tool", "/nowhere", folder.path()}).value() == "sub/tool");
  CHECK(find_program({folder.at("sub/tool"), "", "/"}).value() == folder.at("sub/tool"));
  const auto missing = error_of(find_program({"./tool", folder.at("sub"), folder.path()}));
  CHECK(missing.kind == ErrorKind::not_found);
  CHECK(missing.message == "program not found: ./tool (in " + folder.path() + ")");
}

TEST_CASE("a directory and a file without permission are not executable") {
  const ScratchFolder folder;
  write_program(folder, "sub/plain", 0644);
  const auto directory = error_of(find_program({"./sub", "", folder.path()}));
  CHECK(directory.kind == ErrorKind::not_executable);
  CHECK(directory.message == "./sub is a directory, not a program");
  const auto plain = error_of(find_program({"sub/plain", "", folder.path()}));
  CHECK(plain.kind == ErrorKind::not_executable);
  CHECK_THAT(plain.message, Catch::Contains("sub/plain is not executable"));
}

TEST_CASE("a script must be there, be a file and be readable") {
  const ScratchFolder folder;
  folder.write("train.py", "");
  std::filesystem::create_directories(folder.at("pkg.py"));
  CHECK(check_script("train.py", folder.path()).has_value());
  CHECK(check_script(folder.at("train.py"), "/nowhere").has_value());
  const auto missing = check_script("trian.py", folder.path());
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().kind == ErrorKind::not_found);
  CHECK(missing.error().message == "script not found: trian.py (in " + folder.path() + ")");
  const auto directory = check_script("pkg.py", folder.path());
  REQUIRE_FALSE(directory.has_value());
  CHECK(directory.error().kind == ErrorKind::not_executable);
}

TEST_CASE("a script that cannot be read is not executable") {
  if (::geteuid() == 0) {
    WARN("skipped: root may read everything");
    return;
  }
  const ScratchFolder folder;
  folder.write("train.py", "");
  REQUIRE(::chmod(folder.at("train.py").c_str(), 0) == 0);
  CHECK(check_script("train.py", folder.path()).error().kind == ErrorKind::not_executable);
}
