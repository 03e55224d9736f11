//! JSON schemas of the batch interface, generated from its types, for callers in other languages.

use schemars::{Schema, schema_for};

/// The schema of a policy.
#[must_use]
pub fn policy() -> String {
    written(&schema_for!(crate::policy::PolicyFields))
}

/// The schema of what `compute_days` takes.
#[must_use]
pub fn request() -> String {
    written(&crate::batch::request_schema())
}

/// The schema of what `compute_days` answers.
#[must_use]
pub fn answer() -> String {
    written(&crate::batch::answer_schema())
}

fn written(schema: &Schema) -> String {
    // A schema is JSON already; writing it cannot fail.
    let mut text = serde_json::to_string_pretty(schema.as_value()).unwrap_or_default();
    text.push('\n');
    text
}
