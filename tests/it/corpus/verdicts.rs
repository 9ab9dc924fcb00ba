//! Where siplens and tshark 4.0.17 differ, and who is right.

/// A difference and why it is there.
pub(super) struct Verdict {
    /// The capture.
    pub(super) file: &'static str,
    /// `sip`, `call-ids`, or the stream.
    pub(super) what: &'static str,
    /// What tshark has, and what siplens has.
    pub(super) difference: &'static str,
    /// Who is right, and which clause or rule says so.
    pub(super) why: &'static str,
}

const fn verdict(
    file: &'static str,
    what: &'static str,
    difference: &'static str,
    why: &'static str,
) -> Verdict {
    Verdict { file, what, difference, why }
}

const DUPLICATES: &str = "siplens: a duplicate hides no loss (RFC 3611 section 4.7.1); tshark subtracts every copy \
    from the expected number (RFC 3550 appendix A.3), so that its loss becomes negative";

pub(super) const VERDICTS: &[Verdict] = &[];
