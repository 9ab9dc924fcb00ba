//! A compiled expression.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use super::ast::Expression;
use super::compile::compile;
use super::error::Error;
use super::field::Table;
use super::parse::parse;
use super::test::Test;

/// Which rows of a table are meant.
pub struct Filter<T> {
    expression: Expression,
    node: Node,
    of: PhantomData<fn() -> T>,
}

/// Whether something is so; a comparison with what is not known is neither true
/// nor false, and nor is its opposite (Kleene's logic).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Truth {
    /// It is not so.
    False,
    /// That cannot be said.
    Unknown,
    /// It is so.
    True,
}

/// What is asked of a row.
#[derive(Clone, Debug)]
pub(super) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// Something of the field at that place of its table.
    Test {
        field: usize,
        test: Test,
    },
}

impl<T: Table> Filter<T> {
    /// Reads an expression about the rows of the table.
    ///
    /// # Errors
    ///
    /// It is none, or it names what the rows do not have.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let compiled = parse(text).and_then(|expression| {
            let node = compile::<T>(&expression)?;
            Ok(Self { expression, node, of: PhantomData })
        });
        compiled.map_err(|fault| fault.of(text))
    }

    /// Whether a row is meant.
    pub fn matches(&self, row: &T::Row<'_>) -> bool {
        self.truth(row) == Truth::True
    }

    /// Whether the expression is true of a row.
    pub fn truth(&self, row: &T::Row<'_>) -> Truth {
        truth(&self.node, &|field, test| {
            let Some(field) = T::FIELDS.get(field) else { return Truth::Unknown };
            Truth::from(test.of(field.kind, &(field.get)(row)))
        })
    }

    /// The expression in its plainest form.
    pub fn expression(&self) -> &Expression {
        &self.expression
    }
}

fn truth(node: &Node, of: &dyn Fn(usize, &Test) -> Truth) -> Truth {
    match node {
        Node::And(parts) => {
            let mut all = Truth::True;
            for part in parts {
                match truth(part, of) {
                    Truth::False => return Truth::False,
                    found => all = all.min(found),
                }
            }
            all
        }
        Node::Or(parts) => {
            let mut any = Truth::False;
            for part in parts {
                match truth(part, of) {
                    Truth::True => return Truth::True,
                    found => any = any.max(found),
                }
            }
            any
        }
        Node::Not(part) => match truth(part, of) {
            Truth::True => Truth::False,
            Truth::Unknown => Truth::Unknown,
            Truth::False => Truth::True,
        },
        Node::Test { field, test } => of(*field, test),
    }
}

impl From<Option<bool>> for Truth {
    fn from(found: Option<bool>) -> Self {
        match found {
            None => Self::Unknown,
            Some(false) => Self::False,
            Some(true) => Self::True,
        }
    }
}

impl<T: Table> FromStr for Filter<T> {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl<T> Clone for Filter<T> {
    fn clone(&self) -> Self {
        Self { expression: self.expression.clone(), node: self.node.clone(), of: PhantomData }
    }
}

impl<T: Table> fmt::Debug for Filter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} where {}", T::NAME, self.expression)
    }
}

impl<T> fmt::Display for Filter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expression.fmt(f)
    }
}
