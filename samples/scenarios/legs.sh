# Calls of several legs, forks one after another, and requests within a call. Sourced by make.sh.

# A back-to-back user agent: two sipp that tell each other what they hear (3PCC), one called, one calling on.
b2bua() {
  lab_up alice proxy bob
  answerer bob uas-answer 5060 -key announced "${address[bob]}"
  sipp_at proxy b2bua-b 5062 "${address[bob]}:5060" -s bob -3pcc "${address[proxy]}:7000"
  sleep 1
  sipp_at proxy b2bua-a 5060 -3pcc "${address[proxy]}:7000"
  listening proxy 5060
  capture lan -i br0
  calls=()
  call alice uac-call 5060 proxy 5060 -s bob -d 4000
  finished
  keep b2bua.pcap
}

# Bob is busy, so the proxy tries Carol.
serial-fork() {
  lab_up alice proxy bob carol
  proxy RECORD NEXT
  proxied_phone alice
  proxied_phone carol
  answerer bob uas-busy 5060
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@example.com
    carol sees CALL_INCOMING
    wait 1
    carol do accept
    alice sees CALL_ESTABLISHED
    wait 3
    alice do hangup
    carol sees CALL_CLOSED
STEPS
  keep serial-fork.pcap
}

# Reliable provisional responses, an UPDATE before the answer and one that refreshes the session.
prack-update() {
  lab_up alice bob
  answerer bob uas-prack 5060
  capture lan -i br0
  calls=()
  call alice uac-prack 5060 bob 5060 -s bob
  finished
  keep prack-update.pcap
}

# Both ends put each other on hold at once: Bob's re-INVITE leaves while Alice's waits for its answer.
glare() {
  lab_up alice bob
  answerer bob uas-glare 5060
  capture lan -i br0
  calls=()
  call alice uac-glare 5060 bob 5060 -s bob
  finished
  keep glare.pcap
}

# A back-to-back user agent that announces addresses of its own and passes on who the ends are by Session-ID (RFC 7989).
session-id() {
  local alice=ab30317f1a784dc48ff824d0d3715d86 bob=47755a9de7794ba387653f2099600ef2 none=00000000000000000000000000000000
  # variant SCENARIO LOCAL REMOTE EDIT...: the scenario with a Session-ID in every message and no voice.
  variant() {
    local name=$1 this=$2 other=$3; shift 3
    sed -e '/rtp_stream=/d' -e 's/rtpstream_audio_port/media_port/' \
      -e "s/^Content-Length:/Session-ID: $this;remote=$other\n&/" "$@" "$here/scenarios/$name.xml" >"$work/$name.xml"
  }
  # Who calls does not know the callee yet.
  local first="/^INVITE/,/^Session-ID/s/remote=$bob/remote=$none/"
  variant uac-call $alice $bob -e "$first"
  variant b2bua-b $alice $bob -e "$first" -e 's/\[\$ip\]/[local_ip]/; s/\[\$port\]/[media_port]/; s/1,2,3,4/&,ip,port/'
  variant b2bua-a $bob $alice -e '/^m=audio/s/\[\$theirport\]/[media_port]/; /^c=/s/\[\$theirip\]/[local_ip]/; s/1,2,3,4/&,theirip,theirport/'
  variant uas-answer $bob $alice
  lab_up alice proxy bob
  answerer bob uas-answer 5060 -key announced "${address[bob]}" -mp 4100
  sipp_at proxy b2bua-b 5062 "${address[bob]}:5060" -s bob -mp 4110 -3pcc "${address[proxy]}:7000"
  sleep 1
  sipp_at proxy b2bua-a 5060 -mp 4100 -3pcc "${address[proxy]}:7000"
  listening proxy 5060
  capture lan -i br0
  calls=()
  call alice uac-call 5060 proxy 5060 -s 5550100 -mp 4100 -d 2000
  finished
  keep session-id.pcap
}
