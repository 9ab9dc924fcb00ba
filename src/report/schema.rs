//! The JSON Schema of the report, from the types that are serialised.

use schemars::Schema;
use schemars::generate::SchemaSettings;

use super::build::Report;

/// The schema (JSON Schema 2020-12) of [`Report`].
pub fn schema() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<Report<'static>>()
}
