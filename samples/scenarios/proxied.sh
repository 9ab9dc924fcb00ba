# Calls through Kamailio. Sourced by make.sh.

# proxied_phone NAME [PARAMETERS]: a phone of example.com that speaks G.711 and sends through the proxy.
proxied_phone() {
  domain=example.com phone "$1" "${address[$1]}" "outbound=\"sip:192.0.2.5\";audio_codecs=PCMU${2:-}"
}

# The proxy asks for a password and, without Record-Route, is out of the way after the answer.
challenge() {
  lab_up alice proxy bob
  proxy CHALLENGE
  proxied_phone alice ';auth_user=alice;auth_pass=secret'
  proxied_phone bob
  capture lan -i br0
  talk sip:bob@example.com 6 alice
  keep challenge.pcap
}

# Captured in the proxy, with both hops on one interface, as "any" shows it.
proxy-record-route() {
  lab_up alice proxy bob
  proxy RECORD
  proxied_phone alice
  proxied_phone bob
  capture proxy -i any -y LINUX_SLL2
  talk sip:bob@example.com 4 bob
  keep proxy-record-route.pcap
}

# Two phones ring at once; the one that is not picked up is cancelled by the proxy.
fork() {
  lab_up alice proxy bob carol
  proxy RECORD FORK
  proxied_phone alice
  proxied_phone bob
  proxied_phone carol
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@example.com
    bob sees CALL_INCOMING
    carol sees CALL_INCOMING
    wait 2
    bob do accept
    alice sees CALL_ESTABLISHED
    carol sees CALL_CLOSED
    wait 3
    alice do hangup
    bob sees CALL_CLOSED
STEPS
  keep fork.pcap
}

# Kamailio has rtpengine relay the media; both legs are on the bridge.
rtpengine-relay() {
  lab_up alice proxy relay bob
  start relay rtpengine rtpengine --foreground --log-stderr --log-level=5 --table=-1 --interface=198.51.100.6 \
    --listen-ng=198.51.100.6:2223 --port-min=30000 --port-max=30099 --pidfile="$work/rtpengine.pid"
  listening relay 2223
  proxy RECORD RELAY
  proxied_phone alice
  proxied_phone bob
  capture lan -i br0
  talk sip:bob@example.com 6 alice
  keep rtpengine-relay.pcap
}

# The proxy answers Alice's call to Bob with where to find Carol instead.
proxy-redirect() {
  lab_up alice proxy carol
  proxy REDIRECT
  proxied_phone alice
  proxied_phone carol
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@example.com
    carol sees CALL_INCOMING
    wait 1
    carol do accept
    alice sees CALL_ESTABLISHED
    wait 2
    alice do hangup
    carol sees CALL_CLOSED
STEPS
  keep proxy-redirect.pcap
}

# Alice calls for help and says where she is; the proxy knows who helps.
emergency() {
  lab_up alice proxy bob
  proxy RECORD EMERGENCY
  # The proxy stays on the way.
  sed -e '/rtp_stream=/d' -e 's/^\[last_Via:\]/&\n[last_Record-Route:]/' "$here/scenarios/uas-answer.xml" >"$work/uas-answer.xml"
  answerer bob uas-answer 5060 -key announced "${address[bob]}" -mp 4100
  capture lan -i br0
  calls=()
  call alice uac-emergency 5060 proxy 5060 -mp 4100 -d 2000
  finished
  keep emergency.pcap
}

# A gateway vouches for the caller of a diverted call with a signature made at that moment; its certificate is kept.
identity() {
  local key=$work/key.pem certificate=$work/certificate.pem passport
  openssl ecparam -name prime256v1 -genkey -noout -out "$key"
  openssl req -new -x509 -key "$key" -sha256 -days 36500 -subj '/O=Example Telephone/CN=SHAKEN 1234' -out "$certificate"
  lab_up alice bob
  answerer bob uas-answer 5060 -key announced "${address[bob]}" -mp 4100
  capture lan -i br0
  passport=$(python3 "$here/scenarios/passport.py" "$key" 12155550121 12155550131 https://certificates.example.com/shaken.pem)
  calls=()
  call alice uac-identity 5060 bob 5060 -mp 4100 -d 2000 -key passport "$passport"
  finished
  keep identity.pcap && cp "$certificate" "$here/identity.pem"
}
