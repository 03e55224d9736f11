//! Model and method names become parts of the URL path, so they are checked before anything is sent.

/// Why a model name cannot be used, if it cannot. Odoo itself allows `[a-z0-9_.]+`; empty parts are refused too,
/// because `..` would climb out of `/json/2/`.
pub(crate) fn model_fault(model: &str) -> Option<String> {
    let good = model.len() <= 128
        && model.split('.').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        });
    (!good).then(|| {
        format!(
            "{:?} is not the name of an Odoo model, such as \"hr.employee\"",
            cut(model)
        )
    })
}

/// Why a method name cannot be used, if it cannot: it must be a public Python identifier (Odoo refuses private ones).
pub(crate) fn method_fault(method: &str) -> Option<String> {
    let good = method.len() <= 128
        && method
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic())
        && method.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (!good).then(|| {
        format!(
            "{:?} is not the name of a public Odoo method, such as \"search_read\"",
            cut(method)
        )
    })
}

fn cut(name: &str) -> String {
    name.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_names_pass() {
        for model in [
            "hr.employee",
            "res.users",
            "x_studio_thing",
            "ir.model.data",
            "account_edi.format2",
        ] {
            assert_eq!(model_fault(model), None, "{model}");
        }
        for method in ["search_read", "ingest", "create", "action_2"] {
            assert_eq!(method_fault(method), None, "{method}");
        }
    }

    #[test]
    fn names_that_would_change_the_path_are_refused() {
        for model in [
            "",
            ".",
            "..",
            "a..b",
            "a/b",
            "../web",
            "a?b",
            "a#b",
            "a%2fb",
            "Hr.Employee",
            "a b",
            "hr.é",
            ".",
        ] {
            assert!(model_fault(model).is_some(), "{model:?}");
        }
        assert!(model_fault(&"a".repeat(129)).is_some());
        for method in [
            "", "_private", "__init__", "a.b", "a/b", "..", "2x", "a-b", "a?b=c", "a\r\nb",
        ] {
            assert!(method_fault(method).is_some(), "{method:?}");
        }
        assert!(method_fault(&"a".repeat(129)).is_some());
    }
}
