#!/usr/bin/env bash
# Makes the site of the documentation in runs/site: tutorials, how-tos, the API from the code, the tool from its --help, the lessons of the rooms.
# A link that leads nowhere fails it. It needs the SDK and the package registry.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1
made=runs/site-api
rm -rf "$made" runs/site
mkdir -p "$made/docs"
dotnet build -c Release -v quiet src/FeatureMap.Cli
tool=src/FeatureMap.Cli/bin/Release/net10.0/featuremap
{
  printf '# The tool\n\nWhat `--help` of each command says.\n'
  for name in $("$tool" --help | sed -n '/^Commands:/,$ s/^  \([a-z-]*\) .*/\1/p'); do
    printf '\n## %s\n\n```\n' "$name"
    "$tool" "$name" --help
    printf '```\n'
  done
} >"$made/docs/tool.md"
dotnet tool restore
dotnet docfx docs/docfx.json --warningsAsErrors
echo "The site is in runs/site: docs/index.html is its first page."
