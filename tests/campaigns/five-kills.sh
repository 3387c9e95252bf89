#!/bin/bash
# One training that is killed five times (SIGKILL) on its way and goes on each time: its weights must be those of a training that nobody
# touched. Each kill comes when a further part of the steps is in the log. Needs the data set of the recipe (FEATUREMAP_DATA).
# Usage: tests/campaigns/five-kills.sh [RECIPE] [EPOCHS] [KILLS] [FEATUREMAP]
set -u
recipe=${1:-mnist-20k} epochs=${2:-2} kills=${3:-5}
tool=$(realpath "${4:-src/FeatureMap.Cli/bin/Release/net10.0/featuremap}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
train=(train "$recipe" --epochs "$epochs" --set checkpoint-seconds=1 --set log-every-steps=1)
cd "$work" || exit 1
rows() { cat $1/log.jsonl 2> /dev/null | grep -c "\"kind\":\"$2\""; }
sha() { "$tool" train --resume "$1" --json 2> /dev/null | grep -o '"weightsSha256": "[0-9a-f]*' | grep -o '[0-9a-f]*$'; }
"$tool" "${train[@]}" --out whole > whole.txt 2> whole-errors.txt || { cat whole-errors.txt; exit 1; }
steps=$(rows 'whole/*' step)
wanted=$(sha whole/*/)
[ -n "$wanted" ] || { echo "the whole run tells no weights"; exit 1; }
echo "$recipe, $epochs epochs, $steps steps, not touched: weights $wanted"
run="" done=0
while [ $done -lt "$kills" ]; do
    if [ -z "$run" ]; then "$tool" "${train[@]}" --out cut > killed.txt 2>&1 &
    else "$tool" train --resume "$run" > killed.txt 2>&1 &
    fi
    process=$!
    while kill -0 $process 2> /dev/null && [ "$(rows 'cut/*' step)" -lt $((steps * (done + 1) / (kills + 1))) ]; do sleep 0.05; done
    kill -9 $process 2> /dev/null || { echo "the run ended before kill $((done + 1)): $(tail -1 killed.txt)"; break; }
    wait $process 2> /dev/null
    run=$(ls -d cut/*/ 2> /dev/null | head -1)
    done=$((done + 1))
    echo "kill $done after $(rows 'cut/*' step) steps in the log, $(rows 'cut/*' epoch) epochs"
done
"$tool" train --resume "$run" > again.txt 2> again-errors.txt || { cat again-errors.txt; exit 1; }
got=$(sha "$run")
echo "$recipe, $epochs epochs, killed $done times: weights $got"
[ "$got" = "$wanted" ] && [ "$done" = "$kills" ] && echo "equal" || { echo "DIFFERENT OR TOO FEW KILLS"; exit 1; }
