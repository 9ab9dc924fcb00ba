//! Which frames are read: those that a filter and a stretch of time let through.

use std::cell::RefCell;
use std::net::IpAddr;

use super::input::{Input as Arguments, Moment};
use super::output::Failure;
use crate::base::frame::Frame;
use crate::base::time::Timestamp;
use crate::redact::{Blanked, Originals, Redactor, Source};
use crate::report::Names;
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
    /// What puts pseudonyms into those that are.
    redactor: Option<Redactor>,
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
        let redactor = arguments.redaction.redactor(arguments.settings().limits)?;
        let redactor = redactor.map(|redactor| redactor.keeping(&arguments.correlate));
        Ok(Self { filters, from, to, bounds: None, left_out: 0, redactor })
    }

    /// The same, with the payload of media silenced where names are replaced.
    pub(super) fn silencing(self, silenced: bool) -> Self {
        let redactor = self.redactor.map(|redactor| redactor.silencing(silenced));
        Self { redactor, ..self }
    }

    /// The same where the streams of media are known, by their pseudonyms.
    pub(super) fn of_streams(mut self, streams: impl IntoIterator<Item = Source>) -> Self {
        if let Some(redactor) = &mut self.redactor {
            redactor.take_for_media(streams);
        }
        self
    }

    /// The same where the streams are known by what is in the capture.
    pub(super) fn of_original_streams(mut self, streams: impl IntoIterator<Item = Source>) -> Self {
        if let Some(redactor) = &mut self.redactor {
            let names = redactor.names();
            let moved: Vec<_> =
                streams.into_iter().map(|(flow, ssrc)| (names.flow(flow), ssrc)).collect();
            redactor.take_for_media(moved);
        }
        self
    }

    /// Whether all frames are read, as they are.
    pub(super) fn are_all(&self) -> bool {
        self.filters.is_none()
            && self.from.is_none()
            && self.to.is_none()
            && self.redactor.is_none()
    }

    /// The frame as it is read, if it is; with pseudonyms, if there are to be.
    #[inline]
    pub(super) fn take<'a>(&'a mut self, frame: &Frame<'a>) -> Option<Frame<'a>> {
        let all = self.filters.is_none() && self.from.is_none() && self.to.is_none();
        if !all && !self.let_through(frame) {
            return None;
        }
        match &mut self.redactor {
            Some(redactor) => Some(redactor.frame(frame)),
            None => Some(*frame),
        }
    }

    /// The pseudonym of an address; the address itself where there are none.
    pub(super) fn pseudonym(&mut self, ip: IpAddr) -> IpAddr {
        self.redactor.as_mut().map_or(ip, |redactor| redactor.names().ip(ip))
    }

    /// What the user calls hosts, as they are told.
    pub(super) fn host_names(&mut self, names: Names) -> Names {
        let Some(redactor) = &mut self.redactor else { return names };
        let pseudonyms = RefCell::new(redactor.names());
        names.replaced(
            |ip| pseudonyms.borrow_mut().ip(ip),
            |name| pseudonyms.borrow_mut().host(name),
        )
    }

    /// Who stands behind pseudonyms, for choosing by what is in the capture.
    pub(super) fn originals(&self) -> Originals {
        self.redactor.as_ref().map(Redactor::originals).unwrap_or_default()
    }

    /// No more frames come: what was blanked in them.
    pub(super) fn blanked(&mut self) -> Option<&Blanked> {
        self.redactor.as_mut().map(Redactor::finish)
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
