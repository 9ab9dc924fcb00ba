//! Which conversations the user means.

use crate::engine::Snapshot;
use crate::report::Context;
use crate::report::select::users;
use crate::track::ConversationId;

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
    let mut chosen: Vec<_> = ids
        .filter(|(id, conversation)| {
            let is_call = conversation.call().is_some();
            // Those that the selection left out have no name.
            let Some(name) = context.name(*id) else { return false };
            let matches = |wanted: &String| {
                name == *wanted
                    || is_call && name.strip_prefix("call-") == Some(wanted)
                    || !wanted.is_empty()
                        && conversation.call_id().contains(wanted.as_str())
                        && !is_number(wanted)
                    || users(conversation).iter().any(|user| user == wanted)
            };
            if wanted.is_empty() { is_call || all } else { wanted.iter().any(matches) }
        })
        .map(|(id, _)| context.leader(id))
        .collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// A short number means a call's place or a user, not a digit of some Call-ID.
fn is_number(text: &str) -> bool {
    text.len() < 6 && text.bytes().all(|b| b.is_ascii_digit())
}
