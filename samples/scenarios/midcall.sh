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
