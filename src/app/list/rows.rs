//! Where the rows of a table are in a report.

use crate::query::Table;
use crate::query::calls::{Call, Calls};
use crate::query::dialogs::{Dialog, Dialogs};
use crate::query::endpoints::{Endpoint, Endpoints};
use crate::query::findings::{Finding, Findings};
use crate::query::registrations::{Registration, Registrations};
use crate::query::streams::{Stream, Streams};
use crate::report::endpoint::{EndpointRow, endpoints};
use crate::report::{Context, Report};

/// A table whose rows a report has.
pub(in crate::app) trait List: Table {
    /// What is gathered of a report before its rows are listed.
    type Rows<'r>;

    /// Gathers that.
    fn rows<'r>(context: &Context<'r>, report: &Report<'r>) -> Self::Rows<'r>;

    /// How many rows there are.
    fn len(rows: &Self::Rows<'_>, report: &Report<'_>) -> usize;

    /// Makes the row at that place, and shows it to `f`.
    fn with(
        rows: &Self::Rows<'_>,
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
            type Rows<'r> = ();

            fn rows<'r>(_: &Context<'r>, _: &Report<'r>) {}

            fn len((): &(), report: &Report<'_>) -> usize {
                report.$list.len()
            }

            fn with(
                (): &(),
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

of_report!(Calls, calls, |row, context| Call { row, of: context });
of_report!(Dialogs, dialogs, |row, context| Dialog { row });
of_report!(Findings, findings, |row, context| Finding { row });
of_report!(Registrations, registrations, |row, context| Registration { row, of: context });
of_report!(Streams, streams, |row, context| Stream { row, of: context });

impl List for Endpoints {
    type Rows<'r> = Vec<EndpointRow>;

    fn rows<'r>(_: &Context<'r>, report: &Report<'r>) -> Vec<EndpointRow> {
        endpoints(report)
    }

    fn len(rows: &Vec<EndpointRow>, _: &Report<'_>) -> usize {
        rows.len()
    }

    fn with(
        rows: &Vec<EndpointRow>,
        context: &Context<'_>,
        _: &Report<'_>,
        place: usize,
        f: impl FnOnce(&Endpoint<'_>),
    ) {
        if let Some(row) = rows.get(place) {
            f(&Endpoint { row, name: context.address_name(row.ip) });
        }
    }
}
