//! From a snapshot to findings with their evidence; never on the hot path.
