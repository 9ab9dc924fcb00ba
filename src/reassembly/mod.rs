//! Frames to whole messages; every buffer has a cap.
