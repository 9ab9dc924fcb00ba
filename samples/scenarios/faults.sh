# Calls whose packets are lost, or go where nobody is. The loss is on the bridge, before it forwards or copies to the
# tap: the tap stands behind it. Sourced by make.sh.

# Alice's RTP (not her RTCP) is lost on its way.
one-way-audio() {
  lab_up alice bob
  lose "$rtp_of_alice" ''
  two_phones 8
  keep one-way-audio.pcap
}

# One packet in twenty, at random, of Alice's RTP is lost.
lossy-audio() {
  lab_up alice bob
  lose "$rtp_of_alice" 'numgen random mod 100 < 5'
  two_phones 10
  keep lossy-audio.pcap
}

# Every ACK is lost: Bob repeats his 200 until the call ends.
lost-ack() {
  lab_up alice bob
  lose 'ip saddr 192.0.2.10 udp dport 5060 @th,64,32 0x41434b20' ''
  two_phones 9
  keep lost-ack.pcap
}

# RTP has the even ports of those that phones choose from.
rtp_of_alice='ip saddr 192.0.2.10 udp dport 4000-4019 @th,31,1 0'

# lose MATCH CONDITION: packets that match are counted as sent; those that meet the condition too, as dropped.
lose() {
  inside lan nft -f - <<RULES
    table bridge fault {
      counter sent { }
      counter dropped { }
      chain prerouting {
        type filter hook prerouting priority 0
        $1 counter name sent $2 counter name dropped drop
      }
    }
RULES
}

two_phones() {
  phone alice "${address[alice]}" 'audio_codecs=PCMU'
  phone bob "${address[bob]}" 'audio_codecs=PCMU'
  capture lan -i br0
  talk sip:bob@198.51.100.20 "$1" alice
  drops lan
}

# Bob's SDP names an address of his private network: Alice's RTP goes there and nobody takes it.
private-address() {
  lab_up alice bob
  unreachable alice 10.0.0.20
  phone alice "${address[alice]}" 'audio_codecs=PCMU'
  answerer bob uas-answer 5060 -key announced 10.0.0.20 -mp 4100
  capture lan -i br0
  steps <<'STEPS'
    alice do dial sip:bob@198.51.100.20
    alice sees CALL_ESTABLISHED
    wait 6
    alice do hangup
    wait 1
STEPS
  keep private-address.pcap
}
