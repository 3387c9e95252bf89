#!/bin/bash
# Kills trainings at random instants (SIGKILL) and goes on with them: the weights must be those of a run that was never stopped, the log must have every row once, the report must be there
# and no half-written file may stay. A third of the kills fall into the first 0.4 seconds, a third anywhere, a third into the last second; every fourth run is killed twice.
# Usage: tests/campaigns/kills.sh [KILLS] [FEATUREMAP]
set -u
kills=${1:-100}
tool=$(realpath "${2:-src/FeatureMap.Cli/bin/Release/net10.0/featuremap}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache HTTPS_PROXY=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1
epochs=5 steps=40
train=(train --epochs $epochs --set training-images=1024 --set log-every-steps=1 --set checkpoint-seconds=0 --threads 1)
cd "$work" || exit 1
sha() { grep -o 'SHA-256 [0-9a-f]*' "$1" | tail -1; }
now() { date +%s%3N; }
began=$(now)
"$tool" "${train[@]}" --out whole > whole.txt 2> whole-errors.txt || { cat whole-errors.txt; exit 1; }
length=$(($(now) - began))
wanted=$(sha whole.txt)
echo "a whole run takes $length ms, $wanted"
done=0 bad=0 nothing=0 unbegun=0 resumed=0 ended=0 trial=0
killed() { # the command, killed after so many milliseconds
    local delay=$1
    shift
    "$@" > killed.txt 2>&1 &
    local process=$!
    sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
    if kill -9 $process 2> /dev/null; then done=$((done + 1)); else ended=$((ended + 1)); fi
    wait $process 2> /dev/null
}
while [ $done -lt "$kills" ]; do
    trial=$((trial + 1))
    runs=runs-$trial
    case $((trial % 3)) in
        0) delay=$((RANDOM % 400)) ;;
        1) delay=$((RANDOM % length)) ;;
        2) delay=$((length - 900 + RANDOM % 1000)) ;;
    esac
    [ $delay -lt 0 ] && delay=0
    killed $delay "$tool" "${train[@]}" --out $runs
    run=$(ls -d $runs/*/ 2> /dev/null | head -1)
    if [ -z "$run" ]; then nothing=$((nothing + 1)); continue; fi
    [ $((trial % 4)) -eq 0 ] && killed $((RANDOM % length)) "$tool" train --resume "$run"
    fault=""
    if "$tool" train --resume "$run" > again.txt 2> again-errors.txt; then
        resumed=$((resumed + 1))
        model=$("$tool" evaluate "$run" --json 2> /dev/null | grep -o '"accuracy": [0-9.]*')
        again=$("$tool" train --resume "$run" --json 2> /dev/null | grep -o '"weightsSha256": "[0-9a-f]*' | grep -o '[0-9a-f]*$')
        [ "SHA-256 $again" = "$wanted" ] || fault="$fault other weights;"
        [ -n "$model" ] || fault="$fault not evaluated;"
        [ "$(grep -c '"kind":"epoch"' "$run/log.jsonl")" = $epochs ] || fault="$fault rows of epochs;"
        [ "$(grep '"kind":"step"' "$run/log.jsonl" | grep -o '"step":[0-9]*' | sort -u | wc -l)/$(grep -c '"kind":"step"' "$run/log.jsonl")" = $steps/$steps ] || fault="$fault rows of steps;"
        [ "$(wc -l < "$run/log.csv")" = $((epochs + 1)) ] || fault="$fault log.csv;"
        [ -f "$run/report.html" ] || fault="$fault no report;"
        [ -z "$(find "$runs" -name '*.tmp')" ] || fault="$fault temporary files;"
    elif grep -q 'Nothing was trained yet' again-errors.txt; then
        unbegun=$((unbegun + 1))
    else
        fault=" $(grep -v '^note' again-errors.txt | head -2)"
    fi
    [ -n "$fault" ] && { bad=$((bad + 1)); echo "trial $trial, $delay ms:$fault"; ls -la "$run"; }
    rm -rf "$runs"
done
echo "$done kills ($ended runs ended before theirs): $nothing left no folder, $unbegun a folder that says to start anew, $resumed went on to the end; $bad wrong"
exit $((bad > 0))
