//! Python binding of `punchclock-rules`: bytes in, bytes out. No rule lives here.

use chrono::NaiveDateTime;
use punchclock_rules::{Error, FaultKind, Local, ZoneTable};
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

create_exception!(
    punchclock_rules,
    PunchclockRulesError,
    PyValueError,
    "The input was refused. `faults` lists every fault found: dicts of item, field, code, message."
);

/// What the engine offers as bytes in, bytes out.
type Compute = fn(&[u8]) -> Result<Vec<u8>, Error>;

/// Computes the days of a batch. `request` is JSON as bytes or text; the answer is JSON as bytes. Other Python threads run meanwhile.
#[pyfunction]
fn compute_days<'py>(py: Python<'py>, request: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    compute(py, request, punchclock_rules::compute_days)
}

/// Plays accounts of the bank of compensatory time; as `compute_days`, JSON in and JSON out.
#[pyfunction]
fn compute_bank<'py>(py: Python<'py>, request: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    compute(py, request, punchclock_rules::bank::compute_bank)
}

fn compute<'py>(
    py: Python<'py>,
    request: &Bound<'py, PyAny>,
    engine: Compute,
) -> PyResult<Bound<'py, PyBytes>> {
    // Copied, because the bytes must not belong to Python while the interpreter is released.
    let bytes: Vec<u8> = match request.cast::<PyBytes>() {
        Ok(bytes) => bytes.as_bytes().to_vec(),
        Err(_) => request.extract::<String>()?.into_bytes(),
    };
    let answer = py.detach(|| engine(&bytes)).map_err(|e| refused(py, &e))?;
    Ok(PyBytes::new(py, &answer))
}

/// What local times of a zone mean: for each a dict of local, kind (unique, gap or fold), at, earlier, later and transition (unix seconds).
/// `at` is what a single punch is taken for: the first of a fold, the offset before a gap.
#[pyfunction]
#[expect(
    clippy::needless_pass_by_value,
    reason = "a Python list can only be taken by value"
)]
fn resolve<'py>(py: Python<'py>, zone: &str, locals: Vec<String>) -> PyResult<Bound<'py, PyList>> {
    let table = ZoneTable::bundled(zone).map_err(|e| refused(py, &e))?;
    let answers = PyList::empty(py);
    for (index, text) in locals.iter().enumerate() {
        let local: Option<NaiveDateTime> = text.parse().ok();
        let Some(found) = local.and_then(|local| table.resolve(local)) else {
            let field = format!("locals[{index}]");
            let message = format!("{text:?} is not a time YYYY-MM-DDTHH:MM:SS from 1970 to 2099");
            let fault = (
                None,
                field.as_str(),
                FaultKind::OutOfRange.as_str(),
                message.as_str(),
            );
            return Err(raise(py, &message, &[fault]));
        };
        let (kind, earlier, later, transition) = match found {
            Local::Unique(at) => ("unique", at, at, None),
            Local::Gap {
                earlier,
                later,
                transition,
            } => ("gap", earlier, later, Some(transition)),
            Local::Fold { earlier, later } => ("fold", earlier, later, None),
        };
        let answer = PyDict::new(py);
        answer.set_item("local", text)?;
        answer.set_item("kind", kind)?;
        answer.set_item("at", found.as_punch())?;
        answer.set_item("earlier", earlier)?;
        answer.set_item("later", later)?;
        answer.set_item("transition", transition)?;
        answers.append(answer)?;
    }
    Ok(answers)
}

/// Names of the policies that are shipped.
#[pyfunction]
fn presets() -> Vec<&'static str> {
    punchclock_rules::PRESETS.to_vec()
}

/// A shipped policy as JSON, to start from; its notes say its sources.
#[pyfunction]
fn preset<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyBytes>> {
    match punchclock_rules::preset_json(name) {
        Some(json) => Ok(PyBytes::new(py, &json)),
        None => {
            let message = format!("no policy {name:?} is shipped");
            let fault = (None, "name", FaultKind::OutOfRange.as_str(), message.as_str());
            Err(raise(py, &message, &[fault]))
        }
    }
}

/// Release of the zone data inside the wheel, such as `2026e`.
#[pyfunction]
fn tzdb_version() -> &'static str {
    punchclock_rules::bundled_tzdb_version()
}

/// Names of all zones known, sorted.
#[pyfunction]
fn zones() -> Vec<&'static str> {
    punchclock_rules::bundled_zone_names()
}

/// The faults as the Python exception.
fn refused(py: Python<'_>, error: &Error) -> PyErr {
    let faults: Vec<Row<'_>> = error
        .faults()
        .iter()
        .map(|f| {
            (
                f.item.as_deref(),
                f.field.as_str(),
                f.kind.as_str(),
                f.message.as_str(),
            )
        })
        .collect();
    raise(py, &error.to_string(), &faults)
}

/// Item, field, code and message of a fault.
type Row<'a> = (Option<&'a str>, &'a str, &'a str, &'a str);

fn raise(py: Python<'_>, message: &str, faults: &[Row<'_>]) -> PyErr {
    let error = PunchclockRulesError::new_err(message.to_owned());
    let attach = || -> PyResult<()> {
        let list = PyList::empty(py);
        for (item, field, code, message) in faults {
            let fault = PyDict::new(py);
            fault.set_item("item", item)?;
            fault.set_item("field", field)?;
            fault.set_item("code", code)?;
            fault.set_item("message", message)?;
            list.append(fault)?;
        }
        error.value(py).setattr("faults", list)
    };
    match attach() {
        Ok(()) => error,
        Err(unexpected) => unexpected,
    }
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", punchclock_rules::VERSION)?;
    module.add(
        "PunchclockRulesError",
        module.py().get_type::<PunchclockRulesError>(),
    )?;
    module.add_function(wrap_pyfunction!(compute_days, module)?)?;
    module.add_function(wrap_pyfunction!(compute_bank, module)?)?;
    module.add_function(wrap_pyfunction!(preset, module)?)?;
    module.add_function(wrap_pyfunction!(presets, module)?)?;
    module.add_function(wrap_pyfunction!(resolve, module)?)?;
    module.add_function(wrap_pyfunction!(tzdb_version, module)?)?;
    module.add_function(wrap_pyfunction!(zones, module)?)?;
    Ok(())
}
