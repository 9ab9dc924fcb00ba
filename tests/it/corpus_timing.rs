//! Jitter and delta of every stream of the captures by others, held against
//! tshark 4.0.17. Where they differ, a verdict names the rule of tshark that
//! makes the difference (METRICS M1.7) and says who is right; a verdict that no
//! longer differs fails too.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::corpus::{captures, folder, report, stream_name};

/// Half of the last digit that tshark prints, and a little for its own rounding.
const TOLERANCE_MS: f64 = 0.000_51;

/// A figure of a stream that differs.
struct Verdict {
    file: &'static str,
    stream: &'static str,
    /// The key, what tshark has, and what siplens has.
    difference: &'static str,
    why: &'static str,
}

const fn verdict(
    file: &'static str,
    stream: &'static str,
    difference: &'static str,
    why: &'static str,
) -> Verdict {
    Verdict { file, stream, difference, why }
}

const EVENTS: &str = "siplens (M1.7 rule 4): tshark takes the time of an event's last packet but the timestamp of the \
    audio before it, so that the first audio packet after a digit shows a difference as long as the digit";
const REGULAR: &str = "no definition (M1.7 rule 6): tshark's running mean weighs in packets that it skips, those with \
    the marker among them, as zeros; siplens takes the mean of J over its updates";
const BACKWARDS: &str = "siplens (M1.7 rule 3): tshark leaves out every packet whose timestamp is behind the first \
    one's, and this sender's timestamps step back; RFC 3550 appendix A.8 takes them as they come";

const DTMF: &str = "dtmf-rfc2833.pcap";
const FAX: &str = "t38-fax-megaco.pcap";

const VERDICTS: &[Verdict] = &[
    verdict(
        DTMF,
        "192.168.105.172:4376 > 192.168.105.110:4376 0x5711bf84",
        "mean jitter 1.522 -> 0.009",
        EVENTS,
    ),
    verdict(
        DTMF,
        "192.168.105.172:4376 > 192.168.105.110:4376 0x5711bf84",
        "max jitter 15.767 -> 0.015",
        EVENTS,
    ),
    verdict(
        "h263-loopback.pcap",
        "192.168.6.199:57128 > 192.168.6.199:32976 0x5482ece0",
        "mean jitter 15.505 -> 17.659",
        REGULAR,
    ),
    verdict(
        "mixed-sip-h323-mgcp.pcap",
        "200.57.7.196:40376 > 200.57.7.204:8000 0x58f33dea",
        "mean jitter 0.099 -> 0.100",
        REGULAR,
    ),
    verdict(
        FAX,
        "10.23.1.52:16756 > 10.35.60.100:15580 0x17d90134",
        "max delta 20.427 -> 286.074",
        BACKWARDS,
    ),
    verdict(
        FAX,
        "10.23.1.52:16756 > 10.35.60.100:15580 0x17d90134",
        "mean jitter 0.268 -> 30.711",
        BACKWARDS,
    ),
    verdict(
        FAX,
        "10.23.1.52:16756 > 10.35.60.100:15580 0x17d90134",
        "max jitter 1.343 -> 2730.857",
        BACKWARDS,
    ),
    verdict(
        FAX,
        "10.35.60.100:15580 > 10.23.1.52:16756 0x0eaf0eaf",
        "mean jitter 1.414 -> 1.410",
        EVENTS,
    ),
    verdict(
        FAX,
        "10.35.60.100:15580 > 10.23.1.52:16756 0x0eaf0eaf",
        "max jitter 7.007 -> 6.974",
        EVENTS,
    ),
];

/// Maximum delta, mean jitter, maximum jitter, in ms.
type Timing = [f64; 3];
const NAMES: [&str; 3] = ["max delta", "mean jitter", "max jitter"];

/// What tshark prints of the streams of a capture: with heuristics, and by SDP
/// where that tells more.
fn by_tshark(folder: &Path, name: &str) -> BTreeMap<String, Timing> {
    let mut streams = BTreeMap::new();
    for table in ["rtp_streams.heur.txt", "rtp_streams.txt"] {
        let table = std::fs::read_to_string(folder.join("tshark").join(name).join(table)).unwrap();
        for line in table.lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            let Some(ssrc) = words.iter().position(|word| word.starts_with("0x")) else { continue };
            let lost = words.iter().position(|w| w.starts_with('(') && w.ends_with("%)")).unwrap();
            let [min, _, max_delta, _, mean_jitter, max_jitter] =
                [1, 2, 3, 4, 5, 6].map(|at| words[lost + at].parse::<f64>().unwrap());
            assert!(min <= max_delta.max(0.0), "{name}: {line}");
            let stream = format!(
                "{}:{} > {}:{} {}",
                words[ssrc - 4],
                words[ssrc - 3],
                words[ssrc - 2],
                words[ssrc - 1],
                words[ssrc].to_lowercase()
            );
            streams.insert(stream, [max_delta, mean_jitter, max_jitter]);
        }
    }
    streams
}

/// What the report has; what it does not know tshark prints as 0.
fn ours(stream: &Value) -> Timing {
    let figure = |path: &str| stream.pointer(path).unwrap().as_f64().unwrap_or(0.0);
    [figure("/delta_ms/max"), figure("/jitter_ms/mean"), figure("/jitter_ms/max")]
}

#[test]
fn jitter_and_delta_are_tshark_s_where_no_rule_of_its_own_is_in_the_way() {
    let Some(folder) = folder() else { return };
    let (mut compared, mut wrong) = (0, Vec::new());
    for capture in captures(&folder) {
        let name = capture.file_name().unwrap().to_string_lossy().into_owned();
        let theirs = by_tshark(&folder, &name);
        if theirs.is_empty() {
            continue;
        }
        let report = report(&capture);
        let mut found = Vec::new();
        for stream in report["streams"].as_array().unwrap() {
            let id = stream_name(stream);
            let Some(theirs) = theirs.get(&id) else { continue };
            compared += 1;
            for ((what, theirs), ours) in NAMES.iter().zip(theirs).zip(ours(stream)) {
                if (theirs - ours).abs() > TOLERANCE_MS {
                    found.push((id.clone(), format!("{what} {theirs:.3} -> {ours:.3}")));
                }
            }
        }
        let known: Vec<_> = VERDICTS.iter().filter(|verdict| verdict.file == name).collect();
        let is = |verdict: &Verdict, (stream, difference): &(String, String)| {
            verdict.stream == stream && verdict.difference == difference
        };
        for one in &found {
            if !known.iter().any(|verdict| is(verdict, one)) {
                wrong.push(format!("{name}: {}: {}: no verdict", one.0, one.1));
            }
        }
        for verdict in known {
            assert!(verdict.why.contains("M1.7 rule"), "{}", verdict.why);
            if !found.iter().any(|one| is(verdict, one)) {
                wrong.push(format!("{name}: {}: has a verdict, and is not so", verdict.difference));
            }
        }
    }
    assert!(compared >= 50, "{compared} streams");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
