//! The vectors of op `bank`: `given` in, `expect` out.

use serde_json::{Value, json};

/// Plays the vector and answers in the shape of its `expect`: the ledger, the balance and the three totals that vectors name.
pub(crate) fn bank(given: &Value) -> Result<Value, String> {
    let mut item = given.clone();
    let fields = item.as_object_mut().ok_or("given is an object")?;
    fields.insert("key".to_owned(), json!("vector"));
    let request = serde_json::to_vec(&json!({"items": [item]})).map_err(|e| e.to_string())?;
    let answer = punchclock_rules::bank::compute_bank(&request).map_err(|e| e.to_string())?;
    let answer: Value = serde_json::from_slice(&answer).map_err(|e| e.to_string())?;
    let item = answer.pointer("/items/0").ok_or("the answer has an item")?;
    let mut ledger = item.get("ledger").cloned().unwrap_or_default();
    for line in ledger.as_array_mut().into_iter().flatten() {
        // Which cap bound is ours to say; vectors do not ask.
        line.as_object_mut().map(|line| line.remove("limit"));
    }
    let total = |name: &str| {
        item.pointer(&format!("/totals/{name}"))
            .cloned()
            .unwrap_or_default()
    };
    Ok(json!({
        "ledger": ledger,
        "balance_s": item.get("balance_s"),
        "totals": {
            "credited_s": total("credited_s"),
            "used_s": total("used_s"),
            "forfeited_s": total("forfeited_s"),
        },
    }))
}
