# The laboratory: one network namespace for each element, all on one bridge, and a tap on that bridge.
# Sourced by make.sh, which sets $here (this folder's parent) and $work (a scratch folder, removed at the end).

declare -A address=(
  [alice]=192.0.2.10 [erin]=192.0.2.11 [proxy]=192.0.2.5
  [bob]=198.51.100.20 [relay]=198.51.100.6
  [carol]=203.0.113.30 [dave]=203.0.113.40
)
declare -A address6=([alice]=2001:db8::10 [bob]=2001:db8:1::20)
pids=()       # every process started in the background, each under a timeout
tap=          # the capturing process
went_well=yes # no, once a step failed

inside() { local who=$1; shift; ip netns exec "siplens-$who" "$@"; }

# lab_up NAME...: the bridge and the elements named.
# Link checksums are computed in software, so that the capture shows what a wire would carry.
lab_up() {
  ip netns add siplens-lan
  quiet_ipv6 lan
  ip -n siplens-lan link add br0 address 02:00:00:00:00:01 type bridge mcast_snooping 0 stp_state 0
  ip -n siplens-lan link set br0 up
  local who
  for who in "$@"; do element "$who"; done
}

element() {
  local who=$1 mac
  mac=$(printf '02:00:%02x:%02x:%02x:%02x' ${address[$who]//./ })
  ip netns add "siplens-$who"
  quiet_ipv6 "$who"
  ip -n siplens-lan link add "$who" type veth peer name eth0 netns "siplens-$who"
  ip -n siplens-lan link set "$who" master br0 up
  ip -n "siplens-$who" link set lo up
  ip -n "siplens-$who" link set eth0 address "$mac" up
  inside "$who" ethtool -K eth0 tx off tso off gso off gro off >/dev/null
  ip -n "siplens-$who" address add "${address[$who]}/32" dev eth0
  ip -n "siplens-$who" route add default dev eth0
}

quiet_ipv6() { inside "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; }

# ipv6_only NAME...: elements have their IPv6 address instead.
ipv6_only() {
  local who
  for who in "$@"; do
    ip -n "siplens-$who" address flush dev eth0
    inside "$who" sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.disable_ipv6=0
    ip -n "siplens-$who" address add "${address6[$who]}/128" dev eth0 nodad
    ip -n "siplens-$who" -6 route add default dev eth0
  done
}

# unreachable NAME ADDRESS: frames to ADDRESS leave NAME for a gateway's MAC that nobody owns.
unreachable() {
  ip -n "siplens-$1" neighbour add "$2" lladdr 02:00:00:00:00:fe dev eth0 nud permanent
}

lab_down() {
  local pid name
  for pid in "${pids[@]}" $tap; do kill "$pid" 2>/dev/null; done
  for pid in "${pids[@]}" $tap; do wait "$pid" 2>/dev/null; done
  pids=() tap=
  for name in $(ip netns list | awk '/^siplens-/ { print $1 }'); do ip netns del "$name"; done
}

# start NAME LOG COMMAND...: run in the background inside NAME, at most two minutes.
start() {
  local who=$1 log=$2; shift 2
  ip netns exec "siplens-$who" timeout 120 "$@" >"$work/$log.log" 2>&1 </dev/null &
  pids+=($!)
}

# listening NAME PORT: wait until something has that UDP port there.
listening() {
  for _ in {1..50}; do
    inside "$1" ss -Hlun | grep -q ":$2 " && sleep 0.5 && return
    sleep 0.1
  done
  echo "nothing listens on port $2 in $1" >&2
  went_well=no
}

# capture NAME OPTION...: tap the bridge (NAME = lan) or an element, into $work/raw.
# ARP, ICMPv6 neighbour discovery and the control connections on loopback stay out.
capture() {
  local who=$1; shift
  ip netns exec "siplens-$who" timeout 150 tcpdump -Z root -s 0 -B 8192 -U --immediate-mode "$@" -w "$work/raw" \
    'udp or (tcp and not net 127.0.0.0/8) or icmp or (ip[6:2] & 0x1fff != 0)' 2>"$work/tcpdump.log" &
  tap=$!
  for _ in {1..50}; do
    grep -qs 'listening on' "$work/tcpdump.log" && return
    sleep 0.1
  done
  went_well=no
}

# keep FILE: end the capture and store it, if all steps were taken and no packet was missed.
keep() {
  sleep 0.5
  kill -INT "$tap"; wait "$tap"; tap=
  grep -q '^0 packets dropped by kernel' "$work/tcpdump.log" || { cat "$work/tcpdump.log"; return 1; }
  [ "$went_well" = yes ] || return 1
  case $1 in
    *.pcapng) editcap -F pcapng "$work/raw" "$here/$1" ;;
    *) cp "$work/raw" "$here/$1" ;;
  esac
}

# drops NAME: note what the nftables counters of NAME stand at.
drops() { inside "$1" nft -j list counters >"$work/nft.json"; }

# phone NAME ADDRESS ACCOUNT-PARAMETERS [CONFIGURATION-LINE...]: a baresip that plays NAME's voice,
# takes commands on its own loopback, and logs its RTP counts when a call ends. Its user is NAME, or $user.
phone() {
  local who=$1 host=$2 parameters=$3 dir=$work/$1; shift 3
  mkdir -p "$dir"
  sed -e "s|@HOST@|$host|" -e "s|@VOICE@|$work/$who-${rate:-8000}.wav|" "$here/scenarios/baresip.conf" >"$dir/config"
  printf '%s\n' "$@" >>"$dir/config"
  local name=${user:-$who}
  name=${name^}
  echo "$name <sip:${user:-$who}@${domain:-$host}>;regint=${regint:-0};$parameters" >"$dir/accounts"
  cp "$work/contacts-$who" "$dir/contacts" 2>/dev/null || : >"$dir/contacts"
  start "$who" "$who" baresip -f "$dir"
}

# voice NAME ESPEAK-OPTIONS WORDS: 40 s of synthesised speech at each codec's rate, and as raw G.711.
voice() {
  local who=$1 options=$2 words=$3 r
  espeak-ng $options -w "$work/$who.wav" "$words"
  for r in 8000 16000 48000; do  # baresip's Opus is stereo
    sox "$work/$who.wav" -r $r -c $((1 + r / 48000)) -b 16 "$work/$who-$r.wav" gain -n -6 repeat 60 trim 0 40
  done
  sox "$work/$who-8000.wav" -t ul "$work/$who.ulaw"
  sox "$work/$who-8000.wav" -t al "$work/$who.alaw"
}

# proxy DUTY...: Kamailio with the duties named (see proxy.cfg).
proxy() {
  local duty options=()
  for duty in "$@"; do options+=(-A "$duty"); done
  mkdir -p "$work/run"
  start proxy kamailio kamailio -DD -E -m 32 -M 8 -Y "$work/run" -w "$work/run" -f "$here/scenarios/proxy.cfg" "${options[@]}"
  listening proxy 5060
}

# edge: a Kamailio on relay's host through which phones reach the proxy (see edge.cfg).
edge() {
  mkdir -p "$work/run-edge"
  start relay edge kamailio -DD -E -m 32 -M 8 -Y "$work/run-edge" -w "$work/run-edge" -f "$here/scenarios/edge.cfg"
  listening relay 5060
}

# sipp_at NAME SCENARIO PORT OPTION...: one call by sipp, in the background; its statistics go to a file each second.
# A variant of a scenario that a sample made in $work is taken before the one here.
sipp_at() {
  local who=$1 scenario=$2 port=$3 ip=${address[$1]} log=$1-$2-$3 file=$work/$2.xml; shift 3
  [ -e "$file" ] || file=$here/scenarios/$scenario.xml
  (cd "$work" && exec ip netns exec "siplens-$who" timeout 130 sipp -sf "$file" \
    -i "$ip" -mi "$ip" -p "$port" -m 1 -nostdin -trace_err -trace_stat -stf "$log.csv" -fd 1 "$@") \
    >"$work/$log.log" 2>&1 </dev/null &
  pids+=($!)
}

# answerer NAME SCENARIO PORT OPTION...: is called once.
answerer() {
  sipp_at "$@" -key callee "$1"
  listening "$1" "$3"
}

# call NAME SCENARIO PORT CALLEE CALLEE-PORT OPTION...: calls once; `finished` waits for all such.
call() {
  local who=$1 scenario=$2 port=$3 callee=$4 callee_port=$5; shift 5
  sipp_at "$who" "$scenario" "$port" "${address[$callee]}:$callee_port" -s "$callee" -key caller "$who" "$@"
  calls+=($!)
}

# finished: waits for all calls, each of which must have gone as its scenario says.
finished() {
  local pid
  for pid in "${calls[@]}"; do wait "$pid" || went_well=no; done
}

# steps: drives the phones as written on standard input.
steps() { timeout 120 python3 "$here/scenarios/drive.py" || went_well=no; }

# talk URI SECONDS WHO: Alice calls Bob at URI, he answers after a second, and WHO of them hangs up SECONDS later.
talk() {
  local other=alice
  [ "$3" = bob ] || other=bob
  steps <<STEPS
    alice do dial $1
    bob sees CALL_INCOMING
    wait 1
    bob do accept
    alice sees CALL_ESTABLISHED
    wait $2
    $3 do hangup
    $other sees CALL_CLOSED
STEPS
}
