#!/bin/sh
# The checks that take longer than `make test`; each ends with its runner's own closing line.
set -eu
cd "$(dirname "$0")/.."

step() { echo; echo "== $*"; }

build() {  # PRESET [TARGET…]
  cmake --preset "$1" --log-level=WARNING
  preset=$1; shift
  cmake --build "build/$preset" ${1:+--target "$@"}
}

step "format and lint"
make --no-print-directory format-check
tools/lint.sh quick

step "the documentation site"
make --no-print-directory site

step "instructions per row"
build release bench_kernels
.venv/bin/python bench/instructions.py

step "the page of the report, in a browser"
build release signals yahoo_sim
tools/check_page.sh

step "address and undefined-behaviour sanitizers"
build asan
ctest --test-dir build/asan --output-on-failure --no-tests=error -j2
# Not what only Python does, and not what takes minutes under them (test_run makes reports, too).
# shellcheck disable=SC2046  # a list of options
SIGNALS_BUILD=build/asan .venv/bin/python -m pytest -q -n2 -m "not preload and not pages" tests \
  $(printf -- '--ignore=tests/test_%s.py ' docs examples bench python_lake ta_oracle completion packages spark report churn init)

step "thread sanitizer"
build tsan
# Arrow's own allocator hands memory from thread to thread unseen by the sanitizer; malloc is seen.
export ARROW_DEFAULT_MEMORY_POOL=system TSAN_OPTIONS="suppressions=$PWD/tools/tsan.supp"
ctest --test-dir build/tsan --output-on-failure --no-tests=error -j2
SIGNALS_BUILD=build/tsan .venv/bin/python -m pytest -q -n2 -m "not preload" tests/test_load.py tests/test_transform.py

unset ARROW_DEFAULT_MEMORY_POOL TSAN_OPTIONS

step "the engine on ARM64"
make --no-print-directory build
cmake --build build/release --target engine_hash table_schemas
tools/check_arm.sh

step "fuzzers, briefly"
build fuzz fuzz_chart fuzz_csv fuzz_universe fuzz_metadata
for target in chart csv universe metadata; do
  mkdir -p "build/fuzz/corpus-$target"
  "build/fuzz/fuzz_$target" -max_total_time=25 -max_len=20000 -timeout=10 -verbosity=0 -print_final_stats=1 \
    "build/fuzz/corpus-$target" "testdata/$target" >"build/fuzz/$target.log" 2>&1 ||
    { tail -30 "build/fuzz/$target.log"; exit 1; }
  echo "fuzz_$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$target.log") inputs, no finding"
done

step "the CDK app"
tools/check_infra.sh

step "a lake in a bucket of an S3 server"
cmake --build build/release
SIGNALS_S3_SERVER=$PWD/build/tools/versitygw .venv/bin/python -m pytest -q -n2 tests/test_s3.py tests/test_s3_keys.py

step "the wheel, in an environment of its own"
SIGNALS_PACKAGES=1 .venv/bin/python -m pytest -q tests/test_packages.py tests/test_completion.py

step "Spark reads the lake, and computes the same bits"
SIGNALS_SPARK_JAR=$(ls "$PWD"/build/tools/iceberg-spark-runtime-*.jar) .venv/bin/python -m pytest -q tests/test_spark.py

step "the images, and the deployed chain in real containers on an emulator of AWS"
tools/test_cloud.sh

step "pages, examples and whole days that take longer than make test may"
.venv/bin/python -m pytest -q -n4 --dist worksteal -m long

step "kill -9 and full disks at length, the oracle on everything, memory"
SIGNALS_SOAK=1 .venv/bin/python -m pytest -q -n2 tests/test_crash.py tests/test_ta_oracle.py tests/test_transform.py \
  tests/test_soak.py
