#!/bin/bash
# Trains with 2 to 5 ranks under each MPI library that is installed, kills a random one of them (SIGKILL) behind a random step, and goes on
# with fewer ranks, every other time under the other library. The job must be over in 10 seconds with an exit code that says so, none of its
# ranks may be left, and the weights must be those of one process that nobody touched.
# Usage: tests/campaigns/rank-kills.sh [KILLS OF EACH LIBRARY] [FEATUREMAP]
#   LIBRARIES="openmpi mpich"   under which the ranks run that are killed
set -u
kills=${1:-20}
tool=$(realpath "${2:-src/FeatureMap.Cli/bin/Release/net10.0/featuremap}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export DOTNET_TieredPGO=0 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
openmpi() { local n=$1; shift; mpirun.openmpi --oversubscribe --bind-to none -n "$n" "$@"; }
mpich() { local n=$1; shift; mpirun.mpich -n "$n" "$@"; }
train=(train mnist-1k --set data=digits --no-report --threads 1 --set training-images=700 --set batch-size=72 --epochs 9
    --set checkpoint-seconds=0 --set log-every-steps=1)
launchers=()
for one in openmpi mpich; do command -v mpirun.$one > /dev/null && launchers+=($one); done
((${#launchers[@]} > 0)) || { echo "neither mpirun.openmpi nor mpirun.mpich is installed"; exit 1; }
now() { date +%s%3N; }
sha() { grep -oE 'SHA-256 [0-9a-f]{64}' "$1" | head -n 1; }
steps_of() { cat "$1"/*/log.jsonl 2> /dev/null | grep -c '"kind":"step"'; }
"$tool" "${train[@]}" --out whole > whole.txt 2>&1 || { cat whole.txt; exit 1; }
wanted=$(sha whole.txt) steps=$(steps_of whole)
echo "one process, $steps steps: $wanted"

# The processes of a job are those that have its folder on their command line and a rank in their environment.
process_of() { # rank, folder
    local process
    for process in $(pgrep -f "$tool train mnist-1k .*--out $2( |\$)"); do
        tr '\0' '\n' < /proc/$process/environ 2> /dev/null | grep -qE "^(OMPI_COMM_WORLD_RANK|PMI_RANK)=$1\$" && echo "$process" && return
    done
}
go_on() {
    if [ $fewer -eq 1 ]; then "$tool" train --resume "$run" --no-report; else $next $fewer "$tool" train --resume "$run" --no-report; fi
}
bad=0
for launcher in ${LIBRARIES-${launchers[*]}}; do
    done=0 late=0 unbegun=0 most=0 trial=0
    while [ $done -lt "$kills" ]; do
        trial=$((trial + 1)) ranks=$((2 + RANDOM % 4)) fault=""
        rank=$((RANDOM % ranks)) step=$((RANDOM % (steps * 3 / 4))) out=$launcher-$trial
        $launcher $ranks "$tool" "${train[@]}" --out $out > out.txt 2> err.txt &
        job=$!
        victim=""
        while kill -0 $job 2> /dev/null && [ -z "$victim" ]; do victim=$(process_of $rank $out); done
        while kill -0 $job 2> /dev/null && [ "$(steps_of $out)" -lt $step ]; do sleep 0.02; done
        if [ -z "$victim" ] || ! kill -KILL "$victim" 2> /dev/null; then late=$((late + 1)); wait $job; continue; fi
        began=$(now)
        wait $job
        code=$? took=$(($(now) - began))
        [ $took -gt $most ] && most=$took
        [ $took -le 10000 ] || fault="$fault over after $took ms;"
        [ $code -ne 0 ] || fault="$fault exit code 0;"
        for left in 0 1 2 3 4; do [ -z "$(process_of $left $out)" ] || fault="$fault rank $left is left;"; done
        run=$(ls -d $out/*/ 2> /dev/null | head -n 1)
        fewer=$((1 + RANDOM % (ranks - 1)))
        next=${launchers[$((trial % ${#launchers[@]}))]}
        if [ -z "$run" ]; then
            unbegun=$((unbegun + 1))
        elif ! go_on > again.txt 2> again-errors.txt; then
            if grep -q 'Nothing was trained yet' again-errors.txt; then unbegun=$((unbegun + 1))
            else fault="$fault not resumed: $(grep -v '^note' again-errors.txt | head -n 2);"; fi
        elif grep -q 'already complete' again.txt; then
            late=$((late + 1))
            rm -rf "$out"
            continue
        elif [ "$(sha again.txt)" != "$wanted" ]; then
            fault="$fault other weights;"
        fi
        done=$((done + 1))
        echo "$launcher, kill $done: rank $rank of $ranks behind step $step, over after $took ms, $fewer went on under $next${fault:+; WRONG:$fault}"
        if [ -n "$fault" ]; then bad=$((bad + 1)); fi
        rm -rf "$out"
    done
    echo "$launcher: $done kills, over within $most ms; gone on with fewer ranks to the same weights, but for $unbegun that had not begun"
    echo "$launcher: $late kills came too late and count for nothing"
done
echo "$bad wrong"
exit $((bad > 0))
