//! Which conversations the user means.

use crate::engine::Snapshot;
use crate::report::Context;
use crate::track::ConversationId;
use crate::track::conversation::{Conversation, Matter};

/// The conversations that any of `wanted` names, in order; without any, all
/// calls, or all conversations when `all`.
///
/// A call is named by its number (`3`, `call-3`), a part of its Call-ID, or the
/// user part of its From or To, whole. A number that is the user part of some
/// call names that call too.
pub(super) fn conversations(
    snapshot: &Snapshot,
    context: &Context<'_>,
    wanted: &[String],
    all: bool,
) -> Vec<ConversationId> {
    let ids = (0..).map(ConversationId).zip(&snapshot.conversations);
    let chosen = ids.filter(|(id, conversation)| {
        let is_call = conversation.call().is_some();
        let name = context.name(*id).unwrap_or_default();
        let matches = |wanted: &String| {
            name == *wanted
                || is_call && name.strip_prefix("call-") == Some(wanted)
                || !wanted.is_empty()
                    && conversation.call_id().contains(wanted.as_str())
                    && !is_number(wanted)
                || users(conversation).iter().any(|user| user == wanted)
        };
        if wanted.is_empty() { is_call || all } else { wanted.iter().any(matches) }
    });
    chosen.map(|(id, _)| id).collect()
}

/// A short number means a call's place or a user, not a digit of some Call-ID.
fn is_number(text: &str) -> bool {
    text.len() < 6 && text.bytes().all(|b| b.is_ascii_digit())
}

fn users(conversation: &Conversation) -> Vec<String> {
    let texts = conversation.texts();
    match &conversation.matter {
        Matter::Call(call) => {
            [&call.caller, &call.callee].into_iter().filter_map(|party| party.user(texts)).collect()
        }
        Matter::Other(exchange) => {
            [&exchange.from, &exchange.to].into_iter().filter_map(|p| p.user(texts)).collect()
        }
        Matter::Registration(registration) => registration.user(texts).into_iter().collect(),
    }
}
