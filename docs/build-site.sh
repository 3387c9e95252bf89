#!/usr/bin/env bash
# Makes the site of the documentation in runs/site: tutorials, how-tos, the API from the code, the tool from its --help, the lessons of the rooms.
# A link that leads nowhere fails it. It needs the SDK and the package registry.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1
made=docs/obj
rm -rf "$made" runs/site
mkdir -p "$made"
dotnet build -c Release -v quiet src/FeatureMap.Cli
tool=src/FeatureMap.Cli/bin/Release/net10.0/featuremap
{
  printf '# The tool\n\nWhat `--help` of each command says.\n'
  for name in $("$tool" --help | sed -n '/^Commands:/,$ s/^  \([a-z-]*\) .*/\1/p'); do
    printf '\n## %s\n\n```\n' "$name"
    "$tool" "$name" --help
    printf '```\n'
  done
} >"$made/tool.md"

# The lessons as the terminal shows them: what each computes at the values that its controls begin with.
mkdir "$made/lessons"
{
  printf '# The lessons\n\nEvery number is computed by the engine that trains. With numbers of your own: `featuremap studio` in the browser,\n'
  printf '`featuremap explain LESSON --control value` in the terminal.\n\n| lesson | what it says |\n|---|---|\n'
} >"$made/lessons/index.md"
printf -- '- name: All lessons\n  href: index.md\n' >"$made/lessons/toc.yml"
"$tool" explain --json | sed -nE 's/^ *"(name|title|claim)": "(.*)",?$/\2/p' | while read -r name && read -r title && read -r claim; do
  title=${title//\\\"/\"} claim=${claim//\\\"/\"}
  printf '| [%s](%s.md) | %s |\n' "${title//|/&#124;}" "$name" "${claim//|/&#124;}" >>"$made/lessons/index.md"
  printf -- '- name: "%s"\n  href: %s.md\n' "${title//\"/\\\"}" "$name" >>"$made/lessons/toc.yml"
  { printf '# %s\n\n```\n' "$title"; "$tool" explain "$name"; printf '```\n'; } >"$made/lessons/$name.md"
done
dotnet tool restore
dotnet docfx docfx.json --log "$made/log.json"

# A link to a folder leads to the list of its files, as in the repository; any other link that leads nowhere fails.
broken=0
while read -r folder; do
  if [[ ! -d runs/site/$folder ]]; then echo "broken link: $folder" >&2; broken=1; continue; fi
  {
    echo "<!doctype html><html lang=en><meta charset=utf-8><title>$folder</title><h1>$folder</h1><ul>"
    for file in runs/site/"$folder"/*; do
      if [[ -f $file ]]; then echo "<li><a href=\"${file##*/}\">${file##*/}</a></li>"; fi
    done
    echo "</ul></html>"
  } >"runs/site/$folder/index.html"
done < <(grep -o 'Invalid file link:(~/[^)]*)' "$made/log.json" | sed 's:.*(~/\(.*\)):\1:' | sort -u)
echo '<!doctype html><meta charset=utf-8><meta http-equiv=refresh content="0; url=docs/index.html"><title>FeatureMap</title>' >runs/site/index.html
if grep -qE 'InvalidBookmark|UidNotFound|InvalidTocInclude|InvalidCref' "$made/log.json"; then grep -E 'InvalidBookmark|UidNotFound|InvalidTocInclude' "$made/log.json" >&2; broken=1; fi
((broken == 0)) || exit 1
echo "The site is in runs/site: docs/index.html is its first page."
