//! Checks a report against the JSON Schema that siplens prints, by the keywords
//! that this schema uses. A keyword beyond those is a panic, not a pass.

use std::fmt::Write as _;
use std::sync::OnceLock;

use serde_json::{Map, Value};

/// The schema of the report.
pub(crate) fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| siplens::report::schema::schema().to_value())
}

/// Panics with every place at which a report is not as the schema says.
#[track_caller]
pub(crate) fn assert_valid(report: &Value) {
    let faults = faults(schema(), report);
    assert!(faults.is_empty(), "the report is not as its schema says:\n{faults}");
}

/// The places at which a value is not as a schema says, one a line.
pub(crate) fn faults(schema: &Value, value: &Value) -> String {
    let mut checker = Checker { root: schema, faults: String::new() };
    checker.check(schema, value, "");
    checker.faults
}

struct Checker<'a> {
    root: &'a Value,
    faults: String,
}

impl Checker<'_> {
    fn check(&mut self, schema: &Value, value: &Value, place: &str) {
        let Value::Object(keywords) = schema else { panic!("{place}: no schema: {schema}") };
        for (keyword, rule) in keywords {
            let holds = match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" | "format" => true,
                // Further ones are refused in any case, see `properties`.
                "additionalProperties" => *rule == Value::Bool(false),
                "$ref" => {
                    let target = rule.as_str().and_then(|path| path.strip_prefix('#'));
                    let target = target.and_then(|path| self.root.pointer(path));
                    self.check(target.unwrap_or_else(|| panic!("no {rule}")), value, place);
                    true
                }
                "type" => match rule {
                    Value::Array(types) => types.iter().any(|one| is_of_type(value, one)),
                    one => is_of_type(value, one),
                },
                "const" => value == rule,
                "enum" => rule.as_array().unwrap().contains(value),
                "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
                "anyOf" => rule.as_array().unwrap().iter().any(|one| {
                    let mut inner = Checker { root: self.root, faults: String::new() };
                    inner.check(one, value, place);
                    inner.faults.is_empty()
                }),
                "oneOf" => {
                    rule.as_array()
                        .unwrap()
                        .iter()
                        .filter(|one| {
                            let mut inner = Checker { root: self.root, faults: String::new() };
                            inner.check(one, value, place);
                            inner.faults.is_empty()
                        })
                        .count()
                        == 1
                }
                "required" => {
                    let object = value.as_object();
                    let mut names =
                        rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                    names.all(|name| object.is_none_or(|object| object.contains_key(name)))
                }
                "properties" => {
                    self.properties(rule.as_object().unwrap(), value, place);
                    true
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{place}/{index}"));
                    }
                    true
                }
                other => panic!("{place}: the keyword {other} is not known here"),
            };
            if !holds {
                writeln!(self.faults, "{place}: {keyword} {rule}, is {value}").unwrap();
            }
        }
    }

    /// Each property by its rule. The schema leaves room for further ones, a
    /// report of ours has none.
    fn properties(&mut self, rules: &Map<String, Value>, value: &Value, place: &str) {
        for (key, value) in value.as_object().into_iter().flatten() {
            match rules.get(key) {
                Some(rule) => self.check(rule, value, &format!("{place}/{key}")),
                None => writeln!(self.faults, "{place}/{key}: not in the schema").unwrap(),
            }
        }
    }
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type {other} is not known here"),
    }
}
