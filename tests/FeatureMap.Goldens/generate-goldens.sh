#!/usr/bin/env bash
# Builds the generator, makes libtorch load where libstdc++ is too old, and writes tests/FeatureMap.Tests/Goldens anew (Linux x64).
#
#   tests/FeatureMap.Goldens/generate-goldens.sh [ops] [losses] [trainings]      without words: all of them
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$project/../.." && pwd)
output=$project/bin/Release/net10.0
[[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || { echo "libtorch is referenced for Linux x64 only" >&2; exit 1; }
dotnet build --configuration Release --verbosity quiet --nologo -consoleLoggerParameters:ErrorsOnly "$project" >&2
"$root/bench/make-torchsharp-load.sh" "$output/runtimes/linux-x64/native" >&2
exec dotnet "$output/FeatureMap.Goldens.dll" "$root/tests/FeatureMap.Tests/Goldens" "$@"
