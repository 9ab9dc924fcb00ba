//! The terminal: taken over, and given back however the program ends.

use std::io::{self, Stdout, Write, stdout};
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;

/// Whether the terminal is ours now.
static OURS: AtomicBool = AtomicBool::new(false);
/// What a thread that panicked had to say.
static PANICKED: Mutex<Option<String>> = Mutex::new(None);

/// The terminal while it is ours.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal over. It is given back when this is dropped, and when
    /// the program panics.
    pub(super) fn take(mouse: bool) -> io::Result<Self> {
        static HOOK: std::sync::Once = std::sync::Once::new();
        HOOK.call_once(|| {
            let before = panic::take_hook();
            // The thread that draws; without it there is no interface.
            let drawing = thread::current().id();
            panic::set_hook(Box::new(move |panic| {
                if thread::current().id() == drawing {
                    give_back();
                    before(panic);
                } else {
                    // What is written now would stand in the middle of the screen.
                    let said = panic.to_string();
                    *PANICKED.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
                }
            }));
        });
        enter(mouse)?;
        let terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(Self { terminal, mouse })
    }

    /// Draws what `draw` puts into the cells; only what changed is written.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        self.terminal.draw(|frame| draw(frame.buffer_mut())).map(|_| ())
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws everything anew the next time.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }

    /// Gives the terminal back, stops as Ctrl-Z does, and takes it over again
    /// when the program is continued.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        give_back();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        enter(self.mouse)?;
        self.forget()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    OURS.store(true, Ordering::SeqCst);
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    if mouse {
        execute!(stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Gives the terminal back, once.
fn give_back() {
    if OURS.swap(false, Ordering::SeqCst) {
        // A terminal that has gone needs nothing.
        let _ = execute!(
            stdout(),
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        let _ = disable_raw_mode();
        let _ = stdout().flush();
    }
}

/// How often it is looked whether a signal came.
const LOOK: Duration = Duration::from_millis(200);
/// How long the interface has to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// Ends the program when a signal came and the interface does not end by
/// itself: where the terminal has gone, waiting for a key may not come back.
fn end_in_time(ended: &AtomicUsize) {
    while ended.load(Ordering::Relaxed) == 0 {
        thread::sleep(LOOK);
    }
    thread::sleep(GRACE);
    give_back();
    let signal = i32::try_from(ended.load(Ordering::Relaxed)).unwrap_or_default();
    std::process::exit(i32::from(super::BY_SIGNAL) + signal);
}

/// What a thread that panicked had to say, once.
pub(super) fn panicked() -> Option<String> {
    PANICKED.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Signals that came.
#[derive(Clone, Debug, Default)]
pub(super) struct Signals {
    /// The signal that ends the program; 0 while there is none.
    ended: Arc<AtomicUsize>,
    suspended: Arc<AtomicBool>,
    resumed: Arc<AtomicBool>,
}

impl Signals {
    /// Listens. A signal that cannot be listened to does what it does otherwise.
    pub(super) fn listen() -> Self {
        use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
        let signals = Self::default();
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            let number = usize::try_from(signal).unwrap_or_default();
            let _ = signal_hook::flag::register_usize(signal, signals.ended.clone(), number);
        }
        let ended = signals.ended.clone();
        super::reading::named("signals", move || end_in_time(&ended));
        let _ = signal_hook::flag::register(SIGTSTP, signals.suspended.clone());
        let _ = signal_hook::flag::register(SIGCONT, signals.resumed.clone());
        signals
    }

    /// The signal that ends the program, if one came.
    pub(super) fn ended(&self) -> Option<u8> {
        let signal = self.ended.load(Ordering::Relaxed);
        u8::try_from(signal).ok().filter(|signal| *signal != 0)
    }

    /// Whether the program is to stop, once.
    pub(super) fn suspended(&self) -> bool {
        self.suspended.swap(false, Ordering::Relaxed)
    }

    /// Whether the program was continued, once.
    pub(super) fn resumed(&self) -> bool {
        self.resumed.swap(false, Ordering::Relaxed)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::IsTerminal;
    use std::process::Command;
    use std::time::Instant;

    use super::*;

    /// What [`a_panic_gives_the_terminal_back`] runs on a terminal. Elsewhere it
    /// does nothing.
    #[test]
    #[ignore = "it panics, on a terminal made for it"]
    fn panics_on_a_terminal() {
        if stdout().is_terminal() && std::env::var_os("SIPLENS_PANICS").is_some() {
            let mut screen = Screen::take(true).unwrap();
            screen
                .draw(|buffer| buffer.set_string(0, 0, "ours", ratatui::style::Style::new()))
                .unwrap();
            thread::sleep(Duration::from_secs(1));
            panic!("as wished");
        }
    }

    #[test]
    fn a_panic_gives_the_terminal_back() {
        let socket = format!("siplens-panic-{}", std::process::id());
        let tmux = |words: &[&str]| {
            let mut tmux = Command::new("tmux");
            tmux.args(["-L", &socket, "-f", "/dev/null"]).args(words);
            let output = tmux.env_remove("TMUX").env("TERM", "xterm-256color").output();
            output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        };
        // Tests of the package as a whole say that they need tmux.
        if tmux(&["-V"]).is_err() {
            return;
        }
        tmux(&["new-session", "-d", "-s", "main", "-x", "100", "-y", "30", "sh"]).unwrap();
        let program = std::env::current_exe().unwrap();
        // One thread: the panic is on the main one, as in the program.
        let command = format!(
            "SIPLENS_PANICS=1 {} --ignored --test-threads 1 --nocapture \
             --exact app::tui::terminal::tests::panics_on_a_terminal; echo status $?",
            program.display()
        );
        tmux(&["send-keys", "-t", "main", "-l", &command]).unwrap();
        tmux(&["send-keys", "-t", "main", "Enter"]).unwrap();
        let wait = |what: &str, format: &str, wanted: &dyn Fn(&str) -> bool| {
            let begun = Instant::now();
            loop {
                let state = match format {
                    "" => tmux(&["capture-pane", "-p", "-t", "main"]).unwrap(),
                    format => tmux(&["display-message", "-p", "-t", "main", format]).unwrap(),
                };
                if wanted(state.trim()) {
                    break state;
                }
                let patient = begun.elapsed() < Duration::from_secs(30);
                if !patient {
                    let _ = tmux(&["kill-server"]);
                    panic!("waited for {what}; there is\n{state}");
                }
                thread::sleep(Duration::from_millis(50));
            }
        };
        let state = "#{alternate_on} #{mouse_any_flag} #{cursor_flag}";
        wait("the terminal to be taken", state, &|state| state == "1 1 0");
        let screen = wait("the end", "", &|screen| screen.contains("status 101"));
        let left = wait("the terminal to be given back", state, &|state| state == "0 0 1");
        tmux(&["kill-server"]).unwrap();
        assert!(screen.contains("as wished"), "what was wrong is said: {screen}");
        assert_eq!(left.trim(), "0 0 1");
    }
}
