#!/usr/bin/env bash
# Two to four hosts that are network namespaces of this machine, with names and addresses of their own and a line of 1 Gbit/s between them:
# the line is measured, a training has the bits of one process, and a cable that is pulled ends all ranks when their patience does.
#
#   tests/mpi-network.sh      needs root, ip, tc, mpirun.mpich and the built tool; leaves nothing behind
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
line() { tc qdisc add dev "$1" root tbf rate 1gbit burst 128k latency 100ms; }
for host in 1 2 3 4; do
    ip netns add fm$id-$host
    ip link add fm$id-$host type veth peer name eth0 netns fm$id-$host
    ip link set fm$id-$host master fm$id up
    ip -n fm$id-$host addr add 10.213.7.$host/24 dev eth0
    ip -n fm$id-$host link set lo up
    ip -n fm$id-$host link set eth0 up
    line fm$id-$host
    ip netns exec fm$id-$host tc qdisc add dev eth0 root tbf rate 1gbit burst 128k latency 100ms
done

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

for n in 2 4; do
    on $n "$tool" scale cifar10 --measure --batch 64 --threads 1 >out.txt 2>err.txt
    grep 'as measured: ' out.txt || cat err.txt
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
