#!/usr/bin/env bash
# Two to four hosts that are network namespaces of this machine, with names and addresses of their own and a line of 1 Gbit/s between them:
# the line is measured, a training has the bits of one process, and a cable that is pulled ends all ranks when their patience does.
#
#   tests/mpi-network.sh            needs root, ip, tc, mpirun.mpich and the built tool; leaves nothing behind
#   tests/mpi-network.sh measure    only measures, on a machine where nothing else runs: a table with exchange and step of cifar10, each
#                                   as the model has it and as it is, on 2 hosts over 1 and 10 Gbit/s and on 4 over 1; whether the bars hold
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tool=${FEATUREMAP_TOOL-$root/src/FeatureMap.Cli/bin/Release/net10.0/featuremap}
id=$$
work=$(mktemp -d)
leave() {
    for host in 1 2 3 4; do ip netns del fm$id-$host 2>/dev/null; done
    ip link del fm$id 2>/dev/null
    rm -rf "$work"
}
trap leave EXIT
if [[ $(id -u) -ne 0 ]] || ! command -v tc >/dev/null || ! command -v mpirun.mpich >/dev/null ||
    ! ip link add fm$id type bridge 2>/dev/null; then
    echo "left out: it needs root, the right to make network namespaces, tc and mpirun.mpich"
    exit 0
fi
cd "$work"
ip link set fm$id up
# The line of all hosts, both ways: what a host sends, and what the bridge sends to it. A bucket of a millisecond and more.
line() { # Gbit/s
    local host
    for host in 1 2 3 4; do
        tc qdisc replace dev fm$id-$host root tbf rate ${1}gbit burst $((128 * $1))k latency 100ms
        ip netns exec fm$id-$host tc qdisc replace dev eth0 root tbf rate ${1}gbit burst $((128 * $1))k latency 100ms
    done
}
for host in 1 2 3 4; do
    ip netns add fm$id-$host
    ip link add fm$id-$host type veth peer name eth0 netns fm$id-$host
    ip link set fm$id-$host master fm$id up
    ip -n fm$id-$host addr add 10.213.7.$host/24 dev eth0
    ip -n fm$id-$host link set lo up
    ip -n fm$id-$host link set eth0 up
done
line 1

# What ssh would do: a command on the host of an address.
cat >shell <<SHELL
#!/usr/bin/env bash
while [[ \$1 != 10.213.7.* ]]; do shift; done
host=\${1##*.}
shift
exec ip netns exec fm$id-\$host unshare --uts bash -c 'hostname host-\$0; cd $work; eval "\$1"' "\$host" "\$*"
SHELL
chmod +x shell
on() { # ranks, command...: with a rank on each of the first hosts
    local n=$1 hosts; shift
    hosts=$(seq -s, -f '10.213.7.%g' "$n")
    ./shell 10.213.7.1 mpirun.mpich -launcher ssh -launcher-exec "$work/shell" -hosts "$hosts" -n "$n" \
        -env FI_PROVIDER tcp -env UCX_TLS tcp,self "$@"
}
passed=0 failed=0
check() { # name, command...
    local name=$1; shift
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $name"; fi
}
recipe=(train mnist-1k --set data=digits --no-report --threads 1 --set training-images=700)
sum() { grep -oE 'SHA-256 [0-9a-f]{64}' "$1" | head -n 1; }

# A number of the document of 'scale', and one of those of the line as measured. Of a packet of 1,514 bytes 1,448 are the message's.
number() { sed -n "/$2/,\$ s/.*\"$1\": \([-0-9.eE]*\).*/\1/p" out.json | head -n 1; }
share() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
within() { awk -v a="$1" -v low="$2" -v high="$3" 'BEGIN { exit !(a >= low && a <= high) }'; }
measure() { # hosts, Gbit/s, least efficiency in % or 0
    local bytes rate exchange model step ratio efficiency
    line "$2"
    if ! on "$1" "$tool" scale cifar10 --measure --threads 1 --json >out.json 2>err.txt; then cat err.txt; failed=$((failed + 1)); return; fi
    grep '^note: Other work' err.txt
    bytes=$(number gradientBytes '"gradientBytes"') rate=$(number bytesPerSecond '"name": "as measured"')
    model=$(awk -v n="$1" -v b="$bytes" -v g="$2" 'BEGIN { printf "%.1f", 1000 * 2 * (n - 1) / n * b * 8 / (g * 1e9 * 1448 / 1514) }')
    exchange=$(awk -v n="$1" -v b="$bytes" -v r="$rate" 'BEGIN { printf "%.1f", 1000 * 2 * (n - 1) / n * b / r }')
    step=$(number seconds '"measured": {') ratio=$(number timesPredicted '"measured": {') efficiency=$(number efficiency '"measured": {')
    printf '%5s %7s | %9s %9s %6s | %9.0f %9.0f %6.2f | %9.0f %%\n' "$1" "$2" "$model" "$exchange" "$(share "$exchange" "$model")" \
        "$(awk -v s="$step" -v r="$ratio" 'BEGIN { print 1000 * s / r }')" "$(awk -v s="$step" 'BEGIN { print 1000 * s }')" "$ratio" \
        "$(awk -v e="$efficiency" 'BEGIN { print 100 * e }')"
    [[ $2 != 1 ]] || check "$1 hosts, 1 Gbit/s: the exchange is within 10 % of the model" within "$(share "$exchange" "$model")" 0.9 1.1
    [[ $1 != 2 ]] || check "2 hosts, $2 Gbit/s: the step is within 15 % of what scale predicts" within "$ratio" 0.85 1.15
    [[ $3 == 0 ]] || check "2 hosts, $2 Gbit/s: the efficiency is at least $3 %" within "$efficiency" "0.$3" 1.5
}
if [[ ${1-} == measure ]]; then
    echo "hosts  Gbit/s |    exchange of the gradients, ms |              a step, ms          | efficiency"
    echo "              |     model  measured  ratio |  predicted  measured  ratio |"
    measure 2 1 75
    measure 2 10 95
    measure 4 1 0
    echo "$passed passed, $failed failed"
    [[ $failed -eq 0 ]]
    exit
fi

for n in 2 4; do
    on $n "$tool" scale cifar10 --measure --batch 64 --threads 1 >out.txt 2>err.txt
    grep -E 'as measured: |^Measured on' out.txt || cat err.txt
    rate=$(sed -n 's/^as measured: \([0-9.]*\) Gbit.*/\1/p' out.txt)
    # How near to the line it comes, only a quiet machine tells.
    check "$n hosts: the line is measured, and it is one of 1 Gbit/s" \
        awk -v rate="${rate:-0}" 'BEGIN { exit !(rate > 0.05 && rate < 1.02) }'
done

"$tool" "${recipe[@]}" --epochs 2 --out alone >alone.txt 2>&1
on 4 "$tool" "${recipe[@]}" --epochs 2 --out four >out.txt 2>err.txt
check "four hosts: the bits of one process" test "$(sum out.txt)" = "$(sum alone.txt)"
check "four hosts: they are named" grep -q 'host-1, host-2, host-3, host-4' out.txt

patience=5
on 3 "$tool" "${recipe[@]}" --epochs 500 --set checkpoint-seconds=0 --rank-patience $patience --out cut-$id >out.txt 2>err.txt &
for wait in {1..300}; do compgen -G "cut-$id/*/checkpoint-*.safetensors" >/dev/null && break; sleep 0.1; done
sleep 1
ip link set fm$id-3 down
start=$SECONDS
while pgrep -f "$tool train mnist-1k .*--out cut-$id" >/dev/null && ((SECONDS - start < 60)); do sleep 0.2; done
check "the cable is pulled: all ranks have ended $((SECONDS - start)) s later" test $((SECONDS - start)) -le $((patience + 5))
check "the cable is pulled: the message names the hosts" grep -q "has waited $patience seconds for the others.*on host-" err.txt
ip link set fm$id-3 up
wait
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
