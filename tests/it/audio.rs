//! `siplens audio`: the WAV files of real captures, sample by sample.

use std::path::{Path, PathBuf};

use crate::program::{output, run};

/// A folder for the files of one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("siplens-audio-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The channels of a WAV file.
fn channels(path: &Path) -> (u32, Vec<Vec<i16>>) {
    let mut reader = hound::WavReader::open(path).unwrap();
    let spec = reader.spec();
    let mut channels = vec![Vec::new(); spec.channels.into()];
    for (index, sample) in reader.samples::<i16>().enumerate() {
        channels[index % usize::from(spec.channels)].push(sample.unwrap());
    }
    (spec.sample_rate, channels)
}

/// ITU-T G.711 table 2a, as arithmetic.
fn mu_law(octet: u8) -> i16 {
    let octet = !octet;
    let (chord, step) = (octet >> 4 & 7, i16::from(octet & 15));
    let size = (((step << 3) + 0x84) << chord) - 0x84;
    if octet & 0x80 == 0 { size } else { -size }
}

/// Samples at 8 kHz between the first packet of the answered call and that of a stream.
fn after_first(stream: &str) -> usize {
    let report = output(&["analyze", "--json", "samples/answered-call.pcap"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let streams = report["streams"].as_array().unwrap();
    let micros = |row: &serde_json::Value| {
        let time = row["first_time"].as_str().unwrap();
        time[time.len() - 7..time.len() - 1].parse::<usize>().unwrap()
    };
    let of = streams.iter().find(|row| row["id"] == stream).unwrap();
    (micros(of) - streams.iter().map(micros).min().unwrap()) * 8_000 / 1_000_000
}

#[test]
fn both_parties_are_heard_as_they_were_sent() {
    let folder = Folder::new("answered");
    output(&["audio", "samples/answered-call.pcap", "-o", folder.path(), "--raw"]);
    let (rate, channels) = channels(&folder.0.join("call-1.wav"));
    assert_eq!((rate, channels.len()), (8_000, 2));
    for (stream, channel, speaker) in [("stream-1", 1, "callee"), ("stream-2", 0, "caller")] {
        let raw = std::fs::read(folder.0.join(format!("call-1.{stream}.pcmu"))).unwrap();
        assert_eq!(raw.len(), 301 * 160, "{speaker}");
        let sent: Vec<_> = raw.iter().copied().map(mu_law).collect();
        let place = channels[channel].windows(sent.len()).position(|heard| heard == sent);
        assert_eq!(place, Some(after_first(stream)), "{speaker}");
    }
}

#[test]
fn what_was_lost_is_silent_or_concealed() {
    let folder = Folder::new("lossy");
    let silences = |arguments: &[&str]| {
        let common = ["audio", "samples/lossy-audio.pcap", "--force", "-o", folder.path()];
        output(&[&common, arguments].concat());
        let (_, channels) = channels(&folder.0.join("call-1.wav"));
        let silent = channels[0].split(|sample| *sample != 0);
        silent.filter(|run| run.len() >= 160).count()
    };
    let (lost, concealed) = (silences(&[]), silences(&["--concealment"]));
    // 23 packets were lost, some of them in the pauses of the voice, where what
    // is repeated is silence too.
    assert!(lost - concealed > 10, "{lost} silent stretches, {concealed} with concealment");
}

#[test]
fn the_second_copy_that_a_relay_sends_is_not_heard_again() {
    let folder = Folder::new("relay");
    let printed = output(&["audio", "samples/rtpengine-relay.pcap", "-o", folder.path()]);
    let words = "right callee PCMU 301 packets  left caller PCMU 301 packets\n";
    assert!(printed.ends_with(words), "{printed}");
}

#[test]
fn wide_band_codecs_keep_their_rate() {
    let folder = Folder::new("wide");
    let rate = |sample: &str, name: &str| {
        let path = folder.0.join(name);
        output(&["audio", sample, "-o", path.to_str().unwrap()]);
        channels(&path).0
    };
    assert_eq!(rate("samples/ipv6-call.pcapng", "g722.wav"), 16_000);
    assert_eq!(rate("samples/tcp-call.pcap", "opus.wav"), 48_000);
}

/// The report of a sample whose voices were listened to.
fn heard(sample: &str) -> serde_json::Value {
    let arguments = ["analyze", "--json", "--audio-analysis", "--inband-dtmf", sample];
    let report = serde_json::from_str(&output(&arguments)).unwrap();
    crate::schema::assert_valid(&report);
    report
}

#[test]
fn tones_in_the_voice_are_digits_when_asked_for() {
    let digits = |report: &serde_json::Value| {
        let digits = report["calls"][0]["dtmf"].as_array().unwrap().iter();
        let digit = |row: &serde_json::Value| row["digit"].as_str().unwrap().to_owned();
        digits.filter(|row| row["method"] == "inband").map(digit).collect::<String>()
    };
    let sample = "samples/inband-tones.pcap";
    assert_eq!(digits(&heard(sample)), "258#");
    let unasked = serde_json::from_str(&output(&["analyze", "--json", sample])).unwrap();
    assert_eq!(digits(&unasked), "");
    for speech in ["samples/dtmf.pcap", "samples/answered-call.pcap", "samples/hold-resume.pcap"] {
        assert_eq!(digits(&heard(speech)), "", "{speech}");
    }
}

#[test]
fn a_mute_microphone_is_told_from_a_voice() {
    let report = heard("samples/inband-tones.pcap");
    let audio = |direction: &str| {
        let streams = report["streams"].as_array().unwrap().iter();
        let mut of = streams.filter(|row| row["direction"] == direction);
        of.next().unwrap()["audio"].clone()
    };
    let (bob, alice) = (audio("callee_to_caller"), audio("caller_to_callee"));
    assert_eq!((&bob["mute"], &bob["speech_level_dbov"]), (&true.into(), &serde_json::Value::Null));
    assert_eq!(alice["mute"], false);
    // Her voice was scaled to 6 dB below full scale.
    assert!((-6.5..=-5.5).contains(&alice["peak_dbov"].as_f64().unwrap()), "{alice}");
    let findings = report["findings"].as_array().unwrap();
    let codes: Vec<_> = findings.iter().map(|finding| &finding["code"]).collect();
    assert_eq!(codes, ["media.mute"]);
    assert!(heard("samples/answered-call.pcap")["findings"].as_array().unwrap().is_empty());
}

#[test]
fn nothing_is_heard_unless_asked_for() {
    let report = output(&["analyze", "--json", "samples/inband-tones.pcap"]);
    assert!(report.contains(r#""audio":null"#) && !report.contains("media.mute"));
    let table = output(&["analyze", "--audio-analysis", "samples/inband-tones.pcap"]);
    assert!(table.contains("Voices: 2") && table.contains("Longest silence"), "{table}");
    let refused = run(&["analyze", "--audio-analysis", "-"]);
    assert!(refused.code == 2 && refused.err.contains("standard input"), "{}", refused.err);
}

#[test]
fn what_cannot_be_written_is_said() {
    let folder = Folder::new("refused");
    let path = folder.path();
    for (arguments, code, words) in [
        (&["audio", "samples/srtp-call.pcap", "-o", path][..], 1, "encrypted (SRTP)"),
        (&["audio", "samples/busy.pcap", "-o", path], 1, "there is no sound"),
        (&["audio", "-", "-o", path], 2, "standard input cannot be"),
        (&["audio", "samples/fork.pcap", "--call", "77", "-o", path], 1, "no call matches 77"),
        (&["audio", "samples/two-calls-of-many.pcap", "-o", "x.wav"], 2, "choose a call"),
    ] {
        let run = run(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.err);
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
    }
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0, "nothing is half written");
}

#[test]
fn a_file_that_exists_is_kept() {
    let folder = Folder::new("kept");
    let path = folder.0.join("call-1.wav");
    std::fs::write(&path, "mine").unwrap();
    let arguments = ["audio", "samples/answered-call.pcap", "-o", folder.path()];
    let refused = run(&arguments);
    assert!(refused.code == 1 && refused.err.contains("exists"), "{}", refused.err);
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    output(&[&arguments[..], &["--force"]].concat());
    assert_eq!(channels(&path).1.len(), 2);
}
