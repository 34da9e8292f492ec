# embed.cmake: writes the lines of text files as C strings: `const char *const NAME[]`, ended by NULL.
# cmake -DNAME=identifier -DINPUTS=file,file -DOUTPUT=file -P embed.cmake
string(REPLACE "," ";" inputs "${INPUTS}")
set(text "/* The lines of ${INPUTS}; made by compiler/backend/embed.cmake. */\n#include <stddef.h>\n\n")
string(APPEND text "extern const char *const ${NAME}[];\nconst char *const ${NAME}[] = {\n")
foreach(input IN LISTS inputs)
  file(READ "${input}" lines)
  string(REPLACE "\\" "\\\\" lines "${lines}")
  string(REPLACE "\"" "\\\"" lines "${lines}")
  string(REPLACE "\n" "\\n\",\n\"" lines "${lines}")
  string(APPEND text "\"${lines}\",\n")
endforeach()
string(APPEND text "NULL};\n")
file(WRITE "${OUTPUT}" "${text}")
