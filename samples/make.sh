#!/bin/bash
# Makes the sample captures: real SIP software, each element in a network namespace of its own.
#
#   samples/make.sh            remakes all
#   samples/make.sh NAME...    remakes those named (see the table in README.md)
#   LOGS=FOLDER samples/make.sh ...    also keeps what the software wrote
#
# Must run as root (namespaces, nftables, capturing) on Debian 12. Installs with apt-get: sip-tester, baresip-core,
# kamailio, kamailio-presence-modules, rtpengine-daemon, espeak-ng, sox, iproute2, ethtool, nftables, openssl, procps, tcpdump, tshark.
# (Debian may start the services of kamailio and rtpengine when it installs them; they are not needed.)
# Makes namespaces named siplens-*, ends the processes it started, by id, and removes the namespaces when it leaves.
# The scenarios and configurations are in scenarios/; truth.json is written anew for each file remade.

set -u
here=$(cd "$(dirname "$0")" && pwd)
software=(sip-tester baresip-core kamailio kamailio-presence-modules rtpengine-daemon
  espeak-ng sox iproute2 ethtool nftables openssl procps tcpdump tshark)
all=(answered-call busy no-answer-cancel challenge proxy-record-route hold-resume blind-transfer registration
  message-subscribe one-way-audio private-address inband-tones lossy-audio ipv6-call tcp-call two-calls-of-many dtmf no-response
  redirect early-media fork rtpengine-relay lost-ack fragmented-invite srtp-call b2bua serial-fork prack-update glare
  attended-transfer several-contacts subscriptions keep-alive session-timer proxy-redirect emergency identity session-id)

[ "$(id -u)" = 0 ] || { echo 'make.sh needs root: namespaces and capturing' >&2; exit 1; }
dpkg-query -W "${software[@]}" >/dev/null 2>&1 || apt-get install -y --no-install-recommends "${software[@]}" || exit 1

for part in lab outcomes proxied legs midcall transports faults services; do . "$here/scenarios/$part.sh"; done

scratch=$(mktemp -d)
trap 'lab_down; rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM

work=$scratch/voices; mkdir "$work"
voice alice '-v en+f3 -s 150' 'Hello, this is Alice. The quick brown fox jumps over the lazy dog. One, two, three, four, five.'
voice bob '-v en+m3 -s 140' 'Good morning, Bob speaking. I hear you well. Six, seven, eight, nine, ten.'
voice carol '-v en+f2 -s 160' 'Carol here. How may I help you? Eleven, twelve, thirteen.'
voice dave '-v en+m5 -s 150' 'This is Dave.'
voice erin '-v en+f4 -s 150' 'Erin is calling. Fourteen, fifteen, sixteen.'

failed=0
[ $# -gt 0 ] || set -- "${all[@]}"
for name in "$@"; do
  case " ${all[*]} " in *" $name "*) ;; *) echo "no sample named $name" >&2; failed=1; continue ;; esac
  work=$scratch/$name; cp -r "$scratch/voices" "$work"
  cp "$work/bob.ulaw" "$work/voice.ulaw"
  went_well=yes
  echo "== $name"
  if "$name"; then
    lab_down
    python3 "$here/scenarios/truth.py" "$name" "$work"
  else
    lab_down
    echo "$name failed; its file is as it was" >&2
    failed=1
  fi
  [ -z "${LOGS:-}" ] || { rm -rf "${LOGS:?}/$name"; mkdir -p "$LOGS"; cp -r "$work" "$LOGS/$name"; }
done
exit $failed
