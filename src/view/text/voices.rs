//! What was heard in the streams, where they were decoded.

use std::io;

use super::table::{Align, Cell, cell, or_dash, toned};
use super::{Page, number};
use crate::report::Report;
use crate::report::audio::AudioRow;
use crate::report::stream::StreamRow;
use crate::view::terminal::Tone;

impl Page<'_> {
    /// The voices that were decoded.
    pub(super) fn voices(&mut self, report: &Report<'_>) -> io::Result<()> {
        if !self.style.voices {
            return Ok(());
        }
        let heard = || report.streams.iter().filter_map(|stream| Some((stream.audio?, stream)));
        let rows: Vec<_> =
            heard().take(self.style.most_rows).map(|(audio, stream)| row(audio, &stream)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let count = heard().count();
        self.heading(&format!("Voices: {count}"), "")?;
        let columns = [
            ("#", Align::Right, 8),
            ("Call", Align::Right, 8),
            ("Speaks", Align::Left, 6),
            ("Sound", Align::Right, 9),
            ("Speech", Align::Right, 7),
            ("Level", Align::Right, 10),
            ("Peak", Align::Right, 10),
            ("Clipped", Align::Right, 7),
            ("Longest silence", Align::Right, 15),
        ];
        self.table(&columns, &rows, count)
    }
}

fn row(audio: AudioRow, stream: &StreamRow) -> Vec<Cell> {
    let decibel = |level: Option<f64>| or_dash(level, |level| format!("{level:.1} dBov"));
    let percent = |share: Option<f64>| or_dash(share, |share| format!("{share:.1} %"));
    let tone = if audio.mute { Tone::Bad } else { Tone::Plain };
    let clipped = audio.clipped_percent.is_some_and(|share| share >= 1.0);
    vec![
        toned(number(&stream.id), Tone::Name),
        cell(or_dash(stream.call.as_deref(), number)),
        cell(stream.direction.map_or("-", |direction| {
            if direction == "caller_to_callee" { "caller" } else { "callee" }
        })),
        cell(format!("{:.1} s", audio.decoded_s)),
        toned(percent(audio.speech_percent), tone),
        cell(decibel(audio.speech_level_dbov)),
        cell(decibel(audio.peak_dbov)),
        toned(percent(audio.clipped_percent), if clipped { Tone::Warning } else { Tone::Plain }),
        cell(format!("{:.1} s", audio.longest_silence_s)),
    ]
}
