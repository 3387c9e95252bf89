#!/bin/bash
# Fits pretrained weights to CIFAR-10 as JPEG files, the first names of each class: what the tool reaches, how long it takes, that the second
# run does not look at the pictures again, and that the same weights come out. Without the package in the NuGet cache it is restored first.
# The report is left out: it looks at each picture again. Usage: tests/campaigns/fine-tuning.sh CIFAR10-JPEG.zip [WEIGHTS.onnx] [TRAIN ARGUMENTS]
#   TRAINING=200 VALIDATION=50   pictures per class
set -eu
zip=$(realpath "$1"); shift
tool=$(realpath "${FEATUREMAP:-src/FeatureMap.Cli/bin/Release/net10.0/featuremap}")
id=microsoft.ml.dnnimagefeaturizer.resnet18 version=0.23.1
weights=${1:-}; [ $# -gt 0 ] && shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$weights" ]; then
    weights=${NUGET_PACKAGES:-$HOME/.nuget/packages}/$id/$version/tools/DnnImageModels/ResNet18Onnx/ResNet18.onnx
    if [ ! -f "$weights" ]; then
        mkdir "$work/get"
        cat > "$work/get/get.csproj" <<X
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
<ItemGroup><PackageReference Include="$id" Version="$version" ExcludeAssets="all" /></ItemGroup></Project>
X
        dotnet restore "$work/get" > "$work/get.txt" || { cat "$work/get.txt"; exit 1; }
    fi
fi
weights=$(realpath "$weights")
names() { unzip -Z1 "$zip" "$1/*" | grep -v '/$' | sort | awk -F/ -v most="$2" 'count[$2]++ < most'; }
{ names train "${TRAINING:-200}"; names test "${VALIDATION:-50}"; } > "$work/names.txt"
mkdir "$work/photos"
(cd "$work/photos" && xargs unzip -q "$zip" < "$work/names.txt")
export XDG_CACHE_HOME=$work/cache
run() {
    local start; start=$(date +%s.%N)
    (cd "$work" && "$tool" train ./photos --from "$weights" --out "$1" --no-report "${@:2}") > "$work/$1.txt" 2> "$work/$1-notes.txt" || { cat "$work/$1.txt" "$work/$1-notes.txt"; exit 1; }
    awk -v start="$start" -v end="$(date +%s.%N)" 'BEGIN { printf "%.1f s\n", end - start }'
}
took=$(run first "$@") || { echo "$took"; exit 1; }
echo "first run:  $took"
cat "$work/first-notes.txt" "$work/first.txt"
took=$(run second "$@") || { echo "$took"; exit 1; }
echo "second run: $took"
sha() { grep -o 'SHA-256 [0-9a-f]*' "$work/$1.txt" | tail -1; }
[ "$(sha first)" = "$(sha second)" ] || { echo "WRONG: the second run has other weights"; exit 1; }
echo "the weights are the same"
