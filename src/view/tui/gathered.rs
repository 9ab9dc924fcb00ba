//! What takes a look at every message of a report: gathered once for it, on a
//! thread of its own.

use super::Look;
use crate::report::endpoints::{EndpointRow, LinkRow, topology};
use crate::report::statistics::{Statistic, statistics};

/// Figures and addresses of a whole report.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Gathered {
    /// What happens how often, section by section.
    pub statistics: Vec<Statistic>,
    /// Addresses with their roles, in the report's order.
    pub endpoints: Vec<EndpointRow>,
    /// Who talks to whom.
    pub links: Vec<LinkRow>,
}

/// Looks over a report.
pub fn gather(look: &Look<'_, '_>) -> Gathered {
    let topology = topology(look.context);
    Gathered {
        statistics: statistics(look.context, &look.report.summary),
        endpoints: topology.endpoints.iter().collect(),
        links: topology.links.iter().collect(),
    }
}
