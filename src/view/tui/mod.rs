//! The terminal interface: keys to actions, actions to state, state to a screen.
//!
//! ```text
//! key, mouse ─ keys::Keys ─▶ Action ─ update(&mut App, Action, &Look) ─▶ App ─ draw(&App, &Look) ─▶ cells
//!                                              │
//!                                              └─▶ Effect, for the program: save, copy, fetch, quit
//! ```
//!
//! Nothing here reads a file, a clock or a terminal. [`draw`] is a function of
//! the state and of the report; [`update`] is the only code that changes the
//! state, and what it cannot do itself it asks for as an [`Effect`].
//!
//! **Invariant:** a screen makes only the rows that it shows, so that its cost
//! does not grow with the number of calls.

pub mod action;
pub mod app;
pub mod column;
mod draw;
pub mod effect;
pub mod gathered;
pub mod keys;
mod layout;
pub mod list;
pub mod order;
mod screen;
pub mod settings;
pub mod theme;
mod update;
mod widget;

pub use self::action::Action;
pub use self::app::App;
pub use self::draw::draw;
pub use self::effect::Effect;
pub use self::settings::Settings;
pub use self::update::update;

use crate::report::{Context, Report};

/// What there is to look at: a report, and what its ladders are made from.
#[derive(Clone, Copy, Debug)]
pub struct Look<'r, 'a> {
    /// The report.
    pub report: &'r Report<'a>,
    /// What the report's rows are made from.
    pub context: &'r Context<'a>,
}
