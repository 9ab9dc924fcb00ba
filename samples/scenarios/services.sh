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
