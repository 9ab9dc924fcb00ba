# Calls over IPv6, TCP, IP fragments and SRTP. Sourced by make.sh.

ipv6-call() {
  lab_up alice bob
  ipv6_only alice bob
  rate=16000 phone alice "[${address6[alice]}]" 'audio_codecs=G722/16000/1'
  rate=16000 phone bob "[${address6[bob]}]" 'audio_codecs=G722/16000/1'
  capture lan -i br0 --time-stamp-precision=nano
  talk 'sip:bob@[2001:db8:1::20]' 5 bob
  keep ipv6-call.pcapng
}

# Alice's route carries 576 bytes at a time: SIP messages span TCP segments. Captured at Bob, as "any" shows it.
tcp-call() {
  lab_up alice bob
  ip -n siplens-alice route change default dev eth0 mtu lock 576
  rate=48000 phone alice "${address[alice]}" 'audio_codecs=opus/48000/2'
  rate=48000 phone bob "${address[bob]}" 'audio_codecs=opus/48000/2'
  capture bob -i any -y LINUX_SLL
  talk 'sip:bob@198.51.100.20;transport=tcp' 5 alice
  keep tcp-call.pcap
}

# Alice's route carries 576 bytes at a time: her INVITE travels in two fragments.
fragmented-invite() {
  lab_up alice bob
  ip -n siplens-alice route change default dev eth0 mtu lock 576
  phone alice "${address[alice]}" 'audio_codecs=PCMA'
  phone bob "${address[bob]}" 'audio_codecs=PCMA'
  capture lan -i br0 --time-stamp-precision=nano
  talk sip:bob@198.51.100.20 2 alice
  keep fragmented-invite.pcap
}

# Media encrypted with the keys in the SDP (RFC 4568).
srtp-call() {
  lab_up alice bob
  phone alice "${address[alice]}" 'audio_codecs=PCMU;mediaenc=srtp-mand' 'module srtp.so'
  phone bob "${address[bob]}" 'audio_codecs=PCMU;mediaenc=srtp-mand' 'module srtp.so'
  capture lan -i br0
  talk sip:bob@198.51.100.20 6 alice
  keep srtp-call.pcap
}
