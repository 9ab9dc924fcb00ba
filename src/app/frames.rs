//! Which frames are read: those that a filter and a stretch of time let through.

use super::input::{Input as Arguments, Moment};
use super::output::Failure;
use crate::base::frame::Frame;
use crate::base::time::Timestamp;
use crate::report::build::InputProblem;
use crate::source::{FilterError, Filters};

/// The frames that are read.
pub(super) struct Frames {
    filters: Option<Filters>,
    from: Option<Moment>,
    to: Option<Moment>,
    /// The ends of the stretch, once the first frame has told the day.
    bounds: Option<(Timestamp, Timestamp)>,
    /// Frames that were not let through.
    left_out: u64,
}

impl Frames {
    /// The frames that the arguments ask for.
    ///
    /// # Errors
    ///
    /// The filter is none, or cannot be used here.
    pub(super) fn new(arguments: &Arguments) -> Result<Self, Failure> {
        let filters = arguments.filter.as_deref().map(Filters::new).transpose();
        let filters = filters.map_err(|error| match error {
            FilterError::Expression { .. } => Failure::Usage(error.to_string()),
            _ => Failure::Fault(error.to_string()),
        })?;
        let (from, to) = (arguments.from, arguments.to);
        Ok(Self { filters, from, to, bounds: None, left_out: 0 })
    }

    /// Whether a frame is read.
    #[inline]
    pub(super) fn take(&mut self, frame: &Frame<'_>) -> bool {
        let all = self.filters.is_none() && self.from.is_none() && self.to.is_none();
        all || self.let_through(frame)
    }

    fn let_through(&mut self, frame: &Frame<'_>) -> bool {
        let in_time = self.is_in_time(frame.at);
        let taken = in_time && self.filters.as_mut().is_none_or(|filters| filters.matches(frame));
        self.left_out += u64::from(!taken);
        taken
    }

    fn is_in_time(&mut self, at: Timestamp) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        let (from, to) = *self.bounds.get_or_insert_with(|| {
            let resolve = |moment: Option<Moment>, open| {
                moment.map_or(Timestamp::from_nanos(open), |m| m.resolve(at))
            };
            (resolve(self.from, i64::MIN), resolve(self.to, i64::MAX))
        });
        (from..to).contains(&at)
    }

    /// Frames that were not let through.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Links for whose frames the filter was none.
    pub(super) fn problems(&self) -> impl Iterator<Item = InputProblem> {
        let refused = self.filters.iter().flat_map(Filters::refused);
        refused.map(|(_, error, count)| InputProblem {
            code: "filter.link".to_owned(),
            count,
            first_frame: None,
            text: error.to_string(),
        })
    }
}
