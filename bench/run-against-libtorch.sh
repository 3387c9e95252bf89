#!/usr/bin/env bash
# Builds the peer benchmark, makes libtorch load where libstdc++ is too old, and runs FeatureMap against libtorch.
#
#   bench/run-against-libtorch.sh [options of 'pair'; --help lists them]
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$bench/FeatureMap.Benchmarks.Torch
output=$project/bin/Release/net10.0
[[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || { echo "libtorch is referenced for Linux x64 only" >&2; exit 1; }
dotnet build --configuration Release --verbosity quiet --nologo -consoleLoggerParameters:ErrorsOnly "$project" >&2
"$bench/make-torchsharp-load.sh" "$output/runtimes/linux-x64/native" >&2
exec dotnet "$output/FeatureMap.Benchmarks.Torch.dll" pair "$@"
