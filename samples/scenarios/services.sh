# Samples of SIP that is not a call: registration, presence, messages. Sourced by make.sh.

# Alice registers, refreshes and leaves; Carol's password is wrong.
registration() {
  lab_up alice carol proxy
  proxy
  capture lan -i br0
  domain=example.com regint=10 phone alice "${address[alice]}" 'outbound="sip:192.0.2.5";auth_user=alice;auth_pass=secret'
  steps <<'STEPS'
    wait 25
    alice do quit
    wait 1
STEPS
  domain=example.com regint=60 phone carol "${address[carol]}" 'outbound="sip:192.0.2.5";auth_user=carol;auth_pass=guess'
  sleep 2
  keep registration.pcap
}

# Alice and Bob are users of one presence server; Bob publishes, Alice subscribes, then they write to each other.
message-subscribe() {
  lab_up alice bob proxy
  proxy
  echo '"Bob" <sip:bob@example.com>;presence=p2p' >"$work/contacts-alice"
  capture lan -i br0
  domain=example.com phone bob "${address[bob]}" 'outbound="sip:192.0.2.5";pubint=60' 'module_app presence.so'
  sleep 1
  domain=example.com phone alice "${address[alice]}" 'outbound="sip:192.0.2.5"' 'module_app presence.so'
  steps <<'STEPS'
    wait 2
    alice do options sip:bob@example.com
    wait 1
    alice do message sip:bob@example.com Good morning Bob
    wait 1
    bob do presence_offline
    wait 2
    alice do quit
    wait 1
STEPS
  keep message-subscribe.pcap
}

# Alice has two phones, on hosts alice and erin, that register through the edge; Bob's call rings both. The first one
# refreshes, the second one answers, and both leave.
several-contacts() {
  lab_up alice erin bob relay proxy
  proxy LOOKUP RECORD
  edge
  proxied_phone bob
  capture lan -i br0
  local behind='outbound="sip:198.51.100.6";sipnat=outbound;auth_user=alice;auth_pass=secret;audio_codecs=PCMU'
  domain=example.com regint=10 phone alice "${address[alice]}" "$behind" 'module_tmp uuid.so'
  sleep 1
  domain=example.com regint=60 user=alice phone erin "${address[erin]}" "$behind" 'module_tmp uuid.so'
  steps <<'STEPS'
    wait 11
    bob do dial sip:alice@example.com
    alice sees CALL_INCOMING
    erin sees CALL_INCOMING
    wait 1
    erin do accept
    bob sees CALL_ESTABLISHED
    alice sees CALL_CLOSED
    wait 2
    bob do hangup
    erin sees CALL_CLOSED
    erin do quit
    wait 1
    alice do quit
    wait 1
STEPS
  keep several-contacts.pcap
}

# Alice's phone watches her mailbox, Bob's calls and Bob's registrations; each is published once, and then she has seen enough.
subscriptions() {
  lab_up alice bob erin proxy
  printf '%s\n' 'Messages-Waiting: yes' 'Message-Account: sip:alice@example.com' 'Voice-Message: 2/8 (0/2)' >"$work/mailbox"
  cat >"$work/calls" <<'XML'
<?xml version="1.0"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full" entity="sip:bob@example.com">
  <dialog id="7f3a" call-id="a84b4c76" local-tag="b1" remote-tag="d1" direction="recipient">
    <state>confirmed</state>
    <local><identity>sip:bob@example.com</identity></local>
    <remote><identity>sip:dave@example.com</identity></remote>
  </dialog>
</dialog-info>
XML
  cat >"$work/places" <<'XML'
<?xml version="1.0"?>
<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="0" state="full">
  <registration aor="sip:bob@example.com" id="r1" state="active">
    <contact id="c1" state="active" event="registered" expires="3600"><uri>sip:bob@198.51.100.20:5060</uri></contact>
  </registration>
</reginfo>
XML
  proxy PACKAGES
  capture lan -i br0
  calls=()
  watch 5060 message-summary alice application/simple-message-summary
  watch 5062 dialog bob application/dialog-info+xml
  watch 5064 reg bob application/reginfo+xml
  sleep 1
  state erin 5060 message-summary alice application/simple-message-summary mailbox
  state bob 5060 dialog bob application/dialog-info+xml calls
  state erin 5062 reg bob application/reginfo+xml places
  finished
  keep subscriptions.pcap
}

# watch PORT PACKAGE WATCHED TYPE: Alice subscribes.
watch() {
  call alice uac-subscribe "$1" proxy 5060 -key user alice -key package "$2" -key watched "$3" -key accept "$4"
}

# state NAME PORT PACKAGE USER TYPE FILE: what NAME's host publishes of USER.
state() {
  sed -e "/@DOCUMENT@/{r $work/$6" -e 'd}' "$here/scenarios/uac-publish.xml" >"$work/publish-$6.xml"
  call "$1" "publish-$6" "$2" proxy 5060 -key package "$3" -key user "$4" -key type "$5"
}

# The proxy asks three peers whether they are there: Bob's phone is, on Carol's host nothing listens, Dave's drops it all.
keep-alive() {
  lab_up bob carol dave proxy
  inside dave nft -f - <<'RULES'
    table ip silent {
      counter dropped { }
      chain input {
        type filter hook input priority 0
        udp dport 5060 counter name dropped drop
      }
    }
RULES
  phone bob "${address[bob]}" 'audio_codecs=PCMU'
  printf '1 sip:%s:5060\n' "${address[bob]}" "${address[carol]}" "${address[dave]}" >"$work/peers"
  capture lan -i br0
  proxy PING PEERS="\"$work/peers\""
  sleep 50
  drops dave
  keep keep-alive.pcap
}
