# What happens within a call: hold, transfer, digits. Sourced by make.sh.

hold-resume() {
  lab_up alice bob
  phone alice "${address[alice]}" 'audio_codecs=PCMA'
  phone bob "${address[bob]}" 'audio_codecs=PCMA'
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@198.51.100.20
    bob sees CALL_INCOMING
    wait 1
    bob do accept
    alice sees CALL_ESTABLISHED
    wait 3
    alice do hold
    wait 4
    alice do resume
    wait 3
    alice do hangup
    bob sees CALL_CLOSED
STEPS
  keep hold-resume.pcap
}

# Bob sends Alice on to Carol.
blind-transfer() {
  lab_up alice bob carol
  phone alice "${address[alice]}" 'audio_codecs=PCMU'
  phone bob "${address[bob]}" 'audio_codecs=PCMU'
  phone carol "${address[carol]}" 'audio_codecs=PCMU'
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@198.51.100.20
    bob sees CALL_INCOMING
    wait 1
    bob do accept
    alice sees CALL_ESTABLISHED
    wait 3
    bob do transfer sip:carol@203.0.113.30
    carol sees CALL_INCOMING
    wait 1
    carol do accept
    carol sees CALL_ESTABLISHED
    wait 3
    carol do hangup
    wait 1
STEPS
  keep blind-transfer.pcap
}

# Alice keys 1 2 3 # as telephone events; Bob sends 5 by INFO.
dtmf() {
  lab_up alice bob
  phone alice "${address[alice]}" 'audio_codecs=PCMU'
  answerer bob uas-info 5060 -mp 4100
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@198.51.100.20
    alice sees CALL_ESTABLISHED
    wait 1
    alice do sndcode 1
    wait 0.5
    alice do sndcode 2
    wait 0.5
    alice do sndcode 3
    wait 0.5
    alice do sndcode #
    wait 3
    alice do hangup
    wait 1
STEPS
  keep dtmf.pcap
}

# Alice keys 2 5 8 # on a telephone that sends the tones themselves; Bob's microphone is mute.
inband-tones() {
  lab_up alice bob
  local part=() low high
  for tones in 697:1336 770:1336 852:1336 941:1477; do
    low=${tones%:*} high=${tones#*:}
    sox -n -r 8000 -c 1 -b 16 "$work/tone-$low.wav" synth 0.12 sine "$low" sine "$high" remix 1,2 gain -n -9 pad 0 0.15
    part+=("$work/tone-$low.wav")
  done
  sox "$work/alice-8000.wav" "$work/words.wav" trim 0 2
  sox "$work/words.wav" "${part[@]}" "$work/words.wav" "$work/tones.wav" pad 0 1
  mv "$work/tones.wav" "$work/alice-8000.wav"
  sox -n -r 8000 -c 1 -b 16 "$work/bob-8000.wav" trim 0 40
  phone alice "${address[alice]}" 'audio_codecs=PCMU'
  phone bob "${address[bob]}" 'audio_codecs=PCMU'
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@198.51.100.20
    bob sees CALL_INCOMING
    bob do accept
    alice sees CALL_ESTABLISHED
    wait 6
    alice do hangup
    bob sees CALL_CLOSED
STEPS
  keep inband-tones.pcap
}

# Alice talks to Bob, asks Carol, and sends Bob on to Carol in her place. Bob is two sipp that tell each other (3PCC).
attended-transfer() {
  lab_up alice bob carol
  local dialog=consultation@${address[alice]} replaced
  replaced="$dialog;to-tag=asked1;from-tag=asking"
  answerer carol uas-replaced 5060 -m 2 -d 2500
  sipp_at bob uac-replaces 5062 "${address[carol]}:5060" -s carol -3pcc "${address[bob]}:7000" -key replaced "$replaced"
  sleep 1
  answerer bob uas-refer 5060 -3pcc "${address[bob]}:7000"
  capture lan -i br0
  calls=()
  call alice uac-refer 5060 bob 5060 -d 4000 -key target "sip:carol@${address[carol]}:5060" \
    -key replaced "$(sed 's/@/%40/; s/;/%3B/g; s/=/%3D/g' <<<"$replaced")"
  sleep 2
  call alice uac-consult 5062 carol 5060 -cid_str "$dialog"
  finished
  sleep 3.5
  keep attended-transfer.pcap
}

# Alice refreshes the session once and not again, so Bob hangs up before it runs out.
session-timer() {
  lab_up alice bob
  answerer bob uas-timer 5060
  capture lan -i br0
  calls=()
  call alice uac-timer 5060 bob 5060
  finished
  keep session-timer.pcap
}
