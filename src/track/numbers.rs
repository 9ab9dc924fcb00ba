//! Whether two user parts are one number: elements put prefixes before numbers
//! and take them off.

/// Digits of a number that are the same in every form of it: a subscriber number.
const ENOUGH: usize = 7;

/// A number without what only helps reading (RFC 3966 section 5.1.1), and
/// without the signs of an international or national number before it.
fn digits(user: &str) -> Option<String> {
    let plain: String =
        user.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')' | ' ')).collect();
    let bare = plain.strip_prefix('+').unwrap_or(&plain);
    let all = !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit());
    all.then(|| bare.to_owned())
}

/// What equal numbers have in common: the end of a number, a name as it is.
pub(super) fn key(user: &str) -> String {
    match digits(user) {
        Some(digits) => {
            let end = digits.len().saturating_sub(ENOUGH);
            digits.get(end..).unwrap_or_default().to_owned()
        }
        None => user.to_owned(),
    }
}

/// Whether two user parts are one number or name: equal, or a long number of
/// which one form has more before it. A caller who is anonymous is nobody.
pub(super) fn are_one(a: &str, b: &str) -> bool {
    if a.is_empty() || a.eq_ignore_ascii_case("anonymous") {
        return false;
    }
    match (digits(a), digits(b)) {
        (Some(a), Some(b)) => {
            let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
            let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
            short == long && !short.is_empty() || short.len() >= ENOUGH && long.ends_with(short)
        }
        (None, None) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_number_are_one() {
        for (a, b) in [
            ("+43 1 5550-100", "00431 5550100"),
            ("15550100", "+4315550100"),
            ("200", "200"),
            ("alice", "alice"),
        ] {
            assert!(are_one(a, b) && key(a) == key(b), "{a} {b}");
        }
        for (a, b) in [
            ("200", "1200"),
            ("alice", "Alice"),
            ("alice", "200"),
            ("anonymous", "anonymous"),
            ("", ""),
        ] {
            assert!(!are_one(a, b), "{a} {b}");
        }
    }
}
