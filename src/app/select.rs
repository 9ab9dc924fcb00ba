//! Which conversations the user means.

use crate::engine::Snapshot;
use crate::query::Filter;
use crate::query::calls::Calls;
use crate::report::{CallFacts, Context, Options};
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
    let meant = context.selection();
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
                        && meant.call_id(conversation).contains(wanted.as_str())
                        && !is_number(wanted)
                    || meant.users(conversation).iter().any(|user| user == wanted)
            };
            if wanted.is_empty() { is_call || all } else { wanted.iter().any(matches) }
        })
        .map(|(id, _)| context.leader(id))
        .collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// The options of a report about those calls only that an expression means.
pub(super) fn narrowed(
    snapshot: &Snapshot,
    mut options: Options,
    only: Option<&Filter<Calls>>,
) -> Options {
    if only.is_some() {
        let context = Context::new(snapshot, &options);
        let calls = calls_where(&context, context.calls().to_vec(), only);
        drop(context);
        options.selection.only = Some(calls);
    }
    options
}

/// Those of `calls` that an expression means; all without one.
pub(super) fn calls_where(
    context: &Context<'_>,
    calls: Vec<ConversationId>,
    only: Option<&Filter<Calls>>,
) -> Vec<ConversationId> {
    let Some(filter) = only else { return calls };
    let is_meant =
        |id: &ConversationId| CallFacts::of(context, *id).is_some_and(|call| filter.matches(&call));
    calls.into_iter().filter(is_meant).collect()
}

/// The registrations that any of `wanted` names: by number, a part of the
/// Call-ID, or the user.
pub(super) fn registrations(
    snapshot: &Snapshot,
    context: &Context<'_>,
    wanted: &[String],
) -> Vec<ConversationId> {
    let ids = (0..).map(ConversationId).zip(&snapshot.conversations);
    let meant = context.selection();
    let found = ids.filter(|(id, conversation)| {
        let name = context.name(*id).filter(|_| conversation.registration().is_some());
        name.is_some_and(|name| {
            wanted.iter().any(|wanted| {
                name == *wanted
                    || name.strip_prefix("registration-") == Some(wanted)
                    || !is_number(wanted) && meant.call_id(conversation).contains(wanted.as_str())
                    || meant.users(conversation).iter().any(|user| user == wanted)
            })
        })
    });
    found.map(|(id, _)| id).collect()
}

/// A short number means a call's place or a user, not a digit of some Call-ID.
fn is_number(text: &str) -> bool {
    text.len() < 6 && text.bytes().all(|b| b.is_ascii_digit())
}
