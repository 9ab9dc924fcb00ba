//! Where frames come from: capture files and standard input.
