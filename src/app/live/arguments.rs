//! Arguments of `live`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::export::Exporting;
use super::headless::Headless;
use super::record::Recording;
use crate::app::input::{Cap, Input, parse_cap, parse_seconds};
use crate::app::names::Named;
use crate::app::output::Failure;
use crate::app::quality::Quality;
use crate::app::redaction::Redaction;
use crate::base::time::Span;
use crate::engine::Retirement;
use crate::source::live::{ANY, Clock, Setting};

/// Memory where the machine does not say what it has.
const DEFAULT_MEMORY: u64 = 1 << 30;
/// What is known is there so often at worst: in the engine, in the report that is
/// looked at and in the next one, as what left the engine and is reported or waits
/// for that, as what is kept of it for the page, and as what lies between the pieces.
const COPIES: u64 = 7;
/// Lines that wait for a slow reader have at most this part of all memory.
const LINES: u64 = 16;
/// And no more bytes than this.
const MOST_LINES: u64 = 64 << 20;
/// No packet is longer.
const SNAP_LENGTH: u32 = 262_144;

/// What is captured where no filter is given: what calls are made of, on any
/// port, with the tunnels and fragments that it may come in. Of TCP, the usual
/// ports of SIP, WebSockets, MSRP and HEP.
macro_rules! filter {
    () => {
        "udp or sctp or icmp or icmp6 or ip proto 4 or ip proto 41 or ip proto 47 or ip proto 50 \
         or ip6 proto 44 or tcp portrange 5060-5090 or tcp port 80 or tcp port 443 or tcp port 2855 \
         or tcp port 7443 or tcp port 8080 or tcp portrange 8088-8089 or tcp port 9060"
    };
}

/// Arguments of `live`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Capturing takes the capability cap_net_raw. Grant it to the program once:\n\
        \x20   sudo setcap cap_net_raw+ep $(command -v siplens)\n\
        or start it with sudo: once the interfaces are open it becomes the user who called sudo, or --user.\n\n\
        Ctrl-C and SIGTERM end with a report of the whole session; SIGUSR1 says on standard error how it is.",
    after_long_help = concat!(
        "Capturing takes the capability cap_net_raw. Grant it to the program once:\n\
        \x20   sudo setcap cap_net_raw+ep $(command -v siplens)\n\
        or start it with sudo: once the interfaces are open it becomes the user who called sudo, or --user.\n\n\
        Ctrl-C and SIGTERM end with a report of the whole session; SIGUSR1 says on standard error how it is.\n\n\
        The filter where none is given, with and without a VLAN:\n    ",
        filter!()
    )
)]
pub(in crate::app) struct Arguments {
    /// Capture at this interface; `any` is all of them; may be given several times
    /// [default: any, or none where HEP is received]
    #[arg(long, short, value_name = "INTERFACE", help_heading = "Capture")]
    pub(super) interface: Vec<String>,

    /// Only packets that match, as tcpdump has it (pcap-filter(7)); '' is all
    /// [default: UDP, SCTP, ICMP, tunnels, and TCP on the ports of SIP and WebSockets]
    #[arg(value_name = "FILTER")]
    pub(super) filter: Vec<String>,

    /// List the interfaces, and end
    #[arg(long, short = 'D', help_heading = "Capture")]
    pub(super) list_interfaces: bool,

    /// Kernel's buffer of each interface, in bytes (also K, M, G)
    #[arg(long, value_name = "BYTES", default_value = "64M", value_parser = parse_bytes, help_heading = "Capture")]
    pub(super) buffer: u64,

    /// Most bytes captured of a packet
    #[arg(long, value_name = "BYTES", default_value_t = SNAP_LENGTH, help_heading = "Capture")]
    pub(super) snaplen: u32,

    /// Take each packet by itself at once rather than up to 100 ms later: costs some
    /// thirty times the CPU time a packet, and drops packets sooner
    #[arg(long, help_heading = "Capture")]
    pub(super) immediate: bool,

    /// Leave packets for other hosts out
    #[arg(long, help_heading = "Capture")]
    pub(super) no_promiscuous: bool,

    /// Who says when a packet came (pcap-tstamp(7))
    #[arg(long, value_name = "CLOCK", default_value = "host", help_heading = "Capture")]
    pub(super) time_source: TimeSource,

    /// Become this user once the interfaces are open [default: who called sudo]; one that goes
    /// away then is not opened again, as it is where the program has its capability by setcap
    /// or systemd
    #[arg(long, value_name = "USER", help_heading = "Capture")]
    pub(super) user: Option<String>,

    /// End after this long
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(super) duration: Option<Duration>,

    /// Print a line for each SIP message, as it comes
    #[arg(long, short = 'p')]
    pub(super) print: bool,

    /// End with the report as one JSON document (see `siplens schema`)
    #[arg(long)]
    pub(super) json: bool,

    #[command(flatten)]
    pub(super) headless: Headless,

    #[command(flatten)]
    pub(super) recording: Recording,

    #[command(flatten)]
    pub(super) exporting: Exporting,

    /// A header whose equal values put the legs of a call together, besides X-CID,
    /// X-Correlation-ID and X-Original-Call-ID; may be given several times
    #[arg(long, value_name = "HEADER", help_heading = "Legs")]
    pub(super) correlate: Vec<String>,

    /// Leave the legs of a call apart: each Call-ID is a call
    #[arg(long, help_heading = "Legs")]
    pub(super) no_join: bool,

    /// Call a host NAME where hosts are shown: 192.0.2.5=PBX, or one port of it:
    /// 192.0.2.5:5070=PBX
    #[arg(long, value_name = "HOST=NAME", help_heading = "Names", value_parser = Named::parse)]
    pub(in crate::app) name: Vec<Named>,

    /// Names of hosts from a file like /etc/hosts; an address may have a port
    #[arg(long, value_name = "FILE", help_heading = "Names")]
    pub(super) names: Vec<PathBuf>,

    /// Check signatures of caller identities (STIR) against the certificates in this PEM file;
    /// may be given several times
    #[arg(long, value_name = "PEM", help_heading = "Keys")]
    pub(super) cert: Vec<PathBuf>,

    /// Memory for all that is known, in bytes (also K, M, G): beyond it goes what has
    /// been quiet for longest, and is reported as it was [default: a quarter of the
    /// machine's]
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes, help_heading = "Limits")]
    pub(super) max_memory: Option<u64>,

    /// With --headless, --export or --listen, what is over is written about, counted and let go when
    /// nothing has come of it for this long
    #[arg(long, value_name = "SECONDS", default_value = "64", value_parser = parse_seconds, help_heading = "Limits")]
    pub(super) linger: Duration,

    /// What has no end, a call without BYE, is over when nothing has come of it for
    /// this long
    #[arg(long, value_name = "SECONDS", default_value = "7200", value_parser = parse_seconds, help_heading = "Limits")]
    pub(super) idle: Duration,

    /// Keep at most COUNT of something (see `siplens limits`)
    #[arg(long, value_name = "NAME=COUNT", help_heading = "Limits", value_parser = parse_cap)]
    pub(super) cap: Vec<Cap>,

    #[command(flatten)]
    pub(super) redaction: Redaction,

    #[command(flatten)]
    pub(super) quality: Quality,

    #[cfg(feature = "serve")]
    #[command(flatten)]
    pub(super) hep: super::hep::Arguments,

    #[cfg(feature = "serve")]
    #[command(flatten)]
    pub(super) server: super::serve::Arguments,
}

/// Who says when a packet came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum TimeSource {
    /// The kernel, as it is usual
    Host,
    /// The kernel, cheaply and not exactly
    HostLowprec,
    /// The kernel, as exactly as it can
    HostHiprec,
    /// The interface, whose clock follows the system's
    Adapter,
    /// The interface, by a clock of its own
    AdapterUnsynced,
}

impl Arguments {
    /// Those of a capture at an interface, with nothing asked for but that.
    #[cfg(feature = "tui")]
    pub(in crate::app) fn at(interface: &str) -> Self {
        #[derive(clap::Parser)]
        struct Alone {
            #[command(flatten)]
            arguments: Arguments,
        }
        let words = ["live".as_ref(), "--interface".as_ref(), std::ffi::OsStr::new(interface)];
        <Alone as clap::Parser>::parse_from(words).arguments
    }

    /// Whether nothing is to be printed while the session runs, nor a document at
    /// its end.
    #[cfg(feature = "tui")]
    pub(super) fn is_quiet(&self) -> bool {
        !self.print && !self.json && !self.headless.wanted
    }

    /// The packets that are recorded, as an input.
    #[cfg(feature = "tui")]
    pub(in crate::app) fn recorded(&self) -> Input {
        let files = self.recording.folder().into_iter().collect();
        Input { files, ..self.input() }
    }

    /// The interfaces.
    pub(in crate::app) fn interfaces(&self) -> Vec<String> {
        if self.interface.is_empty() && !self.receives_hep() {
            vec![ANY.to_owned()]
        } else {
            self.interface.clone()
        }
    }

    /// How to capture; the filters in the order in which they are tried, since
    /// not every link has VLANs.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let setting = |filter: String| Setting {
            filter,
            snap_length: self.snaplen,
            buffer: u32::try_from(self.buffer).unwrap_or(u32::MAX),
            immediate: self.immediate,
            promiscuous: !self.no_promiscuous,
            clock: match self.time_source {
                TimeSource::Host => Clock::Host,
                TimeSource::HostLowprec => Clock::HostLowPrecision,
                TimeSource::HostHiprec => Clock::HostHighPrecision,
                TimeSource::Adapter => Clock::Adapter,
                TimeSource::AdapterUnsynced => Clock::AdapterUnsynced,
            },
        };
        let own = self.own_traffic();
        let but_own = |filter: &str| match (&own, filter.trim()) {
            (None, filter) => filter.to_owned(),
            (Some(own), "") => format!("not ({own})"),
            (Some(own), filter) => format!("({filter}) and not ({own})"),
        };
        if self.filter.is_empty() {
            let plain = but_own(filter!());
            vec![setting(format!("{plain} or (vlan and ({plain}))")), setting(plain)]
        } else {
            vec![setting(but_own(&self.filter.join(" ")))]
        }
    }

    /// Whether packets come by HEP, so that no interface need be captured.
    #[cfg(feature = "serve")]
    fn receives_hep(&self) -> bool {
        self.hep.receives()
    }

    #[cfg(not(feature = "serve"))]
    #[expect(clippy::unused_self, reason = "a build that serves looks at its arguments")]
    fn receives_hep(&self) -> bool {
        false
    }

    /// Whether what is over leaves the memory: where figures go on and nobody scrolls.
    pub(super) fn retires(&self) -> bool {
        self.headless.wanted
            || self.exporting.is_wanted()
            || self.serves() && !crate::app::on_terminal()
    }

    #[cfg(feature = "serve")]
    fn serves(&self) -> bool {
        self.server.serves()
    }

    #[cfg(not(feature = "serve"))]
    #[expect(clippy::unused_self, reason = "a build that serves looks at its arguments")]
    fn serves(&self) -> bool {
        false
    }

    /// A filter for the HEP that this program receives and sends itself, which would
    /// otherwise be captured, and sent, once more.
    #[cfg(feature = "serve")]
    fn own_traffic(&self) -> Option<String> {
        self.hep.own_traffic()
    }

    #[cfg(not(feature = "serve"))]
    #[expect(clippy::unused_self, reason = "a build that serves looks at its arguments")]
    fn own_traffic(&self) -> Option<String> {
        None
    }

    /// What other commands share, as theirs.
    pub(in crate::app) fn input(&self) -> Input {
        Input {
            files: Vec::new(),
            recursive: false,
            follow: false,
            idle_limit: None,
            threads: None,
            no_progress: true,
            filter: None,
            correlate: self.correlate.clone(),
            no_join: self.no_join,
            call_id: Vec::new(),
            number: Vec::new(),
            ip: Vec::new(),
            from: None,
            to: None,
            name: self.name.clone(),
            names: self.names.clone(),
            cert: self.cert.clone(),
            cap: self.cap.clone(),
            redaction: self.redaction.clone(),
            max_memory: None,
            quality: self.quality.clone(),
        }
    }

    /// When what is over leaves.
    pub(super) fn retirement(&self) -> Retirement {
        let span =
            |time: Duration| Span::from_nanos(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX));
        let usual = Retirement::default();
        let linger = span(self.linger);
        Retirement {
            linger,
            idle: span(self.idle).max(linger),
            stream_idle: usual.stream_idle.min(span(self.idle)).max(linger),
            patience: usual.patience.max(linger),
            gather: usual.gather.min(linger),
            ..usual
        }
    }

    /// Bytes that the engine may hold: what is published is a copy of that, and one
    /// is made while another is looked at.
    pub(super) fn engine_bytes(&self) -> usize {
        bounded((self.memory() - self.recording.lookback(self.memory())) / COPIES)
    }

    /// Bytes of lines that wait for who reads them, at most.
    pub(super) fn line_bytes(&self) -> usize {
        bounded((self.memory() / LINES).min(MOST_LINES))
    }

    /// Bytes for everything.
    pub(super) fn memory(&self) -> u64 {
        self.max_memory.or_else(|| Some(machine_memory()? / 4)).unwrap_or(DEFAULT_MEMORY)
    }

    /// Whether they contradict each other.
    ///
    /// # Errors
    ///
    /// What is wrong, in one line.
    pub(super) fn check(&self) -> Result<(), Failure> {
        const MOST: u64 = i32::MAX as u64;
        if !(1 << 16..=MOST).contains(&self.buffer) {
            return Err(Failure::Usage("--buffer: from 64K to 2047M".to_owned()));
        }
        Ok(())
    }
}

fn bounded(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Bytes of memory that this machine has.
fn machine_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}

/// A number of bytes: `64M`.
pub(super) fn parse_bytes(text: &str) -> Result<u64, String> {
    let wrong = || "expected a number of bytes, such as 500000, 64K, 64M or 2G".to_owned();
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let shift = match text.get(digits.len()..).unwrap_or_default().to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return Err(wrong()),
    };
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_units() {
        assert_eq!(parse_bytes("500000"), Ok(500_000));
        assert_eq!((parse_bytes("64M"), parse_bytes("2GiB")), (Ok(64 << 20), Ok(2 << 30)));
        for wrong in ["", "M", "-1", "1.5M", "1X", "99999999999T"] {
            assert!(parse_bytes(wrong).is_err(), "{wrong}");
        }
    }
}
