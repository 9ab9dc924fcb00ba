//! What tshark counted, read from the files beside the captures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Counts of one capture.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Counted {
    /// SIP messages.
    pub(super) sip: u64,
    /// Distinct Call-IDs.
    pub(super) call_ids: BTreeSet<String>,
    /// Messages by method or status code.
    pub(super) kinds: BTreeMap<String, u64>,
    /// Streams by `src > dst ssrc`: packets and lost.
    pub(super) streams: BTreeMap<String, (i64, i64)>,
}

/// Says on standard error that the corpus was not there.
#[allow(clippy::print_stderr)]
pub(super) fn skipped(folder: &Path) {
    eprintln!("skipped: no captures at {}; set SIPLENS_CORPUS", folder.display());
}

/// The counts of a capture: SIP statistics, Call-IDs of the frame list, RTP
/// streams with heuristics on, as siplens has them.
pub(super) fn counted(folder: &Path, name: &str) -> Counted {
    let read =
        |file: &str| std::fs::read_to_string(folder.join("tshark").join(name).join(file)).unwrap();
    let mut streams = streams(&read("rtp_streams.heur.txt"));
    streams.extend(self::streams(&read("rtp_streams.txt")));
    let statistics = read("sip_stat.txt");
    Counted {
        sip: messages(&statistics),
        call_ids: call_ids(&read("voip.tsv")),
        kinds: kinds(&statistics),
        streams,
    }
}

/// The start of a method, in which methods are compared: of one that is thousands
/// of characters long each program keeps another part.
pub(super) fn shortened(method: &str) -> String {
    method.chars().take(1_000).collect()
}

/// `  SIP 200 OK              :     4 Packets` and `  INVITE          :     2 Packets`
fn kinds(statistics: &str) -> BTreeMap<String, u64> {
    let mut kinds = BTreeMap::new();
    for line in statistics.lines().filter_map(|line| line.strip_suffix("Packets")) {
        let (name, count) = line.rsplit_once(':').unwrap();
        let name = name.trim();
        // The phrase is tshark's own, not the message's.
        let name =
            name.strip_prefix("SIP ").map_or(name, |status| status.split(' ').next().unwrap());
        *kinds.entry(shortened(name)).or_default() += count.trim().parse::<u64>().unwrap();
    }
    kinds
}

/// `Number of SIP messages: 14`
fn messages(statistics: &str) -> u64 {
    let line = statistics.lines().find_map(|line| line.strip_prefix("Number of SIP messages:"));
    line.unwrap().trim().parse().unwrap()
}

/// The distinct values of the last column, where a frame with several messages has several.
fn call_ids(frames: &str) -> BTreeSet<String> {
    let ids = frames.lines().skip(1).filter_map(|line| line.split('\t').nth(13));
    ids.flat_map(|ids| ids.split(',')).filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// Rows such as
/// `8.5  34.9  200.57.7.196 40376  200.57.7.204  8000 0x58F33DEA  g711A  891  0 (0.0%)  ...`
fn streams(table: &str) -> BTreeMap<String, (i64, i64)> {
    let mut streams = BTreeMap::new();
    for line in table.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let Some(ssrc) = words.iter().position(|word| word.starts_with("0x")) else { continue };
        let percent =
            words.iter().position(|word| word.starts_with('(') && word.ends_with("%)")).unwrap();
        let (packets, lost) =
            (words[percent - 2].parse().unwrap(), words[percent - 1].parse().unwrap());
        let name = format!(
            "{}:{} > {}:{} {}",
            words[ssrc - 4],
            words[ssrc - 3],
            words[ssrc - 2],
            words[ssrc - 1],
            words[ssrc].to_lowercase()
        );
        streams.insert(name, (packets, lost));
    }
    streams
}
