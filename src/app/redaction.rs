//! `--redact` and `--key`: pseudonyms in what is written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use clap::{Args, ValueEnum};

use super::output::{Failure, note};
use crate::base::limits::Limits;
use crate::redact::{Key, Redactor, Scope};

/// Whether pseudonyms stand for what names people and places.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Redaction {
    /// Write pseudonyms in place of telephone numbers, of addresses, or of all that
    /// names people and places; the same for the same in every output under one
    /// --key. --where sees pseudonyms; --call, --call-id, --number and --ip take
    /// what is in the capture
    #[arg(long = "redact", value_name = "WHAT", help_heading = "Privacy")]
    pub(super) scope: Option<What>,

    /// Draw the pseudonyms from the secret in this file, of 16 bytes or more
    /// [default: another for each run]
    #[arg(long, value_name = "FILE", help_heading = "Privacy")]
    pub(super) key: Option<PathBuf>,

    /// The key, once it is known: all readings of one run have the same.
    #[arg(skip)]
    drawn: Arc<OnceLock<Key>>,
}

/// What pseudonyms stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum What {
    /// Telephone numbers
    Numbers,
    /// IP addresses, and addresses of network cards
    Addresses,
    /// Both, and names, domains, Call-IDs, tags, credentials, texts, bodies, digits
    All,
}

impl From<What> for Scope {
    fn from(what: What) -> Self {
        match what {
            What::Numbers => Self::Numbers,
            What::Addresses => Self::Addresses,
            What::All => Self::All,
        }
    }
}

/// Fewer bytes can be guessed.
const SHORTEST: usize = 16;
/// More than this is no key but some other file.
const LONGEST: u64 = 1 << 16;

impl Redaction {
    /// Whether the names of files are not to be told either.
    pub(super) fn hides_names(&self) -> bool {
        self.scope == Some(What::All)
    }

    /// What replaces names in frames, if anything is to.
    ///
    /// # Errors
    ///
    /// The key cannot be read or is too short, or no secret can be drawn.
    pub(super) fn redactor(&self, limits: Limits) -> Result<Option<Redactor>, Failure> {
        let Some(scope) = self.scope else {
            return match self.key {
                Some(_) => Err(Failure::Usage("--key is for --redact".to_owned())),
                None => Ok(None),
            };
        };
        Ok(Some(Redactor::new(self.key()?, scope.into(), limits)))
    }

    fn key(&self) -> Result<Key, Failure> {
        if let Some(known) = self.drawn.get() {
            return Ok(known.clone());
        }
        let key = if let Some(path) = &self.key {
            read(path)?
        } else {
            let mut secret = [0; 32];
            getrandom::fill(&mut secret)
                .map_err(|error| Failure::Fault(format!("no secret can be drawn: {error}")))?;
            note("the pseudonyms are of this run alone; --key FILE makes them the same each time");
            Key::new(&secret)
        };
        Ok(self.drawn.get_or_init(|| key).clone())
    }
}

fn read(path: &Path) -> Result<Key, Failure> {
    let fault = |why: String| Failure::Fault(format!("{}: {why}", path.display()));
    let size = fs::metadata(path).map_err(|error| fault(error.to_string()))?.len();
    if size > LONGEST {
        return Err(fault("too long for a key".to_owned()));
    }
    let secret = fs::read(path).map_err(|error| fault(error.to_string()))?;
    if secret.len() < SHORTEST {
        let why = "too short for a key: write one with head -c 32 /dev/urandom > FILE";
        return Err(fault(why.to_owned()));
    }
    Ok(Key::new(&secret))
}
