# cmake -DINPUT=… -DOUTPUT=… -DNAME=… -P EmbedText.cmake: a file's bytes as the function signals::NAME().
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "#include <string_view>

namespace signals {

std::string_view ${NAME}();
std::string_view ${NAME}() {
  static const unsigned char bytes[] = {
${bytes}};
  return {reinterpret_cast<const char*>(bytes), sizeof(bytes)};
}

}  // namespace signals
")
