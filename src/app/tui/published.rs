//! A report with all that it borrows from, to hand from thread to thread.

use self_cell::self_cell;

use crate::engine::Snapshot;
use crate::report::{Context, Options, Report, build};
use crate::view::tui::Look;

/// What a report is made from.
type Facts = Box<(Snapshot, Options)>;

self_cell!(
    struct Looked {
        owner: Facts,
        #[covariant]
        dependent: Context,
    }
);

self_cell!(
    struct Built {
        owner: Looked,
        #[not_covariant]
        dependent: Report,
    }
);

/// A report, and what it is made from.
pub(super) struct Published(Built);

impl Published {
    /// Builds the report of a snapshot.
    pub(super) fn new(snapshot: Snapshot, options: Options) -> Self {
        let facts = Box::new((snapshot, options));
        let looked = Looked::new(facts, |facts| Context::new(&facts.0, &facts.1));
        Self(Built::new(looked, |looked| build(looked.borrow_dependent())))
    }

    /// Looks at it.
    pub(super) fn with<T>(&self, look: impl FnOnce(&Look<'_, '_>) -> T) -> T {
        self.0.with_dependent(|looked, report| {
            look(&Look { report, context: looked.borrow_dependent() })
        })
    }

    /// Looks at it and at what it is made from.
    pub(super) fn all<T>(&self, look: impl FnOnce(&Snapshot, &Look<'_, '_>) -> T) -> T {
        self.0.with_dependent(|looked, report| {
            let context = looked.borrow_dependent();
            look(&looked.borrow_owner().0, &Look { report, context })
        })
    }
}
