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
            panic::set_hook(Box::new(move |panic| {
                if thread::current().name() == Some("main") {
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
