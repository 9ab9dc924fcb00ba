//! The only composition of wire, reassembly and track: frames and time in, a snapshot out.
