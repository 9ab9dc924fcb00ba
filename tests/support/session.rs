//! A live session of the real program, which tests talk to over loopback.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::siplens;

/// The session ends by itself after so long, whatever becomes of the test.
const LONGEST: &str = "120";
/// What is waited for comes sooner.
const PATIENCE: Duration = Duration::from_secs(60);

/// A session that runs.
pub(crate) struct Live {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Live {
    /// Begins `siplens live` with these arguments, without an interface.
    pub(crate) fn begin(arguments: &[&str]) -> Self {
        // Scenarios are of another time: what is over there does not leave here.
        Self::lingering("1000000000", arguments)
    }

    /// The same, where what is over leaves after so many seconds.
    pub(crate) fn lingering(linger: &str, arguments: &[&str]) -> Self {
        let always = ["live", "--json", "--duration", LONGEST, "--linger", linger];
        let mut command = siplens(&always);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (to, lines) = channel();
        let errors = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            errors.lines().map_while(Result::ok).try_for_each(|line| to.send(line)).ok()
        });
        Self { child, lines, said: Vec::new() }
    }

    /// The rest of the first line on standard error that has `words`.
    #[track_caller]
    pub(crate) fn after(&mut self, words: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let found =
                self.said.iter().find_map(|line| Some(line.split_once(words)?.1.to_owned()));
            if let Some(rest) = found {
                return rest;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.said.push(line),
                Err(
                    std::sync::mpsc::RecvTimeoutError::Timeout
                    | std::sync::mpsc::RecvTimeoutError::Disconnected,
                ) => panic!("nothing says {words:?}: {:?}", self.said),
            }
        }
    }

    /// Where it serves.
    #[track_caller]
    pub(crate) fn server(&mut self) -> SocketAddr {
        let rest = self.after("serving http");
        rest.trim_start_matches('s')
            .trim_start_matches("://")
            .trim_end_matches('/')
            .parse()
            .unwrap()
    }

    /// Where it receives HEP over that carrier.
    #[track_caller]
    pub(crate) fn hep(&mut self, carrier: &str) -> SocketAddr {
        self.after(&format!("receiving HEP at {carrier}://")).parse().unwrap()
    }

    /// Ends it as Ctrl-C does; its report.
    #[track_caller]
    pub(crate) fn end(mut self) -> Value {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let status = self.child.wait().unwrap();
        self.said.extend(self.lines.try_iter());
        assert!(status.success(), "{status}: {:?}", self.said);
        serde_json::from_str(&out).unwrap()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // One that was not ended by the test has no more to say.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks again and again until there is something.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
