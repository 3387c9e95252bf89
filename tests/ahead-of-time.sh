#!/usr/bin/env bash
# Compiles samples/14-ahead-of-time.cs ahead of time: one small file that needs no .NET and computes the same bits as the program that is compiled as it runs.
#
#   tests/ahead-of-time.sh      needs clang or gcc, and the headers of zlib; says so and passes where they are missing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1
sample=samples/14-ahead-of-time.cs most=15000000
if ! { command -v clang || command -v gcc; } >/dev/null || ! echo '#include <zlib.h>' | cc -E - >/dev/null 2>&1; then
  echo "left out: compiling ahead of time needs clang or gcc, and zlib (apt-get install clang zlib1g-dev)"
  exit 0
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

set_of_instructions=""
if [[ $(uname -m) == x86_64 ]] && grep -qw avx2 /proc/cpuinfo 2>/dev/null; then set_of_instructions=-p:IlcInstructionSet=x86-64-v3; fi
dotnet publish "$sample" -o "$out" -v quiet $set_of_instructions || fail "it does not compile ahead of time"
program=$out/$(basename "$sample" .cs)
size=$(stat -c %s "$program")
"$program" | tee "$out/ahead"
dotnet run "$sample" | tee "$out/in-time"
grep -q "^compiled ahead of time" "$out/ahead" || fail "it was not compiled ahead of time"
[[ $(grep ^outputs "$out/ahead") == $(grep ^outputs "$out/in-time") ]] || fail "the bits of the outputs differ"
((size <= most)) || fail "it has $size bytes, and may have $most"
echo "$((size / 1000)) kB, the same bits"
