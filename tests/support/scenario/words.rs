//! A line of a scenario, taken apart into words.

use std::collections::VecDeque;

/// A line's number and text, for whoever must be told what is wrong with it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) number: usize,
    pub(crate) text: String,
}

impl Place {
    /// Says what is wrong with the line.
    #[track_caller]
    pub(crate) fn fail(&self, why: &str) -> ! {
        panic!("scenario line {}: {why}\n    {}", self.number, self.text)
    }

    /// The value, or a panic that says what the line lacks.
    #[track_caller]
    pub(crate) fn need<T>(&self, value: Option<T>, why: &str) -> T {
        value.unwrap_or_else(|| self.fail(why))
    }

    /// A number, decimal or hexadecimal with `0x`.
    #[track_caller]
    pub(crate) fn number<T: TryFrom<u64>>(&self, text: &str) -> T {
        let number = match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        };
        let number = number.and_then(|number| T::try_from(number).ok());
        self.need(number, &format!("{text} is not such a number"))
    }

    /// Seconds with at most nine decimals, in nanoseconds.
    #[track_caller]
    pub(crate) fn seconds(&self, text: &str) -> i64 {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let nanos = format!("{whole}{fraction:0<9}").parse();
        self.need(nanos.ok().filter(|_| fraction.len() <= 9), &format!("{text} is no time"))
    }

    /// `20ms`, `1.5s` or `-3ms`, in nanoseconds.
    #[track_caller]
    pub(crate) fn duration(&self, text: &str) -> i64 {
        let (sign, plain) = text.strip_prefix('-').map_or((1, text), |plain| (-1, plain));
        match (plain.strip_suffix("ms"), plain.strip_suffix('s')) {
            (Some(millis), _) => sign * self.seconds(millis) / 1_000,
            (None, Some(seconds)) => sign * self.seconds(seconds),
            (None, None) => self.fail(&format!("{text} is no duration: 20ms, 1.5s")),
        }
    }

    /// `100..110` without its end, or `7` alone.
    #[track_caller]
    pub(crate) fn range(&self, text: &str) -> std::ops::Range<usize> {
        match text.split_once("..") {
            Some((first, end)) => self.number(first)..self.number(end),
            None => self.number(text)..self.number::<usize>(text) + 1,
        }
    }
}

/// A word of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Word {
    /// `again`
    Bare(String),
    /// `'Busy Here'`
    Quoted(String),
    /// `tag=b1`
    Set(String, String),
    /// `sdp(A:4000 PCMU)`, its arguments as written
    Call(String, String),
}

/// The words of a line that nobody has taken yet.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    words: VecDeque<Word>,
    pub(crate) place: Place,
}

/// A line that says what goes over which hop, and when.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Nanoseconds since the scenario's start.
    pub(crate) at: i64,
    /// Whether the capture has it.
    pub(crate) seen: bool,
    pub(crate) src: String,
    pub(crate) dst: String,
    pub(crate) words: Words,
}

impl Line {
    /// Takes a line apart; `None` for an empty one. `before` is the time of the line before.
    pub(crate) fn parse(place: &Place, before: i64) -> Option<Self> {
        let text = place.text.trim();
        if text.is_empty() || text.starts_with('#') {
            return None;
        }
        let (seen, text) = text.strip_prefix('~').map_or((true, text), |text| (false, text));
        let mut words = Words::parse(text, place);
        let time = place.need(words.bare(), "begins with no time");
        let at = match time.strip_prefix('+') {
            Some(step) => before + place.seconds(step),
            None => place.seconds(&time),
        };
        let hop = place.need(words.bare(), "has no hop after its time");
        let (src, dst) = place.need(hop.split_once('>'), "has no hop such as A>B after its time");
        Some(Self { at, seen, src: src.to_owned(), dst: dst.to_owned(), words })
    }
}

impl Words {
    /// The words of a text; a comment ends it.
    pub(crate) fn parse(text: &str, place: &Place) -> Self {
        let (mut words, mut word, mut depth, mut quote) = (VecDeque::new(), String::new(), 0, None);
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match (c, quote) {
                ('\\', Some(_)) => {
                    word.push(c);
                    word.extend(chars.next());
                    continue;
                }
                (c, Some(open)) => quote = Some(open).filter(|open| *open != c),
                ('\'' | '"', None) => quote = Some(c),
                ('(', None) => depth += 1,
                (')', None) => depth -= 1,
                ('#', None) if depth == 0 && word.is_empty() => break,
                (c, None) if depth == 0 && c.is_whitespace() => {
                    words.extend((!word.is_empty()).then(|| Word::parse(&word, place)));
                    word.clear();
                    continue;
                }
                _ => {}
            }
            word.push(c);
        }
        if depth != 0 || quote.is_some() {
            place.fail("has a bracket or quote without its other half");
        }
        words.extend((!word.is_empty()).then(|| Word::parse(&word, place)));
        Self { words, place: place.clone() }
    }

    /// Takes the next word.
    pub(crate) fn next(&mut self) -> Option<Word> {
        self.words.pop_front()
    }

    /// Takes the next word if it is a bare one.
    pub(crate) fn bare(&mut self) -> Option<String> {
        match self.words.front() {
            Some(Word::Bare(text)) => {
                let text = text.clone();
                self.words.pop_front();
                Some(text)
            }
            _ => None,
        }
    }

    /// Takes the next bare word, which must be there.
    #[track_caller]
    pub(crate) fn argument(&mut self, of: &str) -> String {
        let bare = self.bare();
        self.place.need(bare, &format!("lacks a word after {of}"))
    }

    /// Looks at the next word without taking it.
    pub(crate) fn peek(&self) -> Option<&Word> {
        self.words.front()
    }

    fn remove<T>(&mut self, of: impl Fn(&Word) -> Option<T>) -> Option<T> {
        let index = self.words.iter().position(|word| of(word).is_some())?;
        self.words.remove(index).as_ref().and_then(of)
    }

    /// Whether `name` stands anywhere.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.words.contains(&Word::Bare(name.to_owned()))
    }

    /// Takes `name` out, wherever it stands; whether it was there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        self.remove(|word| (*word == Word::Bare(name.to_owned())).then_some(())).is_some()
    }

    /// Takes `key=value` out, wherever it stands.
    pub(crate) fn value(&mut self, key: &str) -> Option<String> {
        self.remove(|word| match word {
            Word::Set(name, value) if name == key => Some(value.clone()),
            _ => None,
        })
    }

    /// Takes the arguments of `name(...)` out, wherever it stands.
    pub(crate) fn call(&mut self, name: &str) -> Option<String> {
        self.remove(|word| match word {
            Word::Call(known, arguments) if known == name => Some(arguments.clone()),
            _ => None,
        })
    }

    /// Takes a quoted word out, wherever it stands.
    pub(crate) fn quoted(&mut self) -> Option<String> {
        self.remove(|word| match word {
            Word::Quoted(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// Fails on a word that nobody took.
    #[track_caller]
    pub(crate) fn finish(&self) {
        if let Some(word) = self.words.front() {
            self.place.fail(&format!("has a word that means nothing there: {word:?}"));
        }
    }
}

impl Word {
    fn parse(word: &str, place: &Place) -> Self {
        if word.starts_with(['\'', '"']) {
            return Self::Quoted(unquote(word, place));
        }
        let mark = word.find(['(', '=']).unwrap_or(word.len());
        match (word.get(..mark), word.get(mark..)) {
            (Some(name), Some(rest)) if rest.starts_with('=') => {
                Self::Set(name.to_owned(), unquote(&rest[1..], place))
            }
            (Some(name), Some(rest)) if rest.starts_with('(') && rest.ends_with(')') => {
                Self::Call(name.to_owned(), rest[1..rest.len() - 1].to_owned())
            }
            _ => Self::Bare(word.to_owned()),
        }
    }
}

/// Text without its quotes and escapes, if it has any.
pub(crate) fn unquote(text: &str, place: &Place) -> String {
    let Some(open) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
        return text.to_owned();
    };
    let inner = text.strip_prefix(open).and_then(|inner| inner.strip_suffix(open));
    let mut chars = place.need(inner, "has a quote without its other half").chars();
    let mut plain = String::new();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next() {
                Some('e') => '\u{1b}',
                Some('r') => '\r',
                Some('n') => '\n',
                Some('t') => '\t',
                Some('u') => {
                    let code: String = chars.by_ref().take_while(|c| *c != '}').skip(1).collect();
                    let code = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
                    place.need(code, "has \\u without {a code}")
                }
                Some(other) => other,
                None => '\\',
            },
            c => c,
        });
    }
    plain
}
