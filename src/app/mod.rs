//! The impure shell: arguments, files, terminal, exit codes.
