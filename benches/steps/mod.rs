//! The steps of a packet's way, by layer.

mod decode;
mod engine;
mod media;
mod report;
mod sip;
mod source;

use divan::{Bencher, black_box};
use siplens::base::frame::Frame;

use crate::traffic::Held;

/// Times `step` on one frame after the other, again and again.
fn each_frame<T>(bencher: Bencher<'_, '_>, frames: &Held, mut step: impl FnMut(&Frame<'_>) -> T) {
    assert!(frames.len() > 0, "nothing to time");
    let mut next = 0;
    bencher.bench_local(|| {
        next = if next + 1 < frames.len() { next + 1 } else { 0 };
        frames.get(next).map(|frame| black_box(step(black_box(&frame))))
    });
}
