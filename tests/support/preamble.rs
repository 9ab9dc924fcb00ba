//! How the calls of many scenarios begin.

/// The lines of a call from A to B: rings after 0.2 s, is answered after 1 s and
/// acknowledged 0.1 s later. `offer` and `answer` are further words of the
/// INVITE and of its 200.
pub(crate) fn answered(offer: &str, answer: &str) -> String {
    format!("0 A>B INVITE {offer}\n0.2 B>A 180\n1 B>A 200 {answer}\n1.1 A>B ACK\n")
}
