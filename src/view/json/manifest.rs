//! What a folder of exported tables holds, and of which inputs: the file
//! `_siplens.json` beside the tables.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

/// The name of the file.
pub const FILE: &str = "_siplens.json";

/// The version of its form.
pub const SCHEMA: &str = "siplens.export/1";

/// What a folder holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of this document.
    pub schema: String,
    /// Exports, in the order in which they came.
    pub exports: Vec<Export>,
}

/// What was exported together.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Export {
    /// What its rows have as `capture`.
    pub capture: String,
    /// What was read.
    pub inputs: Vec<ExportInput>,
    /// The files, from the folder, with `/` between folders.
    pub parts: Vec<String>,
}

/// An input of an export: it is the same input whose name and first frame are the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct ExportInput {
    /// The name of its file.
    pub name: String,
    /// When its first frame was captured.
    pub first_time: Option<String>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self { schema: SCHEMA.to_owned(), exports: Vec::new() }
    }
}

impl Manifest {
    /// Reads one.
    ///
    /// # Errors
    /// When it is none, or of another version.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if manifest.schema != SCHEMA {
            return Err(format!("its form is {}, not {SCHEMA}", manifest.schema));
        }
        Ok(manifest)
    }

    /// Writes it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        super::write_value(self, true, out)
    }
}
