#!/usr/bin/env bash
# Packs every package and uses them as somebody does who has nothing else: a folder of packages as the only source of ours.
#
#   tests/packages.sh [FOLDER]      FOLDER keeps the packages; a temporary one where it is left out
#
# Checked: readme, icon, licence, documentation and symbols of each; nothing of this machine inside; the size of the tool; the tool trains; the program in each
# PACKAGE.md builds and runs.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=${1-$work/packages}
mkdir -p "$packages"
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$root/Directory.Build.props")
export NUGET_PACKAGES="$work/unpacked" DOTNET_NOLOGO=1
fail() { echo "FAILED: $*" >&2; exit 1; }

# Everything is built as often as it is tried, under the same version: the packages that others made before must not be taken for it.
(unset NUGET_PACKAGES; dotnet pack -c Release --nologo -v quiet -o "$packages" "$root/FeatureMap.slnx")
names=$(cd "$root" && grep -l '<IsPackable>true' src/*/*.csproj | xargs -n 1 basename -s .csproj)
for name in $names; do
  package=$packages/$name.$version.nupkg
  [[ -f $package ]] || fail "$name was not packed"
  content=$work/content/$name
  mkdir -p "$content"
  unzip -q -o "$package" -d "$content"
  for file in PACKAGE.md icon.png CHANGELOG.md; do [[ -s $content/$file ]] || fail "$name has no $file"; done
  for word in 'license type="expression">MIT' readme icon description tags; do
    grep -q "<$word" "$content/$name.nuspec" || fail "$name.nuspec has no $word"
  done
  [[ $name == FeatureMap.Cli || -n $(find "$content" -name "$name.xml") ]] || fail "$name has no documentation"
  [[ $name == FeatureMap.Cli || -f $packages/$name.$version.snupkg ]] || fail "$name has no symbols"
  if grep -rqaF "$root" "$content"; then fail "$name names a folder of this machine"; fi
done
tool=$packages/FeatureMap.Cli.$version.nupkg
size=$(stat -c %s "$tool")
echo "packed: $(echo $names), the tool $((size / 1000)) kB"
((size <= 4000000)) || fail "the package of the tool has $size bytes, and may have 4,000,000"

# The other packages come from the sources of this machine.
cd "$work"
dotnet new nugetconfig -o . >/dev/null
dotnet new tool-manifest >/dev/null
dotnet tool install FeatureMap.Cli --tool-path "$work/tool" --add-source "$packages" --version "$version" >/dev/null
"$work/tool/featuremap" train mnist-1k --set epochs=1 --set training-images=500 --data digits --out "$work/run" >"$work/train.log" 2>&1 ||
  { cat "$work/train.log"; fail "the installed tool does not train"; }
[[ -s $work/run/report.html ]] || fail "the installed tool wrote no report"
echo "installed: featuremap trains"

for name in $names; do
  program=$(sed -n '/^```csharp/,/^```/p' "$root/src/$name/PACKAGE.md" | sed '/^```/d')
  [[ -n $program ]] || continue
  mkdir -p "$work/$name.Program" && cd "$work/$name.Program"
  cat >program.csproj <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <RestoreAdditionalProjectSources>$packages</RestoreAdditionalProjectSources>
  </PropertyGroup>
  <ItemGroup><PackageReference Include="$name" Version="$version" /></ItemGroup>
</Project>
PROJECT
  echo "$program" >Program.cs
  dotnet run -c Release >"$work/program.log" 2>&1 || { cat "$work/program.log"; fail "the program of $name does not run"; }
  echo "$name: $(tail -n 1 "$work/program.log")"
done
