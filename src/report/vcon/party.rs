//! Who takes part in a call.

use serde::Serialize;

use crate::report::call::{CallRow, PartyRow};

/// The place of the caller in the list of parties.
pub(super) const CALLER: usize = 0;
/// The place of the callee.
pub(super) const CALLEE: usize = 1;

/// A party; what is not known of it is left out.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub(super) struct Party {
    /// A number that means the same everywhere: of a tel URI, or a user part with a plus.
    #[serde(skip_serializing_if = "Option::is_none")]
    tel: Option<String>,
    /// The SIP URI as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    sip: Option<String>,
    /// The display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// How the name was proved: by nothing, it is what was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<&'static str>,
}

/// The parties of a vCon.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Parties(Vec<Party>);

impl Parties {
    /// The caller and the callee, in this order.
    pub(super) fn of(call: &CallRow<'_>) -> Self {
        Self(vec![Party::of(&call.caller), Party::of(&call.callee)])
    }

    /// The place of whom a URI names; one who was not there before is added.
    pub(super) fn place(&mut self, uri: &str) -> usize {
        let party = Party::of_uri(Some(uri), None);
        let same = |other: &Party| {
            party.sip.is_some() && other.sip == party.sip
                || party.tel.is_some() && other.tel == party.tel
        };
        self.0.iter().position(same).unwrap_or_else(|| {
            self.0.push(party);
            self.0.len() - 1
        })
    }

    pub(super) fn into_list(self) -> Vec<Party> {
        self.0
    }
}

impl Party {
    fn of(row: &PartyRow) -> Self {
        let party = Self::of_uri(row.uri.as_deref(), row.user.as_deref());
        let name = row.display_name.clone().filter(|name| !name.is_empty());
        Self { validation: name.as_ref().map(|_| "none"), name, ..party }
    }

    fn of_uri(uri: Option<&str>, user: Option<&str>) -> Self {
        let Some(uri) = uri else { return Self::default() };
        if let Some((scheme, number)) = uri.split_once(':')
            && scheme.eq_ignore_ascii_case("tel")
        {
            return Self { tel: Some(format!("tel:{number}")), ..Self::default() };
        }
        let sent = uri.split_once(':').map_or("", |(_, rest)| rest);
        let sent = sent.split_once('@').map(|(user, _)| user);
        // Parameters of a telephone number follow it in the user part (RFC 3261 section 19.1.6).
        let number = user.or(sent).and_then(|user| user.split(';').next());
        let tel = number.filter(|number| is_global(number));
        Self {
            tel: tel.map(|number| format!("tel:{number}")),
            sip: Some(uri.to_owned()),
            ..Self::default()
        }
    }
}

/// Whether a text is a global number (RFC 3966 section 3): a plus, digits, and
/// separators between them.
fn is_global(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|rest| {
        rest.bytes().any(|byte| byte.is_ascii_digit())
            && rest.bytes().all(|byte| byte.is_ascii_digit() || b"-.()".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_tel_uri_only_where_it_means_the_same_everywhere() {
        let of = |uri, user| {
            let party = Party::of_uri(Some(uri), user);
            (party.tel, party.sip)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            of("sip:+4930123@example.com;user=phone", Some("+4930123")),
            (some("tel:+4930123"), some("sip:+4930123@example.com;user=phone"))
        );
        assert_eq!(
            of("sip:+4930123;ext=5@example.com", None),
            (some("tel:+4930123"), some("sip:+4930123;ext=5@example.com"))
        );
        assert_eq!(of("sip:200@example.com", Some("200")), (None, some("sip:200@example.com")));
        assert_eq!(
            of("TEL:7042;phone-context=example.com", Some("7042")),
            (some("tel:7042;phone-context=example.com"), None)
        );
    }
}
