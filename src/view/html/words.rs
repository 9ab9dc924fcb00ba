//! Small pieces of markup: figures, badges, cells.

use std::fmt::Display;

use crate::base::flow::Endpoint;
use crate::report::call::PartyRow;
use crate::report::quality::Grade;
use crate::report::value::Address;
use crate::view::drawing::Escaped;

/// What stands for what is not known.
pub(super) const UNKNOWN: &str = "<span class=\"none\">\u{2013}</span>";

/// Milliseconds as people read them: `480 ms`, `0.4 ms`.
pub(super) fn ms(value: Option<f64>) -> String {
    value.map_or_else(
        || UNKNOWN.to_owned(),
        |ms| if ms.abs() < 10.0 { format!("{ms:.1} ms") } else { format!("{ms:.0} ms") },
    )
}

/// Seconds as people read them: `9.9 s`, `12:03`, `1:02:03`.
pub(super) fn seconds(value: Option<f64>) -> String {
    value.map_or_else(
        || UNKNOWN.to_owned(),
        |s| {
            if s < 100.0 {
                return format!("{s:.1} s");
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a float becomes the nearest integer it can"
            )]
            let whole = s.round() as u64;
            match (whole / 3600, whole / 60 % 60, whole % 60) {
                (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
                (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
            }
        },
    )
}

/// A share: `4.6 %`.
pub(super) fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |share| format!("{share:.1} %"))
}

/// A MOS with its grade in colour, shape and word.
pub(super) fn mos(value: Option<f64>) -> String {
    value.map_or_else(
        || UNKNOWN.to_owned(),
        |mos| {
            let grade = Grade::of(mos).name();
            format!("<span class=\"mos {grade}\">{mos:.2}<span class=\"vh\"> {grade}</span></span>")
        },
    )
}

/// A severity in colour, shape and word.
pub(super) fn severity(name: &str) -> String {
    format!("<span class=\"sev {name}\">{}{name}</span>", sign(name))
}

/// A severity with how many there are.
pub(super) fn severities(count: usize, name: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("<span class=\"sev {name}\">{}{count} {name}{plural}</span>", sign(name))
}

fn sign(name: &str) -> String {
    format!(
        "<svg class=\"sign\" aria-hidden=\"true\" viewBox=\"0 0 14 14\"><use href=\"#sign-{name}\"/></svg>"
    )
}

/// A state with its shape.
pub(super) fn state(name: &str) -> String {
    let kind = match name {
        "completed" | "answered" | "registered" => "done",
        "rejected" | "failed" | "timed_out" => "bad",
        "cancelled" | "unregistered" => "off",
        "redirected" | "challenged" => "turn",
        _ => "open",
    };
    format!("<span class=\"state {kind}\">{}</span>", name.replace('_', " "))
}

/// An endpoint; `–` where it is not known.
pub(super) fn address(address: Option<Address>) -> String {
    address.map_or_else(
        || UNKNOWN.to_owned(),
        |address| format!("<span class=\"mono\">{}</span>", Endpoint::from(address)),
    )
}

/// Who somebody is, shortly: user, else URI.
pub(super) fn who(party: &PartyRow) -> &str {
    party.user.as_deref().or(party.uri.as_deref()).unwrap_or("?")
}

/// The time of day of a time of the report, in an element that knows all of it.
pub(super) fn time(time: &str) -> String {
    let short = time.split_once('T').map_or(time, |(_, clock)| clock.trim_end_matches('Z'));
    format!("<time datetime=\"{}\">{}</time>", Escaped(time), Escaped(short))
}

/// Foreign text; `–` where there is none.
pub(super) fn text(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty())
        .map_or_else(|| UNKNOWN.to_owned(), |text| Escaped(text).to_string())
}

/// A cell: its class, the number by which it is sorted if that is not its
/// text, and its markup.
pub(super) fn cell(class: &str, sort: Option<f64>, markup: impl Display) -> String {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let sort = sort.map_or_else(String::new, |value| format!(" data-v=\"{value}\""));
    format!("<td{class}{sort}>{markup}</td>")
}

/// The start of a table that may be scrolled sideways, with its head. A column
/// is its class and its name; `#`, a number, sorts as one.
pub(super) fn table(id: &str, caption: &str, columns: &[(&str, &str)]) -> String {
    let heads: String = columns.iter().fold(String::new(), |heads, (class, name)| {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        heads + &format!("<th scope=\"col\"{class}>{name}</th>")
    });
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}, table\">\
         <table id=\"{id}\"><caption class=\"vh\">{caption}</caption>\
         <thead><tr>{heads}</tr></thead>\n<tbody>\n"
    )
}

/// The end of such a table.
pub(super) const TABLE_END: &str = "</tbody></table></div>\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_people_read_them() {
        assert_eq!([ms(Some(0.42)), ms(Some(1003.2))], ["0.4 ms", "1003 ms"]);
        let times = [9.87, 99.96, 723.0, 3723.4].map(|s| seconds(Some(s)));
        assert_eq!(times, ["9.9 s", "100.0 s", "12:03", "1:02:03"]);
        assert_eq!(percent(None), UNKNOWN);
        assert!(mos(Some(3.97)).contains("fair"));
    }
}
