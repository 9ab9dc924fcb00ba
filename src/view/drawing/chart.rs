//! Courses of streams as SVG.
