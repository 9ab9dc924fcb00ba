//! Live capture in tests: the program at an interface, and calls that go past it.

use std::fs::File;
use std::io::Write;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{run, siplens};

/// Whatever is waited for comes within this.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether packets can be captured here: only root may, and `tools` have to be
/// there. Otherwise the test says that it is skipped, unless it is required.
pub(crate) fn can_capture(tools: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let missing =
        |tool: &&&str| !std::env::split_paths(&path).any(|folder| folder.join(tool).is_file());
    let why = if let Some(tool) = tools.iter().find(missing) {
        format!("no {tool}")
    } else if !is_allowed() {
        "not allowed here".to_owned()
    } else if tools.contains(&"ip") && !has_namespaces() {
        "no network namespaces here".to_owned()
    } else {
        return true;
    };
    assert!(std::env::var_os("SIPLENS_LIVE_REQUIRED").is_none(), "live tests are required: {why}");
    say(&format!("live capture is not tested: {why}"));
    false
}

fn say(text: &str) {
    let mut err = std::io::stderr();
    writeln!(err, "{text}").unwrap();
}

/// Whether tests that keep the machine busy for long are wanted, and can be done.
/// While what is returned is there, no other of them runs.
pub(crate) fn can_capture_for_long(tools: &[&str]) -> Option<MutexGuard<'static, ()>> {
    static ONE: Mutex<()> = Mutex::new(());
    if std::env::var_os("SIPLENS_LIVE_REQUIRED").is_none() {
        say("long live capture is not tested: SIPLENS_LIVE_REQUIRED is not set");
        return None;
    }
    can_capture(tools).then(|| ONE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Whether the program may capture at the loopback interface.
fn is_allowed() -> bool {
    static ALLOWED: OnceLock<bool> = OnceLock::new();
    *ALLOWED.get_or_init(|| {
        rustix::process::geteuid().is_root()
            && run(&["live", "-i", "lo", "--json", "--duration", "0.1"]).code == 0
    })
}

/// Whether namespaces can be made.
fn has_namespaces() -> bool {
    static MADE: OnceLock<bool> = OnceLock::new();
    *MADE.get_or_init(|| {
        let name = format!("siplens-{}-probe", std::process::id());
        let done = |words: &[&str]| {
            Command::new("ip").args(words).output().is_ok_and(|output| output.status.success())
        };
        done(&["netns", "add", &name]) && done(&["netns", "del", &name])
    })
}

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("siplens-{name}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    /// Names of its files in order, hidden ones too.
    pub(crate) fn names(&self, inside: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.join(inside)).into_iter().flatten().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The program while it captures.
pub(crate) struct Live {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Live {
    /// Starts `siplens live` and waits until it captures.
    #[track_caller]
    pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut words = vec!["live"];
        words.extend(arguments);
        Self::begin(siplens(&words), folder)
    }

    /// Starts it in a network namespace.
    #[track_caller]
    pub(crate) fn start_in(namespace: &str, folder: &Folder, arguments: &[&str]) -> Self {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace, env!("CARGO_BIN_EXE_siplens"), "live"]);
        command.args(arguments);
        Self::begin(command, folder)
    }

    /// Starts a command that is it, and waits until it captures.
    #[track_caller]
    pub(crate) fn begin(mut command: Command, folder: &Folder) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let out = folder.path().join(format!("out-{number}"));
        let err = folder.path().join(format!("err-{number}"));
        command.stdin(Stdio::null()).stdout(File::create(&out).unwrap());
        let child = command.stderr(File::create(&err).unwrap()).spawn().unwrap();
        let live = Self { child, out, err };
        live.until("capturing at");
        live
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written so far.
    pub(crate) fn out(&self) -> String {
        std::fs::read_to_string(&self.out).unwrap()
    }

    /// What it has said so far.
    pub(crate) fn err(&self) -> String {
        std::fs::read_to_string(&self.err).unwrap()
    }

    /// Waits until it says something.
    #[track_caller]
    pub(crate) fn until(&self, text: &str) {
        wait(&format!("{text:?}, and it said {:?}", self.err()), || self.err().contains(text));
    }

    /// Kilobytes of memory of its own.
    pub(crate) fn anonymous_kb(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB"));
        kilobytes.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends it as Ctrl-C does; what it wrote. Standard output has to be whole.
    #[track_caller]
    pub(crate) fn end(mut self) -> String {
        self.signal(Signal::INT);
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {}", self.err());
        self.out()
    }

    /// Ends it as nothing else does.
    pub(crate) fn kill(mut self) {
        self.signal(Signal::KILL);
        self.child.wait().unwrap();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Waits for something.
#[track_caller]
pub(crate) fn wait(what: &str, done: impl FnMut() -> bool) {
    wait_long(what, PATIENCE, done);
}

/// Waits for something, not for ever.
#[track_caller]
pub(crate) fn wait_long(what: &str, patience: Duration, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < patience, "waited for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Two telephones on loopback, with sockets of their own.
pub(crate) struct Phones {
    alice: UdpSocket,
    bob: UdpSocket,
    alice_media: UdpSocket,
    bob_media: UdpSocket,
    sequence: u16,
}

impl Phones {
    pub(crate) fn new() -> Self {
        let socket = || UdpSocket::bind("127.0.0.1:0").unwrap();
        Self {
            alice: socket(),
            bob: socket(),
            alice_media: socket(),
            bob_media: socket(),
            sequence: 1,
        }
    }

    /// A filter that lets through what they send, and nothing of other tests.
    pub(crate) fn filter(&self) -> String {
        let all = [&self.alice, &self.bob, &self.alice_media, &self.bob_media];
        let ports = all.map(|socket| format!("udp port {}", port(socket)));
        ports.join(" or ")
    }

    /// Sends a message of the caller's to the callee.
    pub(crate) fn request(&self, method: &str, number: u32, call: &str, sdp: bool) {
        let body = if sdp { sdp_of(port(&self.alice_media)) } else { String::new() };
        let text =
            message(&format!("{method} sip:bob@127.0.0.1 SIP/2.0"), (method, number), call, &body);
        send(&self.alice, &self.bob, text.as_bytes());
    }

    /// Sends the callee's answer.
    pub(crate) fn response(
        &self,
        status: &str,
        (method, number): (&str, u32),
        call: &str,
        sdp: bool,
    ) {
        let body = if sdp { sdp_of(port(&self.bob_media)) } else { String::new() };
        let text = message(&format!("SIP/2.0 {status}"), (method, number), call, &body);
        send(&self.bob, &self.alice, text.as_bytes());
    }

    /// Sends RTP packets both ways, one each millisecond or as fast as possible.
    pub(crate) fn talk(&mut self, packets: u16, pause: Option<Duration>) {
        for _ in 0..packets {
            let mut rtp = [0_u8; 172];
            rtp[0] = 0x80;
            rtp[2..4].copy_from_slice(&self.sequence.to_be_bytes());
            rtp[4..8].copy_from_slice(&(u32::from(self.sequence) * 160).to_be_bytes());
            rtp[11] = 1;
            send(&self.alice_media, &self.bob_media, &rtp);
            rtp[11] = 2;
            send(&self.bob_media, &self.alice_media, &rtp);
            self.sequence = self.sequence.wrapping_add(1);
            if let Some(pause) = pause {
                std::thread::sleep(pause);
            }
        }
    }

    /// A whole call: invitation, answer, packets, end.
    pub(crate) fn call(&mut self, call: &str, packets: u16) {
        self.request("INVITE", 1, call, true);
        self.response("180 Ringing", ("INVITE", 1), call, false);
        self.response("200 OK", ("INVITE", 1), call, true);
        self.request("ACK", 1, call, false);
        self.talk(packets, Some(Duration::from_millis(1)));
        self.request("BYE", 2, call, false);
        self.response("200 OK", ("BYE", 2), call, false);
    }
}

fn port(socket: &UdpSocket) -> u16 {
    socket.local_addr().unwrap().port()
}

fn send(from: &UdpSocket, to: &UdpSocket, bytes: &[u8]) {
    from.send_to(bytes, to.local_addr().unwrap()).unwrap();
}

fn sdp_of(port: u16) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
    )
}

fn message(start: &str, (method, number): (&str, u32), call: &str, body: &str) -> String {
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let tag = if start.starts_with("INVITE") { "" } else { ";tag=b" };
    let branch = format!("z9hG4bK{call}{method}{number}");
    format!(
        "{start}\r\nVia: SIP/2.0/UDP 127.0.0.1;branch={branch}\r\nFrom: <sip:alice@127.0.0.1>;tag=a\r\n\
         To: <sip:bob@127.0.0.1>{tag}\r\nCall-ID: {call}\r\nCSeq: {number} {method}\r\n\
         Contact: <sip:x@127.0.0.1>\r\nMax-Forwards: 70\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Two network namespaces with a cable between them, which go with the test.
pub(crate) struct Cable {
    pub(crate) near: String,
    pub(crate) far: String,
}

impl Cable {
    /// Interfaces `near` (10.77.0.1) and `far` (10.77.0.2), each in the namespace of
    /// its end.
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = |end: &str| format!("siplens-{}-{number}-{end}", std::process::id());
        let cable = Self { near: name("near"), far: name("far") };
        ip(&["netns", "add", &cable.near]);
        ip(&["netns", "add", &cable.far]);
        cable.plug_in();
        cable
    }

    /// Makes the interfaces.
    pub(crate) fn plug_in(&self) {
        let (near, far) = (&*self.near, &*self.far);
        ip(&[
            "link", "add", "near", "netns", near, "type", "veth", "peer", "name", "far", "netns",
            far,
        ]);
        for (namespace, name, address) in
            [(near, "near", "10.77.0.1/24"), (far, "far", "10.77.0.2/24")]
        {
            ip(&["-n", namespace, "address", "add", address, "dev", name]);
            ip(&["-n", namespace, "link", "set", name, "up"]);
            ip(&["-n", namespace, "link", "set", "lo", "up"]);
        }
    }

    /// Removes them.
    pub(crate) fn pull_out(&self) {
        ip(&["-n", &self.far, "link", "del", "far"]);
    }

    /// A command at one of its ends.
    pub(crate) fn at(namespace: &str, words: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace]).args(words);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        for namespace in [&self.near, &self.far] {
            let _ = Command::new("ip").args(["netns", "del", namespace]).status();
        }
    }
}

#[track_caller]
fn ip(words: &[&str]) {
    let done = Command::new("ip").args(words).output().unwrap();
    assert!(done.status.success(), "ip {words:?}: {}", String::from_utf8_lossy(&done.stderr));
}
