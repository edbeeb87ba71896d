#include "gpulaunch/diagnosis/error_file.hpp"

#include "catch.hpp"
#include "temp_folder.hpp"

#include <sys/stat.h>

using namespace gpulaunch;
using gpulaunch::testing::TempFolder;

TEST_CASE("the record that torch's @record writes is read with message, call stack and time") {
  const auto record = parse_error_record(
      R"({"message": {"message": "ValueError: bad", "extraInfo": {"py_callstack": "Traceback\n  x\nValueError: bad",)"
      R"( "timestamp": "1795349148"}}})");
  REQUIRE(record);
  CHECK(record->message == "ValueError: bad");
  CHECK(record->callstack == "Traceback\n  x\nValueError: bad");
  CHECK(record->timestamp == 1795349148);
}

TEST_CASE("the short record is read with its time as a number or as text") {
  for (const auto* text : {R"({"message": "text", "timestamp": 10})", R"({"message": "text", "timestamp": "10"})",
                           R"({"message": "text", "timestamp": 10.9})"}) {
    const auto record = parse_error_record(text);
    REQUIRE(record);
    CHECK(record->message == "text");
    CHECK(record->callstack.empty());
    CHECK(record->timestamp == 10);
  }
}

TEST_CASE("a record without a usable time still gives its message") {
  for (const auto* text : {R"({"message": "text"})", R"({"message": "text", "timestamp": "soon"})",
                           R"({"message": "text", "timestamp": 1e300})", R"({"message": "text", "timestamp": [1]})"}) {
    const auto record = parse_error_record(text);
    REQUIRE(record);
    CHECK(record->message == "text");
    CHECK_FALSE(record->timestamp);
  }
}

TEST_CASE("a nested record without a message takes the last line of its call stack") {
  const auto record = parse_error_record(R"({"message": {"extraInfo": {"py_callstack": "Traceback\nKeyError: 3\n"}}})");
  REQUIRE(record);
  CHECK(record->message == "KeyError: 3");
}

TEST_CASE("what is no record says nothing") {
  for (const auto* text : {"", "{", "[]", "17", "null", "{}", R"({"message": null})", R"({"message": ""})",
                           R"({"message": {"message": 3}})", R"({"message": [{"message": "x"}]})",
                           R"({"message": {"extraInfo": "x"}})", "{\"message\": \"\xff\"}", "{\"message\": \"cut o"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_error_record(text));
  }
  CHECK_FALSE(parse_error_record(std::string(200'000, '[')));
}

TEST_CASE("an error file that is missing, too large or no regular file says nothing") {
  const TempFolder folder;
  CHECK_FALSE(read_error_file(""));
  CHECK_FALSE(read_error_file(folder.path("none.json")));
  CHECK_FALSE(read_error_file(folder.path(".")));
  CHECK_FALSE(
      read_error_file(folder.file("large.json", R"({"message": ")" + std::string(2UL * 1024 * 1024, 'x') + R"("})")));
  REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
  CHECK_FALSE(read_error_file(folder.path("fifo")));
  CHECK(read_error_file(folder.file("good.json", R"({"message": "text"})")));
}
