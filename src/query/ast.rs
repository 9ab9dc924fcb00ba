//! An expression as it was written, before it is known what its names mean.

use std::fmt::{self, Display};
use std::ops::Range;

use super::error::Error;
use super::parse::parse;

/// Where in the expression something stands, in bytes. What is written in two
/// places is the same all the same.
#[derive(Clone, Debug, Default)]
pub struct At(pub Range<usize>);

impl PartialEq for At {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The name of a field as written.
#[derive(Clone, PartialEq, Debug)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Where it stands.
    pub at: At,
}

/// A value as written.
#[derive(Clone, PartialEq, Debug)]
pub struct Word {
    /// The text; of a quoted one what is between the quotes, with backslashes
    /// kept but for those before a quote.
    pub text: String,
    /// Whether it was quoted: it is a text then, and neither `null` nor a number.
    pub quoted: bool,
    /// Where it stands.
    pub at: At,
}

/// How a field is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `~`, a regular expression
    Matches,
    /// `!~`
    MatchesNot,
    /// `contains`, a part of the text
    Contains,
}

/// An expression.
#[derive(Clone, PartialEq, Debug)]
pub enum Expression {
    /// All are true.
    And(Vec<Expression>),
    /// One is true.
    Or(Vec<Expression>),
    /// It is false.
    Not(Box<Expression>),
    /// The field has a value.
    Exists(Name),
    /// The field, which is one of yes or no, is yes.
    Is(Name),
    /// The field compares with the value.
    Compare(Name, Comparison, Word),
    /// The field is one of the values, or in one of the networks or ranges.
    In(Name, Vec<Word>),
}

impl Expression {
    /// Reads an expression, whatever its names may mean.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse(text).map_err(|fault| fault.of(text))
    }
}

impl Comparison {
    /// Every comparison as it is written; those that others begin with come later.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("!~", Self::MatchesNot),
        ("=~", Self::Matches),
        ("<", Self::Less),
        (">", Self::Greater),
        ("~", Self::Matches),
        ("=", Self::Equal),
    ];

    /// How it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Matches => "~",
            Self::MatchesNot => "!~",
            Self::Contains => "contains",
        }
    }
}

/// Whether a character may stand in a value without quotes.
pub(super) fn is_of_word(c: char) -> bool {
    !c.is_whitespace() && !"(),\"'=!<>~&|".contains(c)
}

impl Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.quoted {
            return f.write_str(&self.text);
        }
        f.write_str("\"")?;
        let mut escaped = false;
        for c in self.text.chars() {
            if c == '"' && !escaped {
                f.write_str("\\")?;
            }
            escaped = c == '\\' && !escaped;
            write!(f, "{c}")?;
        }
        f.write_str("\"")
    }
}

impl Display for Expression {
    /// The expression in its plainest form; reading that gives the same again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    write!(f, " {word} ")?;
                }
                // An `and` in an `or` needs none, but is easier read with.
                match part {
                    Self::And(_) | Self::Or(_) => write!(f, "({part})")?,
                    _ => part.fmt(f)?,
                }
            }
            Ok(())
        };
        match self {
            Self::And(parts) => joined(f, parts, "and"),
            Self::Or(parts) => joined(f, parts, "or"),
            Self::Not(part) => match **part {
                Self::And(_) | Self::Or(_) => write!(f, "not ({part})"),
                _ => write!(f, "not {part}"),
            },
            Self::Exists(name) => write!(f, "exists {}", name.text),
            Self::Is(name) => f.write_str(&name.text),
            Self::Compare(name, comparison, word) => {
                write!(f, "{} {} {word}", name.text, comparison.symbol())
            }
            Self::In(name, words) => {
                write!(f, "{} in (", name.text)?;
                for (index, word) in words.iter().enumerate() {
                    write!(f, "{}{word}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str(")")
            }
        }
    }
}
