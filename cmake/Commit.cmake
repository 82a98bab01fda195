# cmake -DSOURCE=DIR -DHEADER=FILE -P Commit.cmake, at every build: the commit as a header, written anew only
# when it differs. SIGNALS_COMMIT of the environment names it where there is no repository (images, archives).
set(commit "$ENV{SIGNALS_COMMIT}")
if(commit STREQUAL "")
  execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
                  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
string(REGEX REPLACE "[^0-9A-Za-z._+-]" "" commit "${commit}")
if(commit STREQUAL "")
  set(commit "unknown")
endif()
set(text "#define SIGNALS_COMMIT \"${commit}\"\n")
set(before "")
if(EXISTS ${HEADER})
  file(READ ${HEADER} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${HEADER} "${text}")
endif()
