#!/bin/bash
# One training that is killed five times (SIGKILL) on its way and goes on each time: its weights must be those of a training that nobody
# touched. Needs the data set of the recipe (FEATUREMAP_DATA); on one machine the instants are the same parts of the whole.
# Usage: tests/campaigns/five-kills.sh [RECIPE] [EPOCHS] [KILLS] [FEATUREMAP]
set -u
recipe=${1:-mnist-20k} epochs=${2:-2} kills=${3:-5}
tool=$(realpath "${4:-src/FeatureMap.Cli/bin/Release/net10.0/featuremap}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
train=(train "$recipe" --epochs "$epochs" --set checkpoint-seconds=0)
cd "$work" || exit 1
now() { date +%s%3N; }
sha() { "$tool" train --resume "$1" --json 2> /dev/null | grep -o '"weightsSha256": "[0-9a-f]*' | grep -o '[0-9a-f]*$'; }
began=$(now)
"$tool" "${train[@]}" --out whole > whole.txt 2> whole-errors.txt || { cat whole-errors.txt; exit 1; }
length=$(($(now) - began))
wanted=$(sha whole/*/)
[ -n "$wanted" ] || { echo "the whole run tells no weights"; exit 1; }
echo "$recipe, $epochs epochs, not touched: $length ms, weights $wanted"
run="" done=0
while [ $done -lt "$kills" ]; do
    if [ -z "$run" ]; then "$tool" "${train[@]}" --out cut > killed.txt 2>&1 &
    else "$tool" train --resume "$run" > killed.txt 2>&1 &
    fi
    process=$!
    # A part of the way each time, and never two at the same place of a step.
    delay=$((length / (kills + 1) + 137 * (done + 1)))
    sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
    kill -9 $process 2> /dev/null || { echo "the run ended before kill $((done + 1)): $(tail -1 killed.txt)"; break; }
    wait $process 2> /dev/null
    run=$(ls -d cut/*/ 2> /dev/null | head -1)
    [ -n "$run" ] && done=$((done + 1))
    echo "kill $done after $delay ms: $(grep -c '"kind":"step"' "$run/log.jsonl" 2> /dev/null) step rows, $(grep -c '"kind":"epoch"' "$run/log.jsonl" 2> /dev/null) epochs"
done
"$tool" train --resume "$run" > again.txt 2> again-errors.txt || { cat again-errors.txt; exit 1; }
got=$(sha "$run")
echo "$recipe, $epochs epochs, killed $done times: weights $got"
[ "$got" = "$wanted" ] && [ "$done" = "$kills" ] && echo "equal" || { echo "DIFFERENT OR TOO FEW KILLS"; exit 1; }
