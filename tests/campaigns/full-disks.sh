#!/bin/bash
# Trains on file systems that are too small, of many sizes: whatever fails must be told as a full disk, and with room again the run must go on to the bits of one that never stopped.
# Needs root, for mounting. Usage: tests/campaigns/full-disks.sh [FEATUREMAP]
set -u
tool=$(realpath "${1:-src/FeatureMap.Cli/bin/Release/net10.0/featuremap}")
work=$(mktemp -d)
disk=$work/disk
mkdir "$disk"
trap 'umount "$disk" 2>/dev/null; rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache HTTPS_PROXY=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1
train=(train --epochs 4 --set training-images=320 --set checkpoint-seconds=0 --set log-every-steps=1 --threads 1)
cd "$work" || exit 1
sha() { grep -o 'SHA-256 [0-9a-f]*' "$1" | tail -1; }
"$tool" "${train[@]}" --out whole > whole.txt 2> whole-errors.txt || { cat whole-errors.txt; exit 1; }
wanted=$(sha whole.txt)
bad=0 stopped=0 complete=0
for size in 4 8 16 24 48 80 120 160 200 240 280 320 360 400 440 480 520 560 600 640 700 800 900 950 1000 1050 1100 1200; do
    mount -t tmpfs -o size=${size}k tmpfs "$disk" || exit 1
    "$tool" "${train[@]}" --out "$disk/runs" > out.txt 2> errors.txt
    code=$?
    told=$(grep -v '^note: MNIST' errors.txt | head -3 | cut -c1-220)
    verdict=right
    grep -q 'fault of featuremap' errors.txt && verdict="WRONG: called a fault of the program"
    [ $code -gt 1 ] && verdict="WRONG: exit code $code"
    [ $code -eq 1 ] && ! grep -q 'no space left on device' errors.txt && verdict="WRONG: not told as a full disk"
    [ $code -eq 0 ] && [ "$(sha out.txt)" != "$wanted" ] && verdict="WRONG: other weights"
    if [ $code -eq 1 ]; then
        stopped=$((stopped + 1))
        mount -o remount,size=20m "$disk"
        run=$(grep -o 'featuremap train --resume .*' errors.txt | sed 's/.*--resume //')
        if [ -n "$run" ]; then
            eval "\"$tool\" train --resume $run" > again.txt 2> again-errors.txt || verdict="WRONG: not resumed: $(cat again-errors.txt)"
            [ "$(sha again.txt)" = "$wanted" ] || verdict="$verdict; WRONG: other weights after resuming"
            [ -f "${run//\"/}/report.html" ] || verdict="$verdict; WRONG: no report"
            ls "$disk"/runs/*/*.tmp > /dev/null 2>&1 && verdict="$verdict; WRONG: temporary files stay"
        elif [ -n "$(ls "$disk/runs" 2>/dev/null)" ]; then
            verdict="WRONG: a folder stays, and no command goes on"
        fi
    else
        complete=$((complete + 1))
    fi
    [ "$verdict" = right ] || bad=$((bad + 1))
    echo "$size KiB: exit code $code, $verdict"
    [ -n "$told" ] && echo "    ${told//$'\n'/$'\n'    }"
    umount "$disk"
done
echo "$stopped stopped, $complete complete, $bad wrong"
exit $((bad > 0))
