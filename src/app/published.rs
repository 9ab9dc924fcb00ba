//! A report with all that it borrows from, to hand from thread to thread.

use self_cell::self_cell;

use crate::engine::Snapshot;
use crate::report::{Context, Options, Report, build};
#[cfg(feature = "tui")]
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
pub(super) struct Published {
    built: Built,
    /// Bytes that what it is made from takes, about; 0 where nobody asks.
    #[cfg(feature = "live")]
    #[cfg_attr(not(feature = "serve"), expect(dead_code, reason = "what is kept is the server's"))]
    pub(super) bytes: usize,
}

impl Published {
    /// Builds the report of a snapshot.
    pub(super) fn new(snapshot: Snapshot, options: Options) -> Self {
        let facts = Box::new((snapshot, options));
        let looked = Looked::new(facts, |facts| Context::new(&facts.0, &facts.1));
        let built = Built::new(looked, |looked| build(looked.borrow_dependent()));
        Self {
            built,
            #[cfg(feature = "live")]
            bytes: 0,
        }
    }

    /// The same, knowing what it takes.
    #[cfg(feature = "live")]
    pub(super) fn of_size(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// Reads it.
    #[cfg(feature = "live")]
    pub(super) fn read<T>(&self, read: impl FnOnce(&Context<'_>, &Report<'_>) -> T) -> T {
        self.built.with_dependent(|looked, report| read(looked.borrow_dependent(), report))
    }

    /// Reads what it is made from.
    #[cfg(feature = "live")]
    pub(super) fn parts<T>(&self, read: impl FnOnce(&Snapshot, &Context<'_>) -> T) -> T {
        self.built
            .with_dependent(|looked, _| read(&looked.borrow_owner().0, looked.borrow_dependent()))
    }

    /// Looks at it.
    #[cfg(feature = "tui")]
    pub(super) fn with<T>(&self, look: impl FnOnce(&Look<'_, '_>) -> T) -> T {
        self.built.with_dependent(|looked, report| {
            look(&Look { report, context: looked.borrow_dependent() })
        })
    }

    /// Looks at it and at what it is made from.
    #[cfg(feature = "tui")]
    pub(super) fn all<T>(&self, look: impl FnOnce(&(Snapshot, Options), &Look<'_, '_>) -> T) -> T {
        self.built.with_dependent(|looked, report| {
            let context = looked.borrow_dependent();
            look(looked.borrow_owner(), &Look { report, context })
        })
    }
}

impl std::fmt::Debug for Published {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Published")
    }
}
