#!/usr/bin/env bash
# Trains with the mpirun of Open MPI and of MPICH as a user does, and compares the bits: 1 to 5 ranks, kills, other numbers of ranks.
#
#   tests/mpi.sh              what is installed; installs both where it can (apt, as root)
#
# Also checked: errors are told once, with rank and host; signals stop all ranks after one step; no terminal codes; a launcher without its
# library is refused. Needs the built tool (dotnet build -c Release). Ends with one line: N passed, N failed.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tool=${FEATUREMAP_TOOL-$root/src/FeatureMap.Cli/bin/Release/net10.0/featuremap} # a copy, where the tree is built meanwhile
[[ -x $tool ]] || { echo "build first: dotnet build -c Release src/FeatureMap.Cli" >&2; exit 1; }
if ! command -v mpirun.openmpi >/dev/null || ! command -v mpirun.mpich >/dev/null; then
    if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
        install() { apt-get install -y -q openmpi-bin mpich >/dev/null 2>&1; }
        install || { apt-get update -q >/dev/null 2>&1; install; }
    fi
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
passed=0 failed=0
check() { # name, command...
    local name=$1; shift
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $name"; fi
}
export DOTNET_TieredPGO=0 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
openmpi() { local n=$1; shift; mpirun.openmpi --oversubscribe --bind-to none -n "$n" "$@"; }
mpich() { local n=$1; shift; mpirun.mpich -n "$n" "$@"; }
base=(train mnist-1k --set data=digits --no-report --threads 1 --set training-images=700)
recipe=("${base[@]}" --epochs 2)
sum() { grep -oE 'SHA-256 [0-9a-f]{64}' "$1" | head -n 1; }
newest() { ls -d "$1"/*/ | head -n 1; }

launchers=()
for one in openmpi mpich; do
    if command -v mpirun.$one >/dev/null; then launchers+=($one); else echo "== $one: left out, it is not installed"; fi
done
((${#launchers[@]} > 0)) || { echo "0 passed, 0 failed"; exit 0; }

declare -A expected
for batch in 128 200 300; do
    "$tool" "${recipe[@]}" --set batch-size=$batch --out alone-$batch >alone-$batch.txt 2>&1
    expected[$batch]=$(sum alone-$batch.txt)
    check "one process trains with batches of $batch" test -n "${expected[$batch]}"
done
# The rows of the log but for the clock, and the tensors of the last checkpoint.
rows() { sed -E 's/"(seconds|totalSeconds|imagesPerSecond|augmentationShare)":[^,}]*//g' "$1"/log.jsonl; }
same() {
    local one two
    one=$(newest "$1") two=$(newest "$2")
    cmp -s <(rows "$one") <(rows "$two") && cmp -s "$one/model.safetensors" "$two/model.safetensors"
}

for launcher in "${launchers[@]}"; do
    for batch in 128 200 300; do
        for ranks in 2 3 4 5; do
            $launcher $ranks "$tool" "${recipe[@]}" --set batch-size=$batch --out $launcher-$batch-$ranks >out.txt 2>err.txt
            check "$launcher, $ranks ranks, batch $batch: the bits of one" test "$(sum out.txt)" = "${expected[$batch]}"
            check "$launcher, $ranks ranks, batch $batch: log and model" same alone-$batch $launcher-$batch-$ranks
            check "$launcher, $ranks ranks: told once" test "$(grep -c '^Recipe' out.txt)" = 1
            check "$launcher, $ranks ranks: no terminal codes" bash -c '! grep -q $'"'\\e'"' out.txt err.txt'
        done
    done
done

# What else sums over images or looks at the whole batch: batch norm, dropout, mixing, clipping, averaging, gathered batches.
much=(train mnist-20k --set data=digits --no-report --threads 1 --set training-images=700 --epochs 2 --set batch-size=120 --set mix=cutmix
    --set clip-norm=0.5 --set "averaging=ema 0.9" --set accumulate=2)
"$tool" "${much[@]}" --out much >much.txt 2>&1
for launcher in "${launchers[@]}"; do
    for ranks in 3 4; do
        $launcher $ranks "$tool" "${much[@]}" --out $launcher-much-$ranks >out.txt 2>err.txt
        check "$launcher, $ranks ranks, all settings: the bits of one" test -n "$(sum much.txt)" -a "$(sum out.txt)" = "$(sum much.txt)"
        check "$launcher, $ranks ranks, all settings: log and model" same much $launcher-much-$ranks
    done
done

# A lab: trainings one after the other, and what is measured between them. This one has triplets, which look at the images of all ranks.
lab=(lab metric-learning --quick --set data=digits --threads 1 --epochs 1 --set training-images=240 --set pairs=40)
figures() { grep -v '"seconds"' "$(newest "$1")results.json"; }
"$tool" "${lab[@]}" --out lab-alone >lab-alone.txt 2>&1
check "one process runs the lab" test -s "$(newest lab-alone)results.json"
for launcher in "${launchers[@]}"; do
    $launcher 3 "$tool" "${lab[@]}" --out $launcher-lab >out.txt 2>err.txt
    check "$launcher, 3 ranks, a lab: the figures of one" cmp -s <(figures lab-alone) <(figures $launcher-lab)
    check "$launcher, 3 ranks, a lab: one folder, with its page" test -s $launcher-lab/*/lab.html
    check "$launcher, 3 ranks, a lab: told once" test "$(grep -c '^Folder' out.txt)" = 1
    check "$launcher, 3 ranks, a lab: no terminal codes" bash -c '! grep -q $'"'\\e'"' out.txt err.txt'

    $launcher 3 "$tool" "${lab[@]}" --out $launcher-cut >out.txt 2>err.txt &
    job=$!
    for wait in {1..600}; do compgen -G "$launcher-cut/*/*/model.safetensors" >/dev/null && break; sleep 0.05; done
    victim=$(pgrep -n -f "$tool lab metric-learning .*--out $launcher-cut") && kill -TERM "$victim"
    wait $job
    check "$launcher: a signal to one rank stops the lab" grep -q 'Stopped; everything is saved' err.txt
    $launcher 2 "$tool" lab --resume "$(newest $launcher-cut)" >out.txt 2>err.txt
    check "$launcher: the lab goes on with 2 ranks to the same figures" cmp -s <(figures lab-alone) <(figures $launcher-cut)
    $launcher 2 "$tool" lab no-such-lab >out.txt 2>err.txt
    check "$launcher: a mistake of a lab is told once" test "$(cat out.txt err.txt | grep -c "There is no lab 'no-such-lab'")" = 1
    $launcher 2 "$tool" "${lab[@]}" --data nowhere.zip --out none >out.txt 2>err.txt
    check "$launcher: missing data of a lab are told once" test "$(grep -c 'nowhere.zip' err.txt)" = 1 -a ! -e none
done

long=("${recipe[@]}" --set batch-size=128 --set checkpoint-seconds=0)
for launcher in "${launchers[@]}"; do
    for try in 1 2 3; do
        rm -rf killed-$$
        $launcher 3 "$tool" "${long[@]}" --out killed-$$ >out.txt 2>err.txt &
        job=$!
        for wait in {1..200}; do compgen -G "killed-$$/*/checkpoint-*.safetensors" >/dev/null && break; sleep 0.05; done
        sleep 0.$((RANDOM % 5))
        victim=$(pgrep -n -f "$tool train mnist-1k .*--out killed-$$") && kill -KILL "$victim" 2>/dev/null
        start=$SECONDS
        wait $job
        check "$launcher, kill $try: the job is over in 10 s" test $((SECONDS - start)) -le 10
        $launcher 2 "$tool" train --resume "$(newest killed-$$)" --no-report >out.txt 2>err.txt
        if grep -q 'already complete' out.txt; then echo "   kill $try came too late"; continue; fi
        check "$launcher, kill $try: gone on with 2 ranks to the same bits" test "$(sum out.txt)" = "${expected[128]}"
    done

    rm -rf stopped-$$
    $launcher 3 "$tool" "${base[@]}" --epochs 200 --set checkpoint-seconds=0 --out stopped-$$ >out.txt 2>err.txt &
    job=$!
    for wait in {1..200}; do compgen -G "stopped-$$/*/checkpoint-*.safetensors" >/dev/null && break; sleep 0.05; done
    victim=$(pgrep -n -f "$tool train mnist-1k .*--out stopped-$$") && kill -TERM "$victim"
    wait $job
    check "$launcher: a signal to one rank stops all of them" grep -q 'Stopped after step .* everything is saved' err.txt

    $launcher 3 "$tool" train no-such-recipe >out.txt 2>err.txt
    check "$launcher: a mistake is told once" test "$(cat out.txt err.txt | grep -c "There is no recipe 'no-such-recipe'")" = 1
    $launcher 2 "$tool" evaluate x >out.txt 2>err.txt
    check "$launcher: the work of one process is refused" grep -q 'is the work of one' err.txt
    $launcher 1 "$tool" "${recipe[@]}" --out other --seed 1 : -n 1 "$tool" "${recipe[@]}" --out other --seed 2 >out.txt 2>err.txt
    check "$launcher: other options are found" grep -q 'rank 1 on .* has other options than rank 0' err.txt
    $launcher 2 env FEATUREMAP_MPI=/nowhere/libmpi.so "$tool" "${recipe[@]}" --out none >out.txt 2>err.txt
    check "$launcher: its library is missed" grep -q "Without it each of them would train by itself" err.txt
    check "$launcher: without its library nothing is trained" test ! -e none
    $launcher 2 "$tool" scale mnist-1k --measure --threads 1 >out.txt 2>err.txt
    check "$launcher: the line is measured" grep -q 'as measured' out.txt
done
if ((${#launchers[@]} == 2)); then
    library=$(ldconfig -p | sed -n 's/.*libmpich.so.12 .*=> //p' | head -n 1)
    FEATUREMAP_MPI=$library openmpi 2 "$tool" "${recipe[@]}" --out other >out.txt 2>err.txt
    check "the library of another launcher is refused" grep -q "it is that of another MPI" err.txt
fi
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
