//! Where the rows of a table are in a report.

use crate::query::Table;
use crate::query::calls::Calls;
use crate::query::dialogs::{Dialog, Dialogs};
use crate::query::endpoints::{Endpoint, Endpoints};
use crate::query::findings::{Finding, Findings};
use crate::query::registrations::{Registration, Registrations};
use crate::query::streams::{Stream, Streams};
use crate::report::{CallFacts, Context, Report};

/// A table whose rows a report has.
pub(in crate::app) trait List: Table {
    /// How many rows there are.
    fn len(report: &Report<'_>) -> usize;

    /// Makes the row at that place, and shows it to `f`.
    fn with(
        context: &Context<'_>,
        report: &Report<'_>,
        place: usize,
        f: impl FnOnce(&Self::Row<'_>),
    );
}

/// A table whose rows are a list of the report.
macro_rules! of_report {
    ($table:ident, $list:ident, |$row:ident, $context:ident| $make:expr) => {
        impl List for $table {
            fn len(report: &Report<'_>) -> usize {
                report.$list.len()
            }

            fn with(
                $context: &Context<'_>,
                report: &Report<'_>,
                place: usize,
                f: impl FnOnce(&Self::Row<'_>),
            ) {
                let _ = $context;
                if let Some($row) = &report.$list.get(place) {
                    f(&$make);
                }
            }
        }
    };
}

of_report!(Dialogs, dialogs, |row, context| Dialog { row });
of_report!(Endpoints, endpoints, |row, context| Endpoint { row });
of_report!(Findings, findings, |row, context| Finding { row });
of_report!(Registrations, registrations, |row, context| Registration { row, of: context });
of_report!(Streams, streams, |row, context| Stream { row, of: context });

/// Calls are read fact by fact: their whole rows take long to make.
impl List for Calls {
    fn len(report: &Report<'_>) -> usize {
        report.calls.len()
    }

    fn with(context: &Context<'_>, _: &Report<'_>, place: usize, f: impl FnOnce(&CallFacts<'_>)) {
        if let Some(call) = &CallFacts::at(context, place) {
            f(call);
        }
    }
}
