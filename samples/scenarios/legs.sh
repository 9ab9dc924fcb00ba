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
  wait "${calls[@]}" || went_well=no
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
  wait "${calls[@]}" || went_well=no
  keep prack-update.pcap
}

# Both ends put each other on hold at once: Bob's re-INVITE leaves while Alice's waits for its answer.
glare() {
  lab_up alice bob
  answerer bob uas-glare 5060
  capture lan -i br0
  calls=()
  call alice uac-glare 5060 bob 5060 -s bob
  wait "${calls[@]}" || went_well=no
  keep glare.pcap
}
