#!/bin/bash
# Moves a share of the pictures of a set into the folders of other classes, asks the tool for hints at wrong labels, and counts how many of the
# moved ones are among the first hints. Usage: tests/campaigns/label-hints.sh PICTURES.zip [HINTS ARGUMENTS], such as sign-digits.zip --image-size 32
#   WRONG=0.02 FIRST=0.04 DRAW=1   the share that is moved, the share of the hints that is looked at, which ones are drawn
set -eu
zip=$(realpath "$1"); shift
tool=$(realpath "${FEATUREMAP:-src/FeatureMap.Cli/bin/Release/net10.0/featuremap}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unzip -q "$zip" -d "$work/photos"
cd "$work/photos"
# Drawn by the sum of the name, so that the same ones are drawn everywhere.
find . -type f -printf '%P\n' | while read -r file; do echo "$(printf '%s %s' "${DRAW:-1}" "$file" | sha256sum | cut -c1-16) $file"; done | sort > "$work/all.txt"
count=$(awk -v share="${WRONG:-0.02}" 'END { print int(NR * share + 0.5) }' "$work/all.txt")
mapfile -t classes < <(find . -mindepth 1 -maxdepth 1 -type d -printf '%P\n' | sort)
head -n "$count" "$work/all.txt" | while read -r sum file; do
    for at in "${!classes[@]}"; do [ "${classes[$at]}" = "${file%%/*}" ] && break; done
    other=${classes[$(((at + 1 + 0x${sum:0:6} % (${#classes[@]} - 1)) % ${#classes[@]}))]}
    mv "$file" "$other/moved-${file//\//-}"
    echo "$other/moved-${file//\//-}" >> "$work/moved.txt"
done
start=$(date +%s.%N)
"$tool" data hints "$work/photos" --json "$@" > "$work/hints.json" 2> "$work/notes.txt" || { cat "$work/notes.txt"; exit 1; }
took=$(awk -v start="$start" -v end="$(date +%s.%N)" 'BEGIN { printf "%.1f s", end - start }')
grep '^part ' "$work/notes.txt" || true
grep '"file"' "$work/hints.json" | cut -d'"' -f4 > "$work/order.txt"
first=$(awk -v share="${FIRST:-0.04}" 'END { print int(NR * share) }' "$work/order.txt")
found=$(head -n "$first" "$work/order.txt" | grep -cFx -f "$work/moved.txt" || true)
grep -m1 '"suspects"' "$work/hints.json"
echo "$found of $count moved pictures are among the first $first of $(wc -l < "$work/order.txt") hints: $((100 * found / count)) %, in $took"
[ $((100 * found)) -ge $((80 * count)) ]
