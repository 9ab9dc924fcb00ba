//! The JSON Schemas of what is printed as JSON, from the types that are serialised.

use schemars::Schema;
use schemars::generate::SchemaSettings;

use super::build::Report;
use super::ladder::Ladders;
use super::live::EventRow;

/// The schema (JSON Schema 2020-12) of [`Report`].
pub fn schema() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<Report<'static>>()
}

/// The schema (JSON Schema 2020-12) of [`EventRow`].
pub fn events() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<EventRow<'static>>()
}

/// The schema (JSON Schema 2020-12) of [`Ladders`].
pub fn ladders() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<Ladders>()
}
