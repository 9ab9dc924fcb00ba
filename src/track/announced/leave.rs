//! What was announced leaves with its calls.

use super::{Announced, Endpoint};
use crate::track::ConversationId;
use crate::track::leaving::Leaving;
use crate::track::table;

impl Announced {
    /// Takes out what the calls that leave announced.
    #[must_use]
    pub fn take_out(&mut self, leaving: &Leaving) -> Self {
        let mut left = Self::default();
        let mut touched: Vec<Endpoint> = Vec::new();
        let all = std::mem::take(&mut self.by_call);
        self.by_call.reserve(all.len().saturating_sub(leaving.count()));
        for (id, media) in all {
            let (map, call) = match (leaving.leaves(id), leaving.stays(id)) {
                (Some(call), _) => {
                    touched.extend(media.endpoints.iter().map(|place| place.endpoint));
                    (&mut left.by_call, call)
                }
                (None, Some(call)) => (&mut self.by_call, call),
                (None, None) => continue,
            };
            map.insert(call, media);
        }
        touched.sort_unstable();
        touched.dedup();
        for endpoint in touched {
            let Some(known) = self.by_endpoint.get_mut(&endpoint) else { continue };
            let before = known.len();
            let leaves = |call: ConversationId| leaving.leaves(call);
            let gone: Vec<_> = known.extract_if(.., |one| leaves(one.call).is_some()).collect();
            self.kept = self.kept.saturating_sub(before - known.len());
            if known.is_empty() {
                self.by_endpoint.remove(&endpoint);
            }
            let gone = gone.into_iter().filter_map(|mut one| {
                one.call = leaves(one.call)?;
                Some(one)
            });
            let gone: Vec<_> = gone.collect();
            left.kept += gone.len();
            left.by_endpoint.insert(endpoint, gone);
        }
        for expected in self.by_endpoint.values_mut().flatten() {
            expected.call = leaving.stays(expected.call).unwrap_or(expected.call);
        }
        if self.by_endpoint.capacity() > 4 * self.by_endpoint.len() {
            self.by_endpoint.shrink_to(2 * self.by_endpoint.len());
        }
        left.sections =
            left.by_endpoint.values().flatten().map(|one| one.section.clone()).collect();
        left.expects_other = self.expects_other;
        // A section that only those who left announced has no user any more.
        if self.sections.len() > MOST_UNUSED {
            self.sections.retain(|section| std::sync::Arc::strong_count(section) > 1);
        }
        left
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        table::bytes(self.by_endpoint.len(), size_of::<(Endpoint, Vec<super::Expected>)>())
            + table::bytes(self.by_call.len(), size_of::<(ConversationId, super::CallMedia)>())
            // A list grows from four on.
            + self.by_endpoint.len() * 4 * size_of::<super::Expected>()
            + self.by_call.len() * 4 * size_of::<super::Place>()
            + self.sections.len() * SECTION
    }
}

/// Sections kept though perhaps nobody announces them any more.
const MOST_UNUSED: usize = 1_024;
/// What a section takes, about.
const SECTION: usize = 600;
