# Flags that every target of ours takes; link `signals_options` to get them.
add_library(signals_options INTERFACE)
target_compile_features(signals_options INTERFACE cxx_std_20)
target_include_directories(signals_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
# A fused multiply-add rounds once where `ta` rounds twice: bit equality needs it off.
target_compile_options(signals_options INTERFACE -ffp-contract=off -Wall -Wextra -Wconversion
                                                 -Wshadow -Wpedantic)
target_compile_definitions(signals_options INTERFACE SIGNALS_VERSION="${PROJECT_VERSION}")
if(SIGNALS_WERROR)
  target_compile_options(signals_options INTERFACE -Werror)
endif()
if(SIGNALS_FUZZ)  # coverage counters in the libraries; the targets bring the fuzzer itself
  target_compile_options(signals_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(SIGNALS_SANITIZE)
  add_compile_options(-fsanitize=${SIGNALS_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SIGNALS_SANITIZE})
endif()

# signals_library(core SOURCES a.cc … LINK …): one static library per folder of src/. LINK names
# exactly the lower floors and the third parties that the folder may include.
function(signals_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(signals_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(signals_${name} PUBLIC signals_options ${ARG_LINK})
endfunction()

# signals_test(core SOURCES a_test.cc … LINK …): the tests of one folder, each test known to CTest.
function(signals_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  if(NOT TARGET GTest::gmock)
    return()
  endif()
  add_executable(${name}_test ${ARG_SOURCES})
  target_link_libraries(${name}_test PRIVATE signals_${name} ${ARG_LINK} GTest::gmock
                                             GTest::gtest_main)
  gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
                       WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()
