//! A capture file for each call: signalling and media of all its legs, from
//! before its first message on, written when it has ended and may be chosen.
//!
//! Until then its packets wait in the look-back buffer. What that has no room
//! for is moved to a file of the call, under a name that says that it is not
//! whole (`.part`); what belongs to no call that is known by then is gone, and
//! counted.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Lost;
use super::file::{CaptureFile, Interfaces, Out, fault};
use super::lookback::LookBack;
use super::shelf::Shelf;
use crate::app::extract::names::Names;
use crate::app::live::observe::Publication;
use crate::app::output::Failure;
use crate::app::published::Published;
use crate::app::select;
use crate::base::chunk::Chunk;
use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::engine::Snapshot;
use crate::engine::membership::Membership;
use crate::query::Filter;
use crate::query::calls::Calls;
use crate::report::Context;
use crate::source::{Folders, Merged, Source, StandardInput, Step};
use crate::track::ConversationId;
use crate::track::conversation::Conversation;

/// Around a call's messages and streams: what else may be of it, before and
/// after (see [`Membership`]).
const AROUND: Span = Span::from_secs(32);

/// A call that is over gets its file when nothing has come of it for so long:
/// its last RTP packets and repeated messages are in it.
const QUIET: Span = Span::from_secs(5);
/// Calls that go on are looked at again after so many times the time that it took.
const SHARE: u32 = 4;
/// Calls that are remembered to have their files.
const MOST_WRITTEN: usize = 1_000_000;

/// Files of calls.
pub(super) struct CallFiles {
    names: Names,
    only: Option<Filter<Calls>>,
    limits: Limits,
    interfaces: Interfaces,
    lookback: LookBack,
    /// What was known last of calls that have not ended.
    current: Option<Arc<Published>>,
    /// Packets that were moved to files, by the Call-ID of the call's first leg.
    moved: HashMap<String, CaptureFile>,
    /// The Call-IDs of calls that have got their files and are still known.
    written: HashSet<String>,
    /// For names of files that are not whole.
    number: u64,
    shelf: Shelf,
    out: Out,
    /// When those that go on are looked at next.
    next: Instant,
    lost: Arc<Lost>,
}

/// Which calls of a snapshot get their files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Which {
    /// All: it is the last that is heard of them.
    All,
    /// Those that are over and quiet.
    Over,
}

/// A call that has ended.
struct Ended {
    path: PathBuf,
    /// The Call-IDs of its legs.
    call_ids: Vec<String>,
    members: Vec<ConversationId>,
    span: (Timestamp, Timestamp),
    chosen: bool,
}

impl CallFiles {
    pub(super) fn new(
        names: Names,
        shelf: Shelf,
        only: Option<Filter<Calls>>,
        (most, limits): (usize, Limits),
        interfaces: Interfaces,
        lost: Arc<Lost>,
    ) -> Self {
        Self {
            names,
            only,
            limits,
            interfaces,
            lookback: LookBack::new(most),
            current: None,
            moved: HashMap::new(),
            written: HashSet::new(),
            number: 0,
            shelf,
            out: Out::default(),
            next: Instant::now(),
            lost,
        }
    }

    /// Takes packets; what there is no room for moves to files.
    pub(super) fn packets(&mut self, chunk: Arc<Chunk>) {
        self.lookback.push(chunk);
        let mut over = Vec::new();
        while let Some(chunk) = self.lookback.overflow() {
            over.push(chunk);
        }
        if over.is_empty() {
            return;
        }
        if let Err(failure) = self.move_to_files(&over) {
            self.lost.failed(&failure);
        }
    }

    /// Calls have ended: they get their files.
    pub(super) fn known(&mut self, publication: &Publication, last: bool) {
        self.current = (!last).then(|| publication.current.clone());
        for finished in &publication.finished {
            self.those_of(finished, Which::All);
        }
        // Each look goes through the packets of a minute and more; most of the time is for writing.
        let now = Instant::now();
        if last || now >= self.next {
            self.those_of(&publication.current, if last { Which::All } else { Which::Over });
            self.next = Instant::now() + now.elapsed() * SHARE;
        }
    }

    fn those_of(&mut self, published: &Published, which: Which) {
        let ended = published.parts(|snapshot, context| self.ended(snapshot, context, which));
        if let Err(failure) = ended {
            self.lost.failed(&failure);
        }
    }

    /// The calls of a snapshot that get a file, or none, for good.
    fn calls(&mut self, snapshot: &Snapshot, context: &Context<'_>, which: Which) -> Vec<Ended> {
        let mut calls = Vec::new();
        for id in context.calls() {
            let members: Vec<_> = snapshot.legs.members(*id).collect();
            let Some(span) = span(snapshot, &members) else { continue };
            let call_ids: Vec<_> = members.iter().filter_map(|id| call_id(snapshot, *id)).collect();
            let Some(first) = call_ids.first().cloned() else { continue };
            let is_due = match which {
                Which::All => !self.written.remove(&first),
                Which::Over => {
                    !self.written.contains(&first)
                        && snapshot.now().since(span.1) >= QUIET
                        && members.iter().all(|id| is_over(snapshot, *id))
                }
            };
            if !is_due {
                continue;
            }
            if which == Which::Over && self.written.len() < MOST_WRITTEN {
                self.written.insert(first);
            }
            let path = self.names.of(snapshot, context, *id);
            let chosen = !select::calls_where(context, vec![*id], self.only.as_ref()).is_empty();
            calls.push(Ended { path, call_ids, members, span, chosen });
        }
        calls
    }

    fn ended(
        &mut self,
        snapshot: &Snapshot,
        context: &Context<'_>,
        which: Which,
    ) -> Result<(), Failure> {
        let calls = self.calls(snapshot, context, which);
        for call in calls.iter().filter(|call| !call.chosen) {
            for part in call.call_ids.iter().filter_map(|id| self.moved.remove(id)) {
                fs::remove_file(&part.path).map_err(|error| fault(&part.path, &error))?;
            }
        }
        let calls: Vec<_> = calls.into_iter().filter(|call| call.chosen).collect();
        let Some(from) = calls.iter().map(|call| call.span.0).min() else { return Ok(()) };
        let to = calls.iter().map(|call| call.span.1).max().unwrap_or(from);
        let chunks = self.lookback.around(from - AROUND, to + AROUND);
        let members: Vec<_> = calls.iter().map(|call| call.members.clone()).collect();
        let mut membership = Membership::new(snapshot, &members, self.limits);
        for frame in chunks.iter().flat_map(|chunk| chunk.frames()) {
            membership.look(&frame);
        }
        membership.looked();
        let mut files = Vec::new();
        for call in &calls {
            files.push(self.begin(call)?);
        }
        for frame in chunks.iter().flat_map(|chunk| chunk.frames()) {
            for owner in membership.owners(&frame) {
                if let Some(file) = files.get_mut(*owner as usize) {
                    file.frame(&frame, &mut self.out)?;
                }
            }
        }
        for (mut file, call) in files.into_iter().zip(calls) {
            file.end(&mut self.out)?;
            self.shelf.make_room(self.moved_bytes() + file.size)?;
            let path = free(call.path);
            fs::rename(&file.path, &path).map_err(|error| fault(&path, &error))?;
            self.shelf.put(&path)?;
        }
        Ok(())
    }

    /// The file of a call that has ended, with what was moved to files before.
    fn begin(&mut self, call: &Ended) -> Result<CaptureFile, Failure> {
        let mut parts: Vec<_> =
            call.call_ids.iter().filter_map(|id| self.moved.remove(id)).collect();
        if parts.len() == 1
            && let Some(part) = parts.pop()
        {
            return Ok(part);
        }
        let mut file = self.part()?;
        if parts.is_empty() {
            return Ok(file);
        }
        // Legs that were calls of their own until it was seen that they are one.
        let paths: Vec<_> = parts.iter().map(|part| part.path.clone()).collect();
        for part in &mut parts {
            part.end(&mut self.out)?;
        }
        let wrong = |error: crate::source::SourceError| Failure::Fault(error.to_string());
        let nothing = StandardInput::until(Arc::default());
        let mut source = Merged::open_with(&paths, Folders::Flat, nothing).map_err(wrong)?;
        while let Step::Frame(frame) = source.next_frame().map_err(wrong)? {
            file.frame(&frame, &mut self.out)?;
        }
        for path in paths {
            fs::remove_file(&path).map_err(|error| fault(&path, &error))?;
        }
        Ok(file)
    }

    /// Bytes of the files of calls that have not ended.
    fn moved_bytes(&self) -> u64 {
        self.moved.values().map(|file| file.size).sum()
    }

    fn part(&mut self) -> Result<CaptureFile, Failure> {
        self.number += 1;
        let name = format!(".siplens-{}-{}.pcapng.part", std::process::id(), self.number);
        CaptureFile::create(self.shelf.folder.join(name), self.interfaces.clone())
    }

    /// Moves packets of calls that have not ended to files of theirs.
    fn move_to_files(&mut self, chunks: &[Arc<Chunk>]) -> Result<(), Failure> {
        let Some(current) = self.current.clone() else {
            let gone: usize = chunks.iter().map(|chunk| chunk.len()).sum();
            self.lost.lookback.fetch_add(gone as u64, Ordering::Relaxed);
            return Ok(());
        };
        let bytes: usize = chunks.iter().map(|chunk| chunk.size()).sum();
        let wanted = self.moved_bytes() + bytes as u64;
        self.shelf.make_room(wanted)?;
        if !self.shelf.has_room(wanted) {
            let gone: usize = chunks.iter().map(|chunk| chunk.len()).sum();
            self.lost.total.fetch_add(gone as u64, Ordering::Relaxed);
            return Ok(());
        }
        current.parts(|snapshot, context| {
            let calls = context.calls();
            let members: Vec<Vec<_>> =
                calls.iter().map(|id| snapshot.legs.members(*id).collect()).collect();
            let mut membership = Membership::new(snapshot, &members, self.limits);
            let frames = || chunks.iter().flat_map(|chunk| chunk.frames());
            frames().for_each(|frame| membership.look(&frame));
            membership.looked();
            let mut gone = 0;
            for frame in frames() {
                let owners = membership.owners(&frame);
                gone += u64::from(owners.is_empty());
                for owner in owners {
                    let id = calls.get(*owner as usize).and_then(|id| call_id(snapshot, *id));
                    // What comes after a call has its file is not its any more.
                    let Some(id) = id.filter(|id| !self.written.contains(id)) else { continue };
                    if !self.moved.contains_key(&id) {
                        let part = self.part()?;
                        self.moved.insert(id.clone(), part);
                    }
                    if let Some(file) = self.moved.get_mut(&id) {
                        file.frame(&frame, &mut self.out)?;
                    }
                }
            }
            self.lost.lookback.fetch_add(gone, Ordering::Relaxed);
            Ok(())
        })
    }
}

/// Whether a call has ended.
fn is_over(snapshot: &Snapshot, id: ConversationId) -> bool {
    let conversation = snapshot.conversations.get(id.0 as usize);
    conversation.and_then(Conversation::call).is_some_and(|call| call.ended().is_some())
}

fn call_id(snapshot: &Snapshot, id: ConversationId) -> Option<String> {
    Some(snapshot.conversations.get(id.0 as usize)?.call_id().to_owned())
}

/// From the first message or packet of a call to the last.
fn span(snapshot: &Snapshot, members: &[ConversationId]) -> Option<(Timestamp, Timestamp)> {
    let mut times = Vec::new();
    for id in members {
        let conversation = snapshot.conversations.get(id.0 as usize)?;
        times.extend(conversation.messages.iter().map(|message| message.at));
        for index in snapshot.streams_of(*id) {
            let stream = snapshot.streams.get(*index as usize)?;
            times.extend([stream.first_at, stream.last_at]);
        }
    }
    times.iter().min().copied().zip(times.iter().max().copied())
}

/// The path, or one like it where no file is yet.
fn free(path: PathBuf) -> PathBuf {
    if !path.exists() {
        return path;
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    let mut others = (2_u32..).map(|n| path.with_file_name(format!("{stem}-{n}.{ending}")));
    others.find(|other| !other.exists()).unwrap_or(path)
}
