#include "gpulaunch/report/text.hpp"

#include "catch.hpp"

using namespace gpulaunch;

TEST_CASE("well-formed UTF-8 is told from what is none") {
  for (const auto* good : {"", "plain", "größer", "漢字", "😀"}) CHECK(is_utf8(good));
  // A lone continuation, a cut sequence, an overlong slash, a surrogate, beyond U+10FFFF, Latin-1.
  for (const auto* bad : {"\x80", "\xe6\xbc", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "gr\xf6"})
    CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("each byte that is no UTF-8 is replaced by U+FFFD and the rest is kept") {
  CHECK(replace_invalid("a\xff\xfe"
                        "b") ==
        "a\xef\xbf\xbd\xef\xbf\xbd"
        "b");
  CHECK(replace_invalid("größer 😀") == "größer 😀");
}

TEST_CASE("base64 agrees with the test vectors of RFC 4648") {
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xff\xfe\xfd") == "//79");
}

TEST_CASE("nothing that moves a cursor or reorders letters stays in a printable line") {
  CHECK(printable_line("plain größer 漢字", 100) == "plain größer 漢字");
  CHECK(printable_line("\ttab", 100) == "    tab");
  CHECK(printable_line("\x1b[1;31mred\x1b[0m text", 100) == "red text");
  CHECK(printable_line("up\x1b[2A, bell\x07, delete\x7f", 100) == "up\\x1b[2A, bell\\x07, delete\\x7f");
  CHECK(printable_line("\xc2\x9b"
                       "2J \xff \xe2\x80\xae"
                       "abc",
                       100) == "\\x9b2J \\xff \\u202eabc");
  CHECK(printable_line("cut \x1b[31", 100) == "cut \\x1b[31");
  CHECK(printable_line(std::string("nul\0end", 7), 100) == "nul\\x00end");
}

TEST_CASE("of a progress bar only the last state is shown") {
  CHECK(printable_line(" 10%\r 20%\r 30%", 100) == " 30%");
  CHECK(printable_line("loss 3\r", 100) == "loss 3");
  CHECK(printable_line("dos line\r\n", 100) == "dos line");
}

TEST_CASE("a line that is too long ends in an ellipsis within its columns") {
  CHECK(printable_line("12345", 5) == "12345");
  CHECK(printable_line("123456", 5) == "1234…");
  CHECK(printable_line("äöüäöü", 5) == "äöüä…");
  CHECK(printable_line("abc\x01", 5) == "abc…");
  CHECK(printable_line(std::string(1'000'000, 'x'), 200).size() == 199 + 3);
}
