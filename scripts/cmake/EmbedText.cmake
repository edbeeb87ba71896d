# cmake -D OUTPUT=FILE.cpp -D FUNCTION=NAME -D HEADER=HEADER.hpp -D FOLDER=FOLDER -D NAMES=one,two -P EmbedText.cmake:
# text files as a C++ function that gives them as {name, pieces}. A piece ends at a line's end and stays under 60000
# bytes, because compilers need not accept longer string literals than 65536.
set(limit 60000)
set(delimiter "text")
string(REPLACE "," ";" names "${NAMES}")

function(add_piece text)
  if(text MATCHES "\\)${delimiter}\"")
    message(FATAL_ERROR "a text to embed contains )${delimiter}\"")
  endif()
  set(body "${body}      R\"${delimiter}(${text})${delimiter}\",\n" PARENT_SCOPE)
endfunction()

set(body "")
foreach(name IN LISTS names)
  file(READ "${FOLDER}/${name}" rest)
  string(APPEND body "    {\"${name}\", {\n")
  string(LENGTH "${rest}" length)
  while(length GREATER limit)
    string(SUBSTRING "${rest}" 0 ${limit} piece)
    string(FIND "${piece}" "\n" end REVERSE)
    if(end EQUAL -1)
      message(FATAL_ERROR "${name}: a line is longer than ${limit} bytes")
    endif()
    math(EXPR end "${end} + 1")
    string(SUBSTRING "${rest}" 0 ${end} piece)
    string(SUBSTRING "${rest}" ${end} -1 rest)
    add_piece("${piece}")
    string(LENGTH "${rest}" length)
  endwhile()
  add_piece("${rest}")
  string(APPEND body "    }},\n")
endforeach()

file(WRITE "${OUTPUT}" "// Written by scripts/cmake/EmbedText.cmake.
#include \"${HEADER}\"

namespace gpulaunch {

std::vector<EmbeddedText> ${FUNCTION}() {
  return {
${body}  };
}

}  // namespace gpulaunch
")
