//! Reads a capture to its end, for the tests of sources.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::io::Read;
use std::path::PathBuf;

use siplens::base::chunk::Chunk;
use siplens::base::frame::{Frame, Link};
use siplens::source::{FileSource, Source, SourceError, SourceInfo, Step};

/// A frame, kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    pub(crate) number: u64,
    pub(crate) nanos: i64,
    pub(crate) link: Link,
    pub(crate) wire_len: u32,
    pub(crate) bytes: Vec<u8>,
}

impl Seen {
    pub(crate) fn of(frame: &Frame<'_>) -> Self {
        Self {
            number: frame.no.number(),
            nanos: frame.at.nanos(),
            link: frame.link,
            wire_len: frame.wire_len,
            bytes: frame.bytes.to_vec(),
        }
    }
}

/// Everything that a source gives until its end: frames with the numbers of
/// their inputs, and faults.
pub(crate) fn drain_all(source: &mut impl Source) -> (Vec<(u16, Seen)>, Vec<SourceError>) {
    let (mut frames, mut errors) = (Vec::new(), Vec::new());
    loop {
        match source.next_frame() {
            Ok(Step::Frame(frame)) => frames.push((frame.no.source(), Seen::of(&frame))),
            Ok(Step::Idle) => {}
            Ok(Step::End) => return (frames, errors),
            Err(error) => errors.push(error),
        }
    }
}

/// A capture that has been read to its end or to a fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reading {
    pub(crate) frames: Vec<Seen>,
    pub(crate) info: SourceInfo,
    pub(crate) error: Option<SourceError>,
}

impl Reading {
    /// The captured bytes of each frame.
    pub(crate) fn payloads(&self) -> Vec<&[u8]> {
        self.frames.iter().map(|frame| frame.bytes.as_slice()).collect()
    }

    /// The time of each frame.
    pub(crate) fn times(&self) -> Vec<i64> {
        self.frames.iter().map(|frame| frame.nanos).collect()
    }

    /// How often each problem was met.
    pub(crate) fn problems(&self) -> Vec<(&'static str, u64)> {
        self.info.problems.iter().map(|problem| (problem.code, problem.count)).collect()
    }

    /// The reading, which must not have met a fault.
    #[track_caller]
    pub(crate) fn sound(self) -> Self {
        assert_eq!(self.error, None);
        self
    }
}

/// Reads a capture of these bytes, called `test.pcap`: frame by frame and, with the same
/// result, chunk by chunk.
pub(crate) fn read(bytes: &[u8]) -> Result<Reading, SourceError> {
    let reading = read_from(std::io::Cursor::new(bytes.to_vec()))?;
    let input = std::io::Cursor::new(bytes.to_vec());
    let source = FileSource::from_reader("test.pcap", Box::new(input), 7)?;
    assert_eq!(drain_in_chunks(source, bytes.len()), reading);
    Ok(reading)
}

/// Reads a capture from anywhere, called `test.pcap`.
pub(crate) fn read_from(input: impl Read + Send + 'static) -> Result<Reading, SourceError> {
    Ok(drain(FileSource::from_reader("test.pcap", Box::new(input), 7)?))
}

/// Takes every frame of a source.
pub(crate) fn drain(mut source: FileSource) -> Reading {
    let mut frames = Vec::new();
    let error = loop {
        match source.next_frame() {
            Ok(Step::Frame(frame)) => frames.push(Seen::of(&frame)),
            Ok(Step::Idle) => {}
            Ok(Step::End) => break None,
            Err(error) => break Some(error),
        }
    };
    assert!(matches!(source.next_frame(), Ok(Step::End)), "the end stays the end");
    Reading { frames, info: source.info().clone(), error }
}

/// Takes every frame of a source, a chunk at a time, the first chunk as if `turn` frames
/// had come before.
pub(crate) fn drain_in_chunks(mut source: FileSource, turn: usize) -> Reading {
    let (mut chunk, mut frames) = (Chunk::default(), Vec::new());
    chunk.begin(turn as u64);
    let error = loop {
        let result = source.fill(&mut chunk).expect("files are read in chunks");
        frames.extend(chunk.frames().map(|frame| Seen::of(&frame)));
        match result {
            Ok(()) if chunk.is_empty() => break None,
            Ok(()) => {}
            Err(error) => break Some(error),
        }
        chunk.begin(chunk.turn() + chunk.len() as u64);
    };
    Reading { frames, info: source.info().clone(), error }
}

/// Gives its bytes in reads of `step` bytes.
pub(crate) struct Drip {
    pub(crate) bytes: Vec<u8>,
    pub(crate) step: usize,
}

impl Read for Drip {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.step.min(into.len()).min(self.bytes.len());
        for (to, from) in into.iter_mut().zip(self.bytes.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }
}

/// A directory of this process's own, gone when dropped.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("siplens-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
