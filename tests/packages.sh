#!/usr/bin/env bash
# Packs every package and uses them as somebody does who has nothing else: a folder of packages as the only source of ours.
#
#   tests/packages.sh [FOLDER]      FOLDER keeps the packages; a temporary one where it is left out
#
# Checked: readme, icon, licence, documentation and symbols of each; nothing of this machine inside; the size of the tool; the tool trains; the program in each
# PACKAGE.md builds and runs; each template makes a program that builds and runs. It needs the SDK and the package registry.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'kill "${service-}" 2>/dev/null || true; rm -rf "$work"' EXIT
packages=${1-$work/packages}
mkdir -p "$packages"
packages=$(cd "$packages" && pwd)
rm -f "$packages"/FeatureMap*nupkg # what is there already is not packed again
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$root/Directory.Build.props")
export DOTNET_NOLOGO=1
fail() { echo "FAILED: $*" >&2; exit 1; }

# All of src and templates: a project that a solution does not name would be built as Debug. The tests are not needed here.
names=$(cd "$root" && grep -l '<IsPackable>true' src/*/*.csproj templates/*/*.csproj | xargs -n 1 basename -s .csproj)
{
  echo '<Solution>'
  for project in "$root"/{src,templates}/*/*.csproj; do echo "<Project Path=\"$project\" />"; done
  echo '</Solution>'
} >"$work/packed.slnx"
rm -rf "$root"/src/FeatureMap.Cli/bin/Release/net10.0/publish # into which only what is newer is copied
dotnet pack -c Release --nologo -v quiet -o "$packages" "$work/packed.slnx"

# Everything is built as often as it is tried, under the same version: the packages that others made before must not be taken for it. Those of others
# are read where they were unpacked before.
usual=${NUGET_PACKAGES-$HOME/.nuget/packages}
export NUGET_PACKAGES=$work/unpacked
if [[ -d $usual ]] && ! compgen -G "$usual/featuremap*" >/dev/null; then export NUGET_FALLBACK_PACKAGES=$usual; fi
cd "$work"
cat >nuget.config <<CONFIG
<configuration><packageSources><add key="packed" value="$packages" /></packageSources></configuration>
CONFIG

# One project asks for the content of every package, one program stands in each PACKAGE.md, and one is made of each template: a solution of them all.
mkdir content
{
  echo '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup><ItemGroup>'
  for name in $names; do
    [[ -f $packages/$name.$version.nupkg ]] || fail "$name was not packed"
    echo "<PackageDownload Include=\"$name\" Version=\"[$version]\" />"
  done
  echo '</ItemGroup></Project>'
} >content/content.csproj
programs=""
for name in $names; do
  page=$root/src/$name/PACKAGE.md
  [[ -f $page ]] || page=$root/templates/$name/PACKAGE.md
  program=$(sed -n '/^```csharp/,/^```/p' "$page" | sed '/^```/d')
  [[ -n $program ]] || continue
  programs+=" $name"
  # What the page says to add besides, such as native code for this system.
  besides=$(sed -n 's/^dotnet add package \(.*\)$/\1/p' "$page" | grep -vx "$name" || true)
  mkdir -p "$name.Program"
  sdk=Microsoft.NET.Sdk
  if [[ $program == *WebApplication* ]]; then sdk+=.Web; fi
  cat >"$name.Program/$name.Program.csproj" <<PROJECT
<Project Sdk="$sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="$name" Version="$version" />
$(for other in $besides; do
  echo "    <PackageReference Include=\"$other\" Version=\"$(sed -n "s/.*Include=\"$other\" Version=\"\(.*\)\".*/\1/p" "$root/Directory.Packages.props")\" />"
done)
  </ItemGroup>
</Project>
PROJECT
  echo "$program" >"$name.Program/Program.cs"
done
dotnet new install "$packages/FeatureMap.Templates.$version.nupkg" --debug:custom-hive "$work/hive" >/dev/null
templates="train serve design"
for template in $templates; do
  dotnet new "featuremap-$template" -o "My.$template" --debug:custom-hive "$work/hive" >/dev/null
  [[ -f My.$template/My.$template.csproj && -s My.$template/README.md ]] || fail "the template featuremap-$template makes no project of the name that was given"
done
{
  echo '<Solution><Project Path="content/content.csproj" />'
  for name in $programs; do echo "<Project Path=\"$name.Program/$name.Program.csproj\" />"; done
  for template in $templates; do echo "<Project Path=\"My.$template/My.$template.csproj\" />"; done
  echo '</Solution>'
} >programs.slnx
dotnet build -c Release --nologo -v quiet -warnaserror programs.slnx || fail "a program of a PACKAGE.md or of a template does not build"

for name in $names; do
  content=$NUGET_PACKAGES/${name,,}/$version
  for file in PACKAGE.md icon.png CHANGELOG.md; do [[ -s $content/$file ]] || fail "$name has no $file"; done
  for word in 'license type="expression">MIT' readme icon description tags; do
    grep -q "<$word" "$content/${name,,}.nuspec" || fail "$name.nuspec has no $word"
  done
  if [[ -d $content/lib ]]; then
    [[ -n $(find "$content" -name "$name.xml") ]] || fail "$name has no documentation"
    [[ -f $packages/$name.$version.snupkg ]] || fail "$name has no symbols"
  fi
  if grep -rqaF --exclude=.nupkg.metadata "$root" "$content"; then fail "$name names a folder of this machine"; fi
done
size=$(stat -c %s "$packages/FeatureMap.Cli.$version.nupkg")
echo "packed: $(echo $names), the tool $((size / 1000)) kB"
((size <= 4000000)) || fail "the package of the tool has $size bytes, and may have 4,000,000"

# As users do it, but for the place of the tool.
dotnet tool install FeatureMap.Cli --tool-path "$work/tool" --version "$version" >/dev/null
featuremap() { "$work/tool/featuremap" "$@" >"$work/log" 2>&1 || { cat "$work/log"; fail "featuremap $* does not work when it is installed"; }; }
featuremap train mnist-1k --epochs 1 --set data=digits --set training-images=500 --out runs
run=$(echo runs/*)
[[ -s $run/report.html ]] || fail "the installed tool wrote no report"
featuremap doctor
if [[ -d ${NUGET_FALLBACK_PACKAGES-}/microsoft.ml.onnxruntime ]]; then # it has natives, which the tool does not carry
  NUGET_PACKAGES=$usual featuremap export "$run" --onnx digits.onnx --verify
  grep -q "ONNX Runtime" "$work/log" || { cat "$work/log"; fail "the installed tool compares nothing with ONNX Runtime"; }
fi
echo "installed: featuremap trains and exports"

run() { # project, words of its output: runs it where it is
  (cd "$1" && bin/Release/net10.0/"$1") >"$work/log" 2>&1 || { cat "$work/log"; fail "$1 does not run"; }
  grep -q "$2" "$work/log" || { cat "$work/log"; fail "$1 does not say '$2'"; }
  echo "$1: $(tail -n 1 "$work/log")"
}
for name in $programs; do run "$name.Program" .; done
run My.train "The model is in"
run My.design "Written: network.html, network.onnx"

# The service, on any port that is free, asked for a digit of white.
(cd My.serve && exec bin/Release/net10.0/My.serve --urls http://127.0.0.1:0) >"$work/log" 2>&1 &
service=$!
for ((i = 0; i < 100; i++)); do
  address=$(sed -n 's/.*Now listening on: //p' "$work/log")
  [[ -z $address ]] || break
  sleep 0.2
done
[[ -n $address ]] || { cat "$work/log"; fail "My.serve does not listen"; }
ask() { # method, path, file of the body: the whole answer, the headers too
  exec 3<>"/dev/tcp/127.0.0.1/${address##*:}"
  { printf '%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: %s\r\n\r\n' "$1" "$2" "$(stat -c %s "$3")"; cat "$3"; } >&3
  tr -d '\r' <&3
  exec 3>&-
}
answer=$(ask POST /predict FeatureMap.Extensions.Program/seven.png)
[[ $answer == "HTTP/1.1 200 OK"*'"class":"'*'"probability":'* ]] || fail "My.serve answered '$answer'"
[[ $(ask GET /healthz /dev/null) == *Healthy* ]] || fail "My.serve is not healthy"
[[ $(ask POST /predict programs.slnx) == "HTTP/1.1 400 Bad Request"* ]] || fail "My.serve does not answer 400 to what is no picture"
kill "$service" && wait "$service" || true
echo "My.serve: $(grep -o "{.*}" <<<"$answer")"
