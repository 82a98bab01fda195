# Arrow C++ as it comes in the pinned `pyarrow` wheel of .venv (`pip install .`: of the Python that builds):
# headers and shared libraries, but no CMake package and no unversioned library names, so the imported
# targets name the files.
#
# Gives: ArrowWheel::arrow, ArrowWheel::parquet, ArrowWheel::arrow_s3, ArrowWheel_DIR; ArrowWheel_SONAME
# (libarrow.so.2600) and ArrowWheel_SERIES (26.0). Programs find the libraries by RPATH.
if(SKBUILD)
  set(_python ${Python_EXECUTABLE})
else()
  set(_python ${CMAKE_SOURCE_DIR}/.venv/bin/python)
endif()
execute_process(COMMAND ${_python} -c "import importlib.util as u, os; print(os.path.dirname(u.find_spec('pyarrow').origin))"
                OUTPUT_VARIABLE ArrowWheel_DIR OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
file(GLOB _arrow ${ArrowWheel_DIR}/libarrow.so.*)
file(GLOB _parquet ${ArrowWheel_DIR}/libparquet.so.*)
file(GLOB _arrow_s3 ${ArrowWheel_DIR}/libarrow_s3.so.*)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  ArrowWheel REQUIRED_VARS ArrowWheel_DIR _arrow _parquet _arrow_s3
  REASON_FAILURE_MESSAGE "no pyarrow wheel in .venv: run `make setup`")

list(GET _arrow 0 ArrowWheel_SONAME)
get_filename_component(ArrowWheel_SONAME ${ArrowWheel_SONAME} NAME)
string(REGEX REPLACE ".*\\.so\\.([0-9][0-9])0?([0-9]+)$" "\\1.\\2" ArrowWheel_SERIES ${ArrowWheel_SONAME})

foreach(_lib arrow parquet arrow_s3)
  if(NOT TARGET ArrowWheel::${_lib})
    list(GET _${_lib} 0 _file)
    add_library(ArrowWheel::${_lib} SHARED IMPORTED)
    set_target_properties(ArrowWheel::${_lib} PROPERTIES IMPORTED_LOCATION ${_file}
                          INTERFACE_INCLUDE_DIRECTORIES ${ArrowWheel_DIR}/include)
  endif()
endforeach()
set_target_properties(ArrowWheel::parquet ArrowWheel::arrow_s3
                      PROPERTIES INTERFACE_LINK_LIBRARIES ArrowWheel::arrow)
