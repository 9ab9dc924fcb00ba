//! The order of names that people give to numbered files: `call-9` before `call-10`.

use std::cmp::Ordering;

/// Compares names with each run of digits taken as a number, of any length.
/// Names that differ only in leading zeros are ordered by their characters.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let (mut a, mut b) = (left, right);
    while !a.is_empty() && !b.is_empty() {
        let ((digits_a, rest_a), (digits_b, rest_b)) = (digits(a), digits(b));
        let order = if digits_a.is_empty() || digits_b.is_empty() {
            let (mut chars_a, mut chars_b) = (a.chars(), b.chars());
            let order = chars_a.next().cmp(&chars_b.next());
            (a, b) = (chars_a.as_str(), chars_b.as_str());
            order
        } else {
            (a, b) = (rest_a, rest_b);
            let [a, b] = [digits_a, digits_b].map(|digits| digits.trim_start_matches('0'));
            a.len().cmp(&b.len()).then_with(|| a.cmp(b))
        };
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len()).then_with(|| left.cmp(right))
}

/// The digits that `text` begins with, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count() {
        let mut names = [
            "b",
            "call-10.pcap",
            "call-9.pcap",
            "call-010.pcap",
            "call.pcap",
            "call-9",
            "call-99999999999999999999999.pcap",
            "call-100000000000000000000000.pcap",
            "a10b2",
            "a10b10",
            "a9b10",
            "",
        ];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(
            names,
            [
                "",
                "a9b10",
                "a10b2",
                "a10b10",
                "b",
                "call-9",
                "call-9.pcap",
                "call-010.pcap",
                "call-10.pcap",
                "call-99999999999999999999999.pcap",
                "call-100000000000000000000000.pcap",
                "call.pcap",
            ]
        );
    }

    #[test]
    fn only_the_same_name_is_equal() {
        assert_eq!(compare("x01y", "x01y"), Ordering::Equal);
        assert_eq!(compare("x01y", "x1y"), Ordering::Less);
        assert_eq!(compare("x1y", "x01y"), Ordering::Greater);
    }
}
