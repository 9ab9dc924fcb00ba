# How a call ends: answered, refused, given up, never answered, sent elsewhere; and several at once. Sourced by make.sh.

answered-call() {
  lab_up alice bob
  phone alice "${address[alice]}" 'audio_codecs=PCMU'
  phone bob "${address[bob]}" 'audio_codecs=PCMU,PCMA'
  capture lan -i br0
  talk sip:bob@198.51.100.20 6 alice
  keep answered-call.pcap
}

busy() {
  lab_up alice bob
  phone alice "${address[alice]}" 'audio_codecs=PCMU'
  answerer bob uas-busy 5060
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@198.51.100.20
    alice sees CALL_CLOSED
STEPS
  keep busy.pcap
}

no-answer-cancel() {
  lab_up alice bob
  phone alice "${address[alice]}" 'audio_codecs=PCMU'
  phone bob "${address[bob]}" 'audio_codecs=PCMU'
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@198.51.100.20
    alice sees CALL_RINGING
    wait 6
    alice do hangup
    bob sees CALL_CLOSED
STEPS
  keep no-answer-cancel.pcap
}

# Bob's phone is behind a filter that drops without a word. After Timer B, Alice asks Carol's phone for its options.
no-response() {
  lab_up alice bob carol
  inside bob nft -f - <<'RULES'
    table ip silent {
      counter dropped { }
      chain input {
        type filter hook input priority 0
        udp dport 5060 counter name dropped drop
      }
    }
RULES
  phone alice "${address[alice]}" 'audio_codecs=PCMU'
  phone carol "${address[carol]}" 'audio_codecs=PCMU'
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@198.51.100.20
    alice sees CALL_CLOSED
    wait 1
    alice do options sip:carol@203.0.113.30
    wait 1
STEPS
  drops bob
  keep no-response.pcap
}

redirect() {
  lab_up alice bob carol
  phone alice "${address[alice]}" 'audio_codecs=PCMU'
  phone carol "${address[carol]}" 'audio_codecs=PCMU'
  answerer bob uas-redirect 5060 -key elsewhere sip:carol@203.0.113.30
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@198.51.100.20
    carol sees CALL_INCOMING
    wait 1
    carol do accept
    alice sees CALL_ESTABLISHED
    wait 3
    carol do hangup
    alice sees CALL_CLOSED
STEPS
  keep redirect.pcap
}

# Bob plays an announcement before he answers.
early-media() {
  lab_up alice bob
  phone alice "${address[alice]}" 'audio_codecs=PCMU'
  answerer bob uas-early 5060 -mp 4100
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@198.51.100.20
    alice sees CALL_ESTABLISHED
    wait 3
    alice do hangup
    wait 1
STEPS
  keep early-media.pcap
}

# Five calls at once: three answered, one refused, one given up. Each caller and callee is a sipp of its own.
two-calls-of-many() {
  lab_up alice erin bob carol dave
  answerer bob uas-answer 5060 -key announced "${address[bob]}" -mp 4100
  answerer bob uas-answer 5062 -key announced "${address[bob]}" -mp 4110
  answerer dave uas-answer 5060 -key announced "${address[dave]}" -mp 4100
  answerer dave uas-ring 5062
  answerer carol uas-busy 5060
  capture lan -i br0
  calls=()
  call alice uac-call 5060 bob 5060 -mp 4100 -d 4000
  call erin uac-call 5060 dave 5060 -mp 4100 -d 2500
  sleep 0.4
  call alice uac-cancel 5062 dave 5062 -d 3000
  call erin uac-refused 5062 carol 5060
  sleep 0.4
  call erin uac-call 5064 bob 5062 -mp 4110 -d 3000
  wait "${calls[@]}"
  keep two-calls-of-many.pcap
}
