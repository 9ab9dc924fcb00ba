//! The model that every view reads, and the only serialised types.
