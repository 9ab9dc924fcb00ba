//! Every cap of what is kept, in one place.

/// Declares the caps once: name, default and meaning side by side.
macro_rules! limits {
    ($($(#[doc = $doc:literal])* $name:ident = $default:expr;)*) => {
        /// How much is kept. Whatever a cap turns away is counted as a problem of
        /// the capture, and the totals go on counting it.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct Limits {
            $($(#[doc = $doc])* pub $name: usize,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Limits {
            /// The caps by name: what each bounds, and its default.
            pub const LIST: &'static [(&'static str, &'static str, usize)] = &[
                $((stringify!($name), concat!($($doc,)*), $default),)*
            ];

            /// Sets the cap of that name (hyphens may stand for underscores);
            /// `false` when there is none.
            pub fn set(&mut self, name: &str, value: usize) -> bool {
                match name.replace('-', "_").as_str() {
                    $(stringify!($name) => self.$name = value,)*
                    _ => return false,
                }
                true
            }
        }
    };
}

limits! {
    /// Conversations: distinct Call-IDs.
    conversations = 10_000_000;
    /// Messages kept of all conversations.
    messages = 50_000_000;
    /// Messages kept of one conversation.
    messages_per_conversation = 100_000;
    /// Endpoints that SDP announced, each as often as it says something new.
    announcements = 10_000_000;
    /// RTP streams, and flows of other media.
    streams = 4_000_000;
    /// Flows that may be RTP but have too few packets to say.
    candidates = 65_536;
    /// RTP packets held back, over all streams, until SDP tells their clock.
    held_packets = 4_000_000;
    /// IP packets of which fragments are missing.
    fragmented_packets = 10_000;
    /// Bytes held of fragments.
    fragment_bytes = 64 << 20;
    /// TCP and SCTP directions whose bytes are put in order.
    tcp_connections = 100_000;
    /// Bytes that wait, in one direction of a connection, for those before them.
    tcp_waiting = 1 << 20;
    /// Bytes held of all connections together, of TCP and of SCTP each.
    tcp_total = 256 << 20;
    /// Bytes of one SIP message.
    sip_message = 1 << 20;
    /// DTMF digits kept of one stream or call.
    digits = 1_000;
    /// Facts of identity and routing kept of one conversation.
    identity = 64;
    /// Bodies of one conversation that are kept as a line each.
    bodies = 100;
    /// Contacts kept of one registration.
    bindings = 64;
    /// Addresses of which is told what they do.
    endpoints = 100_000;
    /// Pairs of addresses of which is told what went between them.
    links = 200_000;
    /// Voice quality reports of end points (RFC 6035).
    vq_reports = 100_000;
    /// Calls of which servers that mirror packets (HEP) tell something, and the streams of
    /// those.
    mirrored = 1_000_000;
    /// Bytes of what is left of calls that were reported before they were over.
    remnant_bytes = 256 << 20;
    /// ICMP errors kept of one conversation.
    evidence = 20;
    /// Stretches of time in which a live capture dropped packets.
    drops = 10_000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_are_set_by_name() {
        let mut limits = Limits::default();
        assert!(limits.set("tcp-waiting", 7) && limits.set("streams", 8));
        assert_eq!((limits.tcp_waiting, limits.streams), (7, 8));
        assert!(!limits.set("nothing", 1));
        for (name, meaning, default) in Limits::LIST {
            assert!(limits.set(name, *default) && meaning.trim().ends_with('.'), "{name}");
        }
        assert_eq!(limits, Limits::default());
    }
}
