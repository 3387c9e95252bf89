#!/usr/bin/env bash
# Builds the peer benchmark, makes libtorch load where libstdc++ is too old, and runs FeatureMap against libtorch.
#
#   bench/run-against-libtorch.sh [pair] [options]      the table: training steps and evaluation, in alternation; --help lists the options
#   bench/run-against-libtorch.sh check [options]       outputs, loss and one step of every network of the zoo in both engines
#   bench/run-against-libtorch.sh session [options]     the session of featuremap-torch against a loop written for libtorch
#   bench/run-against-libtorch.sh memory [options]      peak memory of training steps
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$bench/FeatureMap.Benchmarks.Torch
output=$project/bin/Release/net10.0
[[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || { echo "libtorch is referenced for Linux x64 only" >&2; exit 1; }
command=pair
case ${1-} in pair | session | check | memory) command=$1; shift ;; esac
dotnet build --configuration Release --verbosity quiet --nologo -consoleLoggerParameters:ErrorsOnly "$project" >&2
"$bench/make-torchsharp-load.sh" "$output/runtimes/linux-x64/native" >&2
exec dotnet "$output/FeatureMap.Benchmarks.Torch.dll" "$command" "$@"
