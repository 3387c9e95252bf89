#!/bin/bash
# Chooses how long and in which batches masks are learnt, on the pictures to learn from alone, and trains the chosen way on all of them; the pictures
# that the tool holds out are looked at once, at the end. Ways that take longer than the limit on the machine at hand are left out.
# Usage: tests/campaigns/membranes.sh MEMBRANES.zip, on a quiet machine, half an hour
#   LIMIT=400   seconds that the last training may take, which has a quarter more pictures than those before
set -eu
zip=$(realpath "$1")
tool=$(realpath "${FEATUREMAP:-src/FeatureMap.Cli/bin/Release/net10.0/featuremap}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export XDG_CACHE_HOME=$work/cache
train() { # where, data, settings...: trains; the share of wrong pixels in whole pictures and the seconds
    local to=$1 data=$2 start end; shift 2
    start=$(date +%s)
    "$tool" train "$data" --mask-classes membrane,cell --out "$to" --no-report "$@" > "$to.txt" 2> "$to-notes.txt" || { cat "$to.txt" "$to-notes.txt" >&2; exit 1; }
    end=$(date +%s)
    echo "$(sed -nE 's/^Pixels +([0-9.]+) %.*/\1/p' "$to.txt") $((end - start))"
}
# Which pictures are held out does not depend on the training: a short one tells.
train split "$zip" --epochs 1 --set patch=16 --set batch-size=256 > /dev/null
"$tool" evaluate split/* --csv held.csv > /dev/null 2>&1
unzip -q "$zip" -d learn
cut -d, -f2 held.csv | tail -n +2 | while read -r file; do rm "learn/$file" "learn/label/${file##*/}"; done
echo "$(ls learn/image | wc -l) pictures to choose by, $(($(wc -l < held.csv) - 1)) held out"
best=
while read -r ways; do
    # shellcheck disable=SC2086 # several words
    read -r wrong seconds < <(train "choose-${ways//[^0-9a-z]/-}" learn $ways)
    whole=$((seconds * 5 / 4))
    echo "$ways: $wrong % wrong, $seconds s; all pictures would take about $whole s"
    [ "$whole" -le "${LIMIT:-400}" ] || continue
    if [ -z "$best" ] || awk -v a="$wrong" -v b="${best%% *}" 'BEGIN { exit !(a < b) }'; then best="$wrong $ways"; fi
done <<WAYS
--epochs 60 --set batch-size=32
--epochs 70 --set batch-size=32
--epochs 60 --set batch-size=16
--epochs 70 --set batch-size=16
--epochs 70 --set batch-size=16 --set learning-rate=0.006
WAYS
[ -n "$best" ] || { echo "no way ends within the limit"; exit 1; }
# shellcheck disable=SC2086
read -r wrong seconds < <(train chosen "$zip" ${best#* })
echo "chosen: ${best#* }: $wrong % of the pixels of the pictures held out are wrong, $seconds s"
awk -v wrong="$wrong" -v seconds="$seconds" 'BEGIN { exit !(wrong <= 8.2 && seconds <= 420) }'
