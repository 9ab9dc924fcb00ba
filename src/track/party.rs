//! One end of a conversation, as its headers name it.

use super::text::{Text, Texts};
use crate::base::flow::Endpoint;
use crate::wire::sip::{self, Name, NameAddr, Uri};

/// An end of a conversation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Party {
    pub(super) uri: Text,
    pub(super) display_name: Text,
    pub(super) user_agent: Text,
    /// Where it signals from.
    pub address: Option<Endpoint>,
}

impl Party {
    /// The party that a From or To names.
    pub(super) fn named(address: Option<&NameAddr<'_>>, texts: &mut Texts) -> Self {
        let Some(address) = address else { return Self::default() };
        Self {
            uri: texts.put(address.uri),
            display_name: address
                .display_name()
                .map_or(Text::default(), |name| texts.put(name.as_bytes())),
            ..Self::default()
        }
    }

    /// Keeps the User-Agent or Server of a message that the party sent.
    pub(super) fn learn_user_agent(&mut self, sip: &sip::Message<'_>, texts: &mut Texts) {
        if self.user_agent.is_empty()
            && let Some(value) = sip.line(Name::UserAgent).or_else(|| sip.line(Name::Server))
        {
            self.user_agent = texts.put(&value);
        }
    }

    /// Its URI as sent; `None` when none was seen.
    pub fn uri<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        present(self.uri, texts)
    }

    /// The user part of its URI, escapes undone; a tel URI's number.
    pub fn user(&self, texts: &Texts) -> Option<String> {
        Uri::parse(texts.get(self.uri).as_bytes())?.user_text()
    }

    /// Its display name.
    pub fn display_name<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        present(self.display_name, texts)
    }

    /// Its User-Agent or Server.
    pub fn user_agent<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        present(self.user_agent, texts)
    }
}

fn present(text: Text, texts: &Texts) -> Option<&str> {
    (!text.is_empty()).then(|| texts.get(text))
}
