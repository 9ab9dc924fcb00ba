//! Writes a generated capture, and says what it holds:
//! `cargo run --release --example generate -- --calls 2000 --media 20s --out calls.pcap`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use serde_json::{Value, json};

#[path = "../tests/support/capture_file.rs"]
mod capture_file;
#[path = "../tests/support/traffic/mod.rs"]
mod traffic;

use traffic::{Codec, Format, MS, Nanos, Outcome, Plan, SECOND, StreamTruth, Truth};

/// Writes a capture of generated calls and prints what it holds as JSON. The
/// same arguments give the same bytes.
///
/// Times are numbers with ms or s (20s, 5ms); shares are fractions (0.1) or
/// percentages (10%).
#[derive(Debug, Parser)]
struct Arguments {
    /// File to write, pcap unless its name ends in .pcapng; - writes pcap to standard output
    #[arg(long)]
    out: PathBuf,
    /// Begin with a plan of that name; other arguments change it
    #[arg(long)]
    preset: Option<Preset>,
    /// File for the truth as JSON, with every stream; otherwise it is printed without them
    #[arg(long)]
    truth: Option<PathBuf>,
    /// Calls
    #[arg(long)]
    calls: Option<u64>,
    /// Calls that begin in a second
    #[arg(long, conflicts_with = "concurrent")]
    rate: Option<f64>,
    /// Calls under way at once, had all of them been answered
    #[arg(long)]
    concurrent: Option<f64>,
    /// Talk for that long, with media
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "talk")]
    media: Option<Nanos>,
    /// Talk for that long, without media in the capture
    #[arg(long, value_name = "TIME", value_parser = time)]
    talk: Option<Nanos>,
    /// Ring for that long
    #[arg(long, value_name = "TIME", value_parser = time)]
    ring: Option<Nanos>,
    /// PCMU, PCMA, G722 or opus
    #[arg(long, value_parser = codec)]
    codec: Option<Codec>,
    /// Digits that each caller sends as telephone events
    #[arg(long)]
    digits: Option<u32>,
    /// Outcomes and their weights: answered=70,challenged=10,busy=10,cancelled=5,unanswered=4,silent=1
    #[arg(long, value_parser = mix)]
    mix: Option<[u32; 6]>,
    /// Share of RTP packets that are lost
    #[arg(long, value_parser = share)]
    loss: Option<f64>,
    /// Share of RTP packets that are captured twice
    #[arg(long, value_parser = share)]
    duplicate: Option<f64>,
    /// Share of RTP packets that the next one overtakes
    #[arg(long, value_parser = share)]
    reorder: Option<f64>,
    /// Greatest delay of an RTP packet, below 15ms
    #[arg(long, value_name = "TIME", value_parser = time)]
    jitter: Option<Nanos>,
    /// Share of calls that signal over TCP
    #[arg(long, value_parser = share)]
    tcp: Option<f64>,
    /// Share of calls over IPv6
    #[arg(long, value_parser = share)]
    ipv6: Option<f64>,
    /// Share of calls through a proxy, captured on both sides of it
    #[arg(long, value_parser = share)]
    two_hops: Option<f64>,
    /// Share of calls in a VLAN
    #[arg(long, value_parser = share)]
    vlan: Option<f64>,
    /// Share of calls in two VLAN tags
    #[arg(long, value_parser = share)]
    qinq: Option<f64>,
    /// Share of calls in GRE
    #[arg(long, value_parser = share)]
    gre: Option<f64>,
    /// Share of calls in VXLAN
    #[arg(long, value_parser = share)]
    vxlan: Option<f64>,
    /// Another seed gives other calls
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Preset {
    /// 2,000 calls of 10 s, 2.0 million packets of G.711
    Media,
    /// 200,000 calls without media, 1.4 million SIP messages
    Signalling,
}

fn time(text: &str) -> Result<Nanos, String> {
    let (number, unit) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, MS),
        (None, Some(number)) => (number, SECOND),
        (None, None) => return Err("a time ends in ms or s".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "a time is a whole number of its unit")?;
    number.checked_mul(unit).ok_or_else(|| "a time that long does not fit".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let (number, whole) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let share = number.parse::<f64>().map_err(|error| error.to_string())? / whole;
    (0.0..=1.0).contains(&share).then_some(share).ok_or_else(|| "not a share".to_owned())
}

fn codec(text: &str) -> Result<Codec, String> {
    let known = Codec::ALL.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(text));
    known.ok_or_else(|| "PCMU, PCMA, G722 or opus".to_owned())
}

fn mix(text: &str) -> Result<[u32; 6], String> {
    let mut mix = [0; 6];
    for part in text.split(',') {
        let (name, weight) = part.split_once('=').ok_or("an outcome and its weight: busy=3")?;
        let place = Outcome::ALL.iter().position(|outcome| outcome.name() == name);
        let place = place.ok_or_else(|| format!("no outcome is called {name}"))?;
        mix[place] = weight.parse().map_err(|_| "a weight is a whole number")?;
    }
    if mix.iter().all(|weight| *weight == 0) {
        return Err("all weights are 0".to_owned());
    }
    Ok(mix)
}

impl Arguments {
    fn plan(&self) -> Result<Plan, String> {
        let mut plan = match self.preset {
            Some(Preset::Media) => Plan::media(),
            Some(Preset::Signalling) => Plan::signalling(),
            None => Plan { media: false, ..Plan::default() },
        };
        if let Some(talk) = self.media.or(self.talk) {
            (plan.talk, plan.media) = (talk, self.media.is_some());
        }
        set(&mut plan.seed, self.seed);
        set(&mut plan.calls, self.calls);
        set(&mut plan.rate, self.rate);
        set(&mut plan.ring, self.ring);
        set(&mut plan.codec, self.codec);
        set(&mut plan.digits, self.digits);
        set(&mut plan.mix, self.mix);
        set(&mut plan.network.loss, self.loss);
        set(&mut plan.network.duplicate, self.duplicate);
        set(&mut plan.network.reorder, self.reorder);
        set(&mut plan.network.jitter, self.jitter);
        set(&mut plan.ways.tcp, self.tcp);
        set(&mut plan.ways.ipv6, self.ipv6);
        set(&mut plan.ways.two_hops, self.two_hops);
        set(&mut plan.ways.vlan, self.vlan);
        set(&mut plan.ways.qinq, self.qinq);
        set(&mut plan.ways.gre, self.gre);
        set(&mut plan.ways.vxlan, self.vxlan);
        let plan = self.concurrent.map_or(plan, |calls| plan.with_concurrent(calls));
        if !(plan.rate.is_finite() && plan.rate > 0.0) {
            return Err("--rate, --concurrent: more than nothing".to_owned());
        }
        if plan.network.jitter >= 15 * MS {
            return Err("--jitter: below 15ms, so that packets stay in order".to_owned());
        }
        Ok(plan)
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn generate(arguments: &Arguments, plan: &Plan) -> io::Result<()> {
    let to_stdout = arguments.out == Path::new("-");
    let target: Box<dyn Write> =
        if to_stdout { Box::new(io::stdout()) } else { Box::new(File::create(&arguments.out)?) };
    let mut out = BufWriter::with_capacity(1 << 20, target);
    let ng = arguments.out.extension().is_some_and(|extension| extension == "pcapng");
    let format = if ng { Format::Pcapng } else { Format::Pcap };
    let Some(path) = &arguments.truth else {
        let truth = traffic::write(plan, format, &mut out, &mut |_| Ok(()))?;
        let truth = format!("{:#}\n", of_capture(&truth));
        return if to_stdout {
            io::stderr().write_all(truth.as_bytes())
        } else {
            io::stdout().write_all(truth.as_bytes())
        };
    };
    // Streams are written as they end, since there may be millions of them.
    let mut listed = BufWriter::new(File::create(path)?);
    let mut separator = "{\"streams\":[\n";
    let truth = traffic::write(plan, format, &mut out, &mut |stream| {
        write!(listed, "{separator}{}", of_stream(stream))?;
        separator = ",\n";
        Ok(())
    })?;
    let begun = if truth.streams == 0 { separator } else { "\n" };
    writeln!(listed, "{begun}],\"capture\":{}}}", of_capture(&truth))?;
    listed.flush()
}

fn of_stream(stream: &StreamTruth) -> Value {
    json!({
        "call": stream.call + 1,
        "src": stream.src.to_string(),
        "dst": stream.dst.to_string(),
        "ssrc": format!("0x{:08x}", stream.ssrc),
        "packets": stream.packets,
        "lost": stream.lost,
        "duplicates": stream.duplicates,
        "reordered": stream.reordered,
        "digits": stream.digits,
    })
}

fn of_capture(truth: &Truth) -> Value {
    let calls: serde_json::Map<_, _> = Outcome::ALL
        .iter()
        .map(|outcome| (outcome.name().to_owned(), truth.calls(*outcome).into()))
        .collect();
    json!({
        "frames": truth.frames,
        "bytes": truth.bytes,
        "calls": calls,
        "tcp_calls": truth.tcp_calls,
        "tunnelled_calls": truth.tunnelled_calls,
        "sip_messages": truth.sip_messages,
        "rtp_packets": truth.rtp_packets,
        "rtcp_packets": truth.rtcp_packets,
        "streams": truth.streams,
        "lost": truth.lost,
        "duplicates": truth.duplicates,
        "reordered": truth.reordered,
        "digits": truth.digits,
    })
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = arguments.plan().and_then(|plan| {
        generate(&arguments, &plan).map_err(|error| format!("{}: {error}", arguments.out.display()))
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nothing is left to do when standard error is gone too.
            let _ = writeln!(io::stderr(), "generate: {message}");
            ExitCode::FAILURE
        }
    }
}
