//! Expressions, once it is known what their names mean.

use regex::RegexBuilder;

use super::ast::{Comparison, Expression, Name, Word};
use super::error::Fault;
use super::field::{Field, Table};
use super::filter::Node;
use super::literal::{Literal, literal};
use super::moment::Moment;
use super::test::{Bound, Range, Test};
use super::value::Kind;

/// Bytes that a compiled regular expression may take.
const MOST_REGEX: usize = 1 << 20;

/// What an expression asks of the rows of a table.
pub(super) fn compile<T: Table>(expression: &Expression) -> Result<Node, Fault> {
    let all = |parts: &[Expression]| parts.iter().map(compile::<T>).collect::<Result<Vec<_>, _>>();
    match expression {
        Expression::And(parts) => all(parts).map(Node::And),
        Expression::Or(parts) => all(parts).map(Node::Or),
        Expression::Not(part) => compile::<T>(part).map(|part| Node::Not(Box::new(part))),
        Expression::Exists(name) => {
            let (field, _) = field::<T>(name)?;
            Ok(Node::Test { field, test: Test::Exists })
        }
        Expression::Is(name) => is::<T>(name),
        Expression::Compare(name, comparison, word) => compare::<T>(name, *comparison, word),
        Expression::In(name, words) => {
            let (index, field) = field::<T>(name)?;
            let tests = words.iter().map(|word| member(field, word)).collect::<Result<_, _>>()?;
            Ok(Node::Test { field: index, test: Test::Any(tests) })
        }
    }
}

fn field<T: Table>(name: &Name) -> Result<(usize, &'static Field<T>), Fault> {
    T::field(&name.text).ok_or_else(|| {
        let fault = Fault::new(name.at.0.clone(), format!("{} have no `{}`", T::NAME, name.text));
        let list = format!("siplens where {} lists all", T::NAME);
        match T::suggestion(&name.text) {
            Some(near) => fault.help(format!("did you mean {near}? {list}")),
            None => fault.help(list),
        }
    })
}

/// A field alone.
fn is<T: Table>(name: &Name) -> Result<Node, Fault> {
    let (index, field) = field::<T>(name)?;
    if field.kind == Kind::Flag {
        return Ok(Node::Test { field: index, test: Test::Flag(true) });
    }
    let fault = Fault::new(name.at.0.clone(), format!("{} alone says nothing", name.text));
    Err(fault.help(format!("compare it, {} == ..., or write exists {}", field.name, field.name)))
}

fn compare<T: Table>(name: &Name, comparison: Comparison, word: &Word) -> Result<Node, Fault> {
    let (index, field) = field::<T>(name)?;
    let test = |test| Node::Test { field: index, test };
    let negate = |node| Node::Not(Box::new(node));
    if !word.quoted && word.text.eq_ignore_ascii_case("null") {
        return match comparison {
            Comparison::Equal => Ok(negate(test(Test::Exists))),
            Comparison::NotEqual => Ok(test(Test::Exists)),
            _ => Err(Fault::new(word.at.0.clone(), "nothing is less, more or like null")
                .help(format!("write {0} == null or {0} != null", field.name))),
        };
    }
    match comparison {
        Comparison::Matches => Ok(test(matches(field, word)?)),
        Comparison::MatchesNot => Ok(negate(test(matches(field, word)?))),
        Comparison::Contains => Ok(test(contains(field, word)?)),
        Comparison::Equal => Ok(test(member(field, word)?)),
        Comparison::NotEqual => Ok(negate(test(member(field, word)?))),
        _ => ordered(field, comparison, word).map(test),
    }
}

/// The test for a text that a regular expression or a part of it is about.
fn textual<T: Table>(field: &Field<T>, word: &Word) -> Result<(), Fault> {
    match field.kind {
        Kind::Text | Kind::Word | Kind::Choice { .. } | Kind::Ip | Kind::Endpoint => Ok(()),
        kind => {
            let message = format!("{} is no text, but a {}", field.name, kind.name());
            Err(Fault::new(word.at.0.clone(), message)
                .help(format!("compare it, or write {} in (1..9)", field.name)))
        }
    }
}

fn matches<T: Table>(field: &Field<T>, word: &Word) -> Result<Test, Fault> {
    textual(field, word)?;
    let regex = RegexBuilder::new(&word.text)
        .case_insensitive(ignores_capitals(field.kind))
        .size_limit(MOST_REGEX)
        .dfa_size_limit(MOST_REGEX)
        .build();
    regex.map(|regex| Test::Regex(Box::new(regex))).map_err(|error| {
        let reason = match &error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            // The last line says what is wrong; those before draw the place.
            error => error.to_string().lines().last().unwrap_or_default().to_owned(),
        };
        let reason = reason.trim_start_matches("error: ").to_owned();
        Fault::new(word.at.0.clone(), format!("no regular expression: {reason}"))
            .help("put it in quotes: from ~ \"^\\+49\"")
    })
}

fn contains<T: Table>(field: &Field<T>, word: &Word) -> Result<Test, Fault> {
    textual(field, word)?;
    let Literal::Text(part) = literal(field.name, Kind::Text, word)? else {
        return Err(Fault::new(word.at.0.clone(), "no text"));
    };
    let capitals = !ignores_capitals(field.kind);
    Ok(Test::Part(if capitals { part } else { part.to_ascii_lowercase() }, capitals))
}

const fn ignores_capitals(kind: Kind) -> bool {
    matches!(kind, Kind::Word | Kind::Choice { .. })
}

/// The test for being a value, or in a network or range.
fn member<T: Table>(field: &Field<T>, word: &Word) -> Result<Test, Fault> {
    if !word.quoted && word.text.eq_ignore_ascii_case("null") {
        return Err(Fault::new(word.at.0.clone(), "null is in nothing")
            .help(format!("write {} == null or ...", field.name)));
    }
    if let Kind::Number(_) | Kind::Time = field.kind
        && let Some((from, to)) = word.text.split_once("..")
    {
        let part = |text: &str| Word { text: text.to_owned(), ..word.clone() };
        let (from, to) = (
            literal(field.name, field.kind, &part(from))?,
            literal(field.name, field.kind, &part(to))?,
        );
        return match (from, to) {
            (Literal::Number(from), Literal::Number(to)) if from <= to => {
                Ok(Test::Number(Range { from: Bound::With(from), to: Bound::With(to) }))
            }
            (Literal::Time(from), Literal::Time(to))
                if from.of_day == to.of_day && from.from <= to.from =>
            {
                Ok(Test::Time(
                    Range { from: Bound::With(from.from), to: Bound::Without(to.to) },
                    from,
                ))
            }
            _ => Err(Fault::new(word.at.0.clone(), "a range from the greater to the less")),
        };
    }
    Ok(match literal(field.name, field.kind, word)? {
        Literal::Text(text) => Test::Text(text, field.kind == Kind::Text),
        Literal::Flag(flag) => Test::Flag(flag),
        Literal::Choice(place) => Test::Number(only(place as f64)),
        Literal::Number(number) => Test::Number(only(number)),
        Literal::Network(network) => Test::Network(network),
        Literal::Time(moment) => Test::Time(during(moment), moment),
    })
}

const fn only(number: f64) -> Range<f64> {
    Range { from: Bound::With(number), to: Bound::With(number) }
}

const fn during(moment: Moment) -> Range<i64> {
    Range { from: Bound::With(moment.from), to: Bound::Without(moment.to) }
}

/// The test for `<`, `<=`, `>` and `>=`.
fn ordered<T: Table>(field: &Field<T>, by: Comparison, word: &Word) -> Result<Test, Fault> {
    let number = match literal(field.name, field.kind, word)? {
        Literal::Number(number) => number,
        Literal::Choice(place) if matches!(field.kind, Kind::Choice { ordered: true, .. }) => {
            place as f64
        }
        Literal::Time(moment) => {
            // What is within the moment is equal to it, neither before nor after.
            let (from, to) = match by {
                Comparison::Less => (Bound::None, Bound::Without(moment.from)),
                Comparison::LessOrEqual => (Bound::None, Bound::Without(moment.to)),
                Comparison::Greater => (Bound::With(moment.to), Bound::None),
                _ => (Bound::With(moment.from), Bound::None),
            };
            return Ok(Test::Time(Range { from, to }, moment));
        }
        _ => {
            let message = format!("{} is neither less nor more than anything", field.name);
            return Err(Fault::new(word.at.0.clone(), message)
                .help(format!("it is {}: compare it with == or !=", field.kind.name())));
        }
    };
    let (from, to) = match by {
        Comparison::Less => (Bound::None, Bound::Without(number)),
        Comparison::LessOrEqual => (Bound::None, Bound::With(number)),
        Comparison::Greater => (Bound::Without(number), Bound::None),
        _ => (Bound::With(number), Bound::None),
    };
    Ok(Test::Number(Range { from, to }))
}
