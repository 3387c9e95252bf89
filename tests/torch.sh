#!/usr/bin/env bash
# Builds featuremap-torch, lets libtorch load where libstdc++ is too old, and tests it on libtorch for the processor (Linux x64). Where
# libtorch cannot be restored it says so and ends with 0: nothing else needs it.
#
#   tests/torch.sh [options of the test program, such as -class FeatureMap.Torch.Tests.OpTests]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$root/tests/FeatureMap.Torch.Tests
[[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || { echo "libtorch: left out, its tests are for Linux x64"; exit 0; }
if ! restored=$(dotnet restore --nologo -v quiet "$project" 2>&1); then
  echo "libtorch: left out, its package cannot be restored here (half a gigabyte from the package registry):"
  tail -n 3 <<<"$restored"
  exit 0
fi
dotnet build -c Release --no-restore --nologo -v quiet -consoleLoggerParameters:ErrorsOnly "$project"
for output in "$project" "$root/src/FeatureMap.Torch.Cli"; do
  "$root/bench/make-torchsharp-load.sh" "$output/bin/Release/net10.0/runtimes/linux-x64/native"
done
# On some processors libtorch 2.10's kernels for AVX-512 give wrong numbers (bench/README.md), on some those for AVX2 too: there the
# device is refused (ProcessorCheck).
device() { "$root/src/FeatureMap.Torch.Cli/bin/Release/net10.0/featuremap-torch" device torch-cpu >/dev/null 2>&1; }
if [[ ! -v ONEDNN_MAX_CPU_ISA ]]; then
  export ONEDNN_MAX_CPU_ISA=AVX2
  device || export ONEDNN_MAX_CPU_ISA=SSE41
fi
export ATEN_CPU_CAPABILITY=${ATEN_CPU_CAPABILITY-avx2}
exec dotnet "$project/bin/Release/net10.0/FeatureMap.Torch.Tests.dll" "$@"
