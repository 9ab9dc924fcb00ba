//! What the user has set.

use super::column::{Column, Sort};
use super::effect::Form;
use super::keys::Keys;
use super::theme::Theme;

/// What the user has set, and what this program can do.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// Colours.
    pub theme: Theme,
    /// Keys.
    pub keys: Keys,
    /// Columns of the calls, in order.
    pub columns: Vec<Column>,
    /// What calls are sorted by to begin with.
    pub sort: Sort,
    /// The forms in which something can be saved.
    pub forms: Vec<Form>,
    /// The folder into which files are saved when their names have none, for a prompt.
    pub capture_name: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            keys: Keys::default(),
            columns: Column::DEFAULT.to_vec(),
            sort: Sort::default(),
            forms: Vec::new(),
            capture_name: "capture".to_owned(),
        }
    }
}
