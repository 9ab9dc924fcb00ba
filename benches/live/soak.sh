#!/usr/bin/env bash
# A long run of siplens live under the load that sipp makes, with its memory and drops written down.
#
#   benches/live/soak.sh [SECONDS [CALLS_PER_SECOND]]     default 1200 s, 50 calls/s, each 2.2 s with 100 RTP packets each way
#
# What came over the cable is what its interface counted, so that what sipp itself did not send is told from what was not seen.
#
# Must run as root: makes two network namespaces with a cable between them and removes them when it leaves. Needs sipp, ip and
# python3. Takes the siplens of SIPLENS, else target/release/siplens, else target/debug/siplens. Writes to standard output a
# line every 10 seconds: seconds, resident memory of siplens in MiB, packets, dropped packets, calls open, milliseconds behind; then the sums of both.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-1200} rate=${2:-50}
program=${SIPLENS:-}
for built in "$here/target/release/siplens" "$here/target/debug/siplens"; do
    [ -n "$program" ] || { [ -x "$built" ] && program=$built; }
done
[ "$(id -u)" = 0 ] || { echo 'soak.sh needs root' >&2; exit 1; }

work=$(mktemp -d); near=siplens-soak-near-$$ far=siplens-soak-far-$$; ids=()
leave() {
    for id in "${ids[@]}"; do kill "$id" 2>/dev/null || true; done
    ip netns del "$near" 2>/dev/null || true; ip netns del "$far" 2>/dev/null || true
    rm -rf "$work"
}
trap leave EXIT
ip netns add "$near"; ip netns add "$far"
ip link add near netns "$near" type veth peer name far netns "$far"
ip -n "$near" address add 10.78.0.1/16 dev near; ip -n "$near" link set near up
ip -n "$far" address add 10.78.0.2/16 dev far; ip -n "$far" link set far up

# 100 packets of PCMA for the caller to play.
python3 - "$work/audio.pcap" <<'PY'
import struct, sys
with open(sys.argv[1], 'wb') as out:
    out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for i in range(100):
        rtp = struct.pack('>BBHII', 0x80, 8, i, i * 160, 0x1234) + bytes([0xd5] * 160)
        udp = struct.pack('>HHHH', 4000, 4002, 8 + len(rtp), 0) + rtp
        ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), i, 0, 64, 17, 0, bytes(4), bytes(4)) + udp
        frame = bytes(12) + b'\x08\x00' + ip
        out.write(struct.pack('<IIII', i * 20000 // 1000000, i * 20000 % 1000000, len(frame), len(frame)) + frame)
PY
cp "$here"/tests/it/live/{caller,callee}.xml "$work"
cd "$work"

ip netns exec "$far" "$program" live -i far --headless -o events.json --rotate-size 256M --rotate-keep 1 --every 10 --linger 5 \
    ${SOAK_OPTIONS:-} 2>siplens.log &
siplens=$!; ids+=("$siplens")
for _ in $(seq 100); do grep -q 'capturing at' siplens.log && break; sleep 0.1; done
ip netns exec "$far" sipp -sf callee.xml -i 10.78.0.2 -p 5060 -mp 30000 -rtp_echo -nostdin >/dev/null 2>&1 &
answering=$!; ids+=("$answering")
sleep 1
# sipp ends with 99 when it is told to stop.
ip netns exec "$near" sipp 10.78.0.2:5060 -sf caller.xml -i 10.78.0.1 -p 5060 -mp 20000 -r "$rate" \
    -m $((seconds * rate)) -l 100000 -nostdin -trace_stat -stf caller.csv -fd 5 >/dev/null 2>&1 &
calling=$!; ids+=("$calling")

echo "seconds rss_mib packets dropped calls_open lag_ms"
begun=$SECONDS
last() { { tail -qc 90000000 events.json.1 events.json 2>/dev/null || true; } | grep '"event":"interval"' | tail -n 1 | grep -o "\"$1\":[0-9]*" | head -n 1 | cut -d: -f2; }
while kill -0 "$calling" 2>/dev/null; do
    sleep 10
    rss=$(awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$siplens/status")
    echo "$((SECONDS - begun)) $rss $(last packets) $(last dropped_packets) $(last calls_open) $(last lag_ms)"
done
sleep 2
carried=$(ip -n "$far" -s -j link show far | python3 -c '
import json, sys
counted = json.load(sys.stdin)[0]["stats64"]
print(counted["rx"]["packets"] + counted["tx"]["packets"])')
kill -INT "$siplens"; wait "$siplens" || true
echo "interface: packets $carried"
python3 - <<'PY'
import csv, json
rows = list(csv.reader(open('caller.csv'), delimiter=';'))
said = dict(zip(rows[0], rows[-1]))
for line in open('events.json'):
    if '"event":"end"' in line:
        end = json.loads(line)
counts, source = end['capture']['counts'], end['capture']['sources'][0]
print('sipp: calls', said['TotalCallCreated'], 'successful', said['SuccessfulCall(C)'], 'failed', said['FailedCall(C)'],
      'retransmissions', said['Retransmissions(C)'])
print('siplens: calls', end['summary']['calls'], 'answered', end['summary']['answered'],
      'packets', counts['packets'], 'SIP', counts['sip_messages'], 'RTP', counts['rtp_packets'], 'dropped', source['dropped_packets'],
      'by interface', source['interface_drops'])
for problem in end['capture']['problems']:
    print('problem:', problem['code'], problem['count'])
PY
