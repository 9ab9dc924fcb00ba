//! Arithmetic on arrival times, sequence numbers and timestamps; knows no packet, call or socket.
