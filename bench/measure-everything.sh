#!/usr/bin/env bash
# Measures every table of bench/README.md that names another engine, and leaves them in a folder. Stopped and started again, it goes on
# behind the last finished match.
#
#   bench/measure-everything.sh [FOLDER] [options of 'pair', such as --rounds 5 --seconds 2]      FOLDER: runs/comparison
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$bench/../runs/comparison
if [[ $# -gt 0 && $1 != --* ]]; then folder=$1; shift; fi
mkdir -p "$folder"
"$bench/run-against-libtorch.sh" memory | tee "$folder/memory.md"
dotnet run -c Release --project "$bench/FeatureMap.Benchmarks" -- one-image | tee "$folder/one-image.md"
"$bench/run-against-libtorch.sh" pair --results "$folder/pair.jsonl" "$@" | tee "$folder/pair.md"
