//! The grammar of expressions.
//!
//! ```text
//! or      = and *( ("or" / "||") and )
//! and     = not *( ("and" / "&&") not )
//! not     = ("not" / "!") not / primary
//! primary = "(" or ")" / "exists" name / name [ test ]
//! test    = comparison value / ["not"] "in" ( "(" value *( "," value ) ")" / value )
//! value   = quoted / word
//! ```

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::combinator::{not, opt, peek, recognize};
use nom::error::{ErrorKind, ParseError};
use nom::sequence::{pair, terminated};
use nom::{Err, IResult, Parser};

use super::ast::{At, Comparison, Expression, Name, Word, is_of_word};
use super::error::Fault;

/// How deep parentheses and negations may nest.
const MOST_DEPTH: usize = 100;
/// Bytes of the longest expression.
const MOST_BYTES: usize = 64 << 10;

/// The rest of the text, as nom takes it.
type Rest<'a> = &'a str;
type Parsed<'a, T> = IResult<Rest<'a>, T, Trouble>;

/// Why a parser went no further: how much of the text was left, and what it
/// would have taken.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Trouble {
    /// Bytes from the beginning of the trouble to the end of the text.
    left: usize,
    /// Bytes of the trouble, if that is more than the next word.
    length: Option<usize>,
    expected: String,
}

impl ParseError<Rest<'_>> for Trouble {
    fn from_error_kind(rest: Rest<'_>, _: ErrorKind) -> Self {
        Self { left: rest.len(), length: None, expected: String::new() }
    }
    fn append(_: Rest<'_>, _: ErrorKind, other: Self) -> Self {
        other
    }
    fn or(self, other: Self) -> Self {
        // The one that got further knows better.
        if self.left < other.left { self } else { other }
    }
}

/// Ends the reading: what follows `rest` cannot be.
fn fail<T>(rest: Rest<'_>, expected: &str) -> Parsed<'static, T> {
    Err(Err::Failure(Trouble { left: rest.len(), length: None, expected: expected.to_owned() }))
}

/// The expression that `text` is.
pub(super) fn parse(text: &str) -> Result<Expression, Fault> {
    if text.len() > MOST_BYTES {
        let message = format!("an expression of more than {MOST_BYTES} bytes");
        return Err(Fault::new(0..0, message));
    }
    let start = blank(text);
    if start.is_empty() {
        let fault = Fault::new(text.len()..text.len(), "nothing is asked for");
        return Err(fault.help("for example: state == failed and mos < 3.5"));
    }
    let reader = Reader { length: text.len() };
    match reader.or(start, 0) {
        Ok(("", expression)) => Ok(expression),
        Ok((rest, _)) => Err(trouble(
            text,
            &Trouble { left: rest.len(), length: None, expected: "and, or, or the end".to_owned() },
        )),
        Err(Err::Error(found) | Err::Failure(found)) => Err(trouble(text, &found)),
        Err(Err::Incomplete(_)) => Err(Fault::new(text.len()..text.len(), "it is not complete")),
    }
}

fn trouble(text: &str, trouble: &Trouble) -> Fault {
    let start = text.len().saturating_sub(trouble.left);
    let rest = text.get(start..).unwrap_or_default();
    let word = rest.find(|c| !is_of_word(c)).filter(|length| *length > 0);
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let length = trouble.length.or(word).unwrap_or(if rest.chars().all(is_of_word) {
        rest.len()
    } else {
        first
    });
    let found = match rest.get(..length) {
        Some("") | None => "the end".to_owned(),
        Some(found) => format!("`{found}`"),
    };
    let expected = if trouble.expected.is_empty() { "an expression" } else { &trouble.expected };
    Fault::new(start..start + length, format!("expected {expected}, found {found}"))
}

/// The text after white space.
fn blank(rest: Rest<'_>) -> Rest<'_> {
    rest.trim_start()
}

/// A parser, and the white space after it.
fn lexeme<'a, T>(
    parser: impl Parser<Rest<'a>, Output = T, Error = Trouble>,
) -> impl Parser<Rest<'a>, Output = T, Error = Trouble> {
    terminated(parser, take_while(char::is_whitespace))
}

/// The name of a field, or a keyword: `caller.ip`, `call-id`.
fn bare_name(rest: Rest<'_>) -> Parsed<'_, Rest<'_>> {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let other = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    recognize(pair(take_while1(first), take_while(other))).parse(rest)
}

/// A keyword, in capitals or not.
fn keyword<'a>(word: &'static str) -> impl Fn(Rest<'a>) -> Parsed<'a, ()> {
    move |rest| {
        let (after, name) = bare_name(rest)?;
        if name.eq_ignore_ascii_case(word) {
            Ok((blank(after), ()))
        } else {
            Err(Err::Error(Trouble::from_error_kind(rest, ErrorKind::Tag)))
        }
    }
}

/// A sign, not followed by what would make it another.
fn sign<'a>(sign: &'static str, never: &'static str) -> impl Fn(Rest<'a>) -> Parsed<'a, ()> {
    move |rest| {
        let next = |c: char| !never.is_empty() && never.contains(c);
        let (rest, _) = terminated(tag(sign), peek(not(take_while1(next)))).parse(rest)?;
        Ok((blank(rest), ()))
    }
}

/// Knows where in the text a rest begins.
#[derive(Clone, Copy)]
struct Reader {
    length: usize,
}

impl Reader {
    /// From `rest` to `after`, without the white space at the end.
    fn at(self, rest: Rest<'_>, length: usize) -> At {
        let start = self.length - rest.len();
        At(start..start + length)
    }

    fn or(self, rest: Rest<'_>, depth: usize) -> Parsed<'_, Expression> {
        let word = |rest| alt((keyword("or"), sign("||", ""))).parse(rest);
        let (mut rest, first) = self.and(rest, depth)?;
        let mut parts = vec![first];
        while let Ok((after, ())) = word(rest) {
            let (after, part) = self.and(after, depth)?;
            (rest, parts) = (after, push(parts, part));
        }
        Ok((rest, one_or(parts, Expression::Or)))
    }

    fn and(self, rest: Rest<'_>, depth: usize) -> Parsed<'_, Expression> {
        let word = |rest| alt((keyword("and"), sign("&&", ""))).parse(rest);
        let (mut rest, first) = self.not(rest, depth)?;
        let mut parts = vec![first];
        while let Ok((after, ())) = word(rest) {
            let (after, part) = self.not(after, depth)?;
            (rest, parts) = (after, push(parts, part));
        }
        Ok((rest, one_or(parts, Expression::And)))
    }

    fn not(self, rest: Rest<'_>, depth: usize) -> Parsed<'_, Expression> {
        if depth > MOST_DEPTH {
            return fail(rest, "an expression that nests less deeply");
        }
        let word = |rest| alt((keyword("not"), sign("!", "=~"))).parse(rest);
        if let Ok((after, ())) = word(rest) {
            let (rest, part) = self.not(after, depth + 1)?;
            return Ok((rest, Expression::Not(Box::new(part))));
        }
        self.primary(rest, depth)
    }

    fn primary(self, rest: Rest<'_>, depth: usize) -> Parsed<'_, Expression> {
        if let Ok((after, ())) = sign("(", "")(rest) {
            let (rest, inner) = self.or(after, depth + 1)?;
            return match sign(")", "")(rest) {
                Ok((rest, ())) => Ok((rest, inner)),
                Err(_) => fail(rest, "and, or, or )"),
            };
        }
        if let Ok((after, ())) = keyword("exists")(rest) {
            let (rest, name) = self.name(after)?;
            return Ok((rest, Expression::Exists(name)));
        }
        let (rest, name) = self.name(rest)?;
        self.test(rest, name)
    }

    fn name(self, rest: Rest<'_>) -> Parsed<'_, Name> {
        let Ok((after, text)) = bare_name(rest) else { return fail(rest, "the name of a field") };
        if ["and", "or", "in"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return fail(rest, "the name of a field");
        }
        let name = Name { text: text.to_owned(), at: self.at(rest, text.len()) };
        Ok((blank(after), name))
    }

    fn test(self, rest: Rest<'_>, name: Name) -> Parsed<'_, Expression> {
        let (after, negated) = opt(keyword("not")).parse(rest)?;
        if let Ok((after, ())) = keyword("in")(after) {
            let (rest, words) = self.set(after)?;
            let test = Expression::In(name, words);
            let negate = |test| Expression::Not(Box::new(test));
            return Ok((rest, if negated.is_some() { negate(test) } else { test }));
        }
        if negated.is_some() {
            return fail(after, "in");
        }
        let comparison = Comparison::ALL.iter().find_map(|(text, comparison)| {
            let (after, ()) = sign(text, "")(rest).ok()?;
            Some((after, *comparison))
        });
        let by_word = |word, comparison| {
            let (after, ()) = keyword(word)(rest).ok()?;
            Some((after, comparison))
        };
        let comparison = comparison
            .or_else(|| by_word("contains", Comparison::Contains))
            .or_else(|| by_word("matches", Comparison::Matches));
        let Some((after, comparison)) = comparison else {
            return Ok((rest, Expression::Is(name)));
        };
        let (rest, word) = self.word(after)?;
        Ok((rest, Expression::Compare(name, comparison, word)))
    }

    fn set(self, rest: Rest<'_>) -> Parsed<'_, Vec<Word>> {
        let Ok((mut rest, ())) = sign("(", "")(rest) else {
            let (rest, word) = self.word(rest)?;
            return Ok((rest, vec![word]));
        };
        let mut words = Vec::new();
        loop {
            let (after, word) = self.word(rest)?;
            words.push(word);
            if let Ok((after, ())) = sign(",", "")(after) {
                rest = after;
            } else if let Ok((after, ())) = sign(")", "")(after) {
                return Ok((after, words));
            } else {
                return fail(after, ", or )");
            }
        }
    }

    fn word(self, rest: Rest<'_>) -> Parsed<'_, Word> {
        if let Some(quote) = rest.chars().next().filter(|c| "\"'".contains(*c)) {
            return self.quoted(rest, quote);
        }
        let plain = |rest| lexeme(take_while1(is_of_word)).parse(rest);
        let Ok((after, text)) = plain(rest) else { return fail(rest, "a value") };
        let at = self.at(rest, text.len());
        Ok((after, Word { text: text.to_owned(), quoted: false, at }))
    }

    /// A text in quotes. A backslash before a quote is taken away; any other is
    /// kept with what follows it, so that a regular expression is as written.
    fn quoted(self, rest: Rest<'_>, quote: char) -> Parsed<'_, Word> {
        let (mut text, mut escaped) = (String::new(), false);
        for (index, c) in rest.char_indices().skip(1) {
            if c == quote && !escaped {
                let after = rest.get(index + 1..).unwrap_or_default();
                let word = Word { text, quoted: true, at: self.at(rest, index + 1) };
                return Ok((blank(after), word));
            }
            if escaped && "\"'".contains(c) {
                text.pop();
            }
            text.push(c);
            escaped = c == '\\' && !escaped;
        }
        let expected = format!("{quote} at the end of the text that begins here");
        Err(Err::Failure(Trouble { left: rest.len(), length: Some(rest.len()), expected }))
    }
}

fn push(mut parts: Vec<Expression>, part: Expression) -> Vec<Expression> {
    parts.push(part);
    parts
}

/// The only part, or all of them together.
fn one_or(mut parts: Vec<Expression>, all: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.len() {
        1 => parts.pop().unwrap_or_else(|| all(Vec::new())),
        _ => all(parts),
    }
}
