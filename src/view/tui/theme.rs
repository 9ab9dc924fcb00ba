//! Colours by meaning: dark, light, or none.

use ratatui::style::{Color, Modifier, Style};

/// Which colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Theme {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light background.
    Light,
    /// No colours: bold, dim, underlined, reversed.
    Mono,
}

/// What a piece of the screen is, which decides how it looks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Role {
    /// Nothing special.
    #[default]
    Plain,
    /// Less important.
    Dim,
    /// A heading of a table or of a part.
    Heading,
    /// The bar at the top.
    Bar,
    /// The page that is shown, in that bar.
    Current,
    /// A key, in the bar of keys and in the help.
    Key,
    /// What a key does, in the bar of keys.
    KeyText,
    /// The row that the cursor is on.
    Cursor,
    /// A row that is marked.
    Marked,
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Broken.
    Bad,
    /// A request, a name to find again.
    Name,
    /// Media.
    Media,
    /// What a search found, what differs.
    Found,
    /// A frame around something.
    Frame,
}

impl Theme {
    /// The theme's names in the configuration.
    pub const NAMES: [(&'static str, Self); 3] =
        [("dark", Self::Dark), ("light", Self::Light), ("mono", Self::Mono)];

    /// The theme of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, theme)| *theme)
    }

    /// The name of the theme.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Mono => "mono",
        }
    }

    /// The theme after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Mono,
            Self::Mono => Self::Dark,
        }
    }

    /// How a piece of the screen looks.
    pub fn style(self, role: Role) -> Style {
        match self {
            Self::Dark => dark(role),
            Self::Light => light(role),
            Self::Mono => mono(role),
        }
    }
}

fn dark(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Plain => style,
        Role::Dim | Role::Frame => style.fg(Color::DarkGray),
        Role::Heading => style.fg(Color::Gray).add_modifier(Modifier::BOLD),
        Role::Bar => style.bg(Color::Indexed(236)).fg(Color::Gray),
        Role::Current => style.bg(Color::Cyan).fg(Color::Black).add_modifier(Modifier::BOLD),
        Role::Key => style.fg(Color::Cyan).add_modifier(Modifier::BOLD),
        Role::KeyText => style.fg(Color::Gray),
        Role::Cursor => style.bg(Color::Indexed(24)).fg(Color::White),
        Role::Marked => style.fg(Color::LightYellow).add_modifier(Modifier::BOLD),
        Role::Good => style.fg(Color::Green),
        Role::Warning => style.fg(Color::Yellow),
        Role::Bad => style.fg(Color::LightRed).add_modifier(Modifier::BOLD),
        Role::Name => style.fg(Color::Cyan),
        Role::Media => style.fg(Color::LightMagenta),
        Role::Found => style.bg(Color::Yellow).fg(Color::Black),
    }
}

fn light(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Plain => style,
        Role::Dim | Role::Frame => style.fg(Color::Indexed(245)),
        Role::Heading => style.add_modifier(Modifier::BOLD),
        Role::Bar => style.bg(Color::Indexed(253)).fg(Color::Indexed(238)),
        Role::Current => style.bg(Color::Blue).fg(Color::White).add_modifier(Modifier::BOLD),
        Role::Key => style.fg(Color::Blue).add_modifier(Modifier::BOLD),
        Role::KeyText => style.fg(Color::Indexed(238)),
        Role::Cursor => style.bg(Color::Indexed(153)).fg(Color::Black),
        Role::Marked => style.fg(Color::Indexed(94)).add_modifier(Modifier::BOLD),
        Role::Good => style.fg(Color::Indexed(28)),
        Role::Warning => style.fg(Color::Indexed(130)),
        Role::Bad => style.fg(Color::Indexed(160)).add_modifier(Modifier::BOLD),
        Role::Name => style.fg(Color::Indexed(25)),
        Role::Media => style.fg(Color::Indexed(90)),
        Role::Found => style.bg(Color::Yellow).fg(Color::Black),
    }
}

fn mono(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Plain | Role::KeyText | Role::Good | Role::Name | Role::Media | Role::Frame => style,
        Role::Dim => style.add_modifier(Modifier::DIM),
        Role::Heading | Role::Key | Role::Marked | Role::Bad => style.add_modifier(Modifier::BOLD),
        Role::Warning => style.add_modifier(Modifier::UNDERLINED),
        Role::Current => style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Role::Bar | Role::Cursor | Role::Found => style.add_modifier(Modifier::REVERSED),
    }
}
