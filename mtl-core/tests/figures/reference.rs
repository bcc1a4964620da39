//! Figures from Keras in double precision, made by `tests/reference/generate.py` of the workspace.

use serde_json::Value;

/// The cases of one file.
pub struct Reference {
    cases: Vec<Value>,
}

/// One case: a few named arrays and numbers.
pub struct Case<'a>(&'a Value);

impl Reference {
    /// Loads `reference/{name}.json`.
    pub fn load(name: &str) -> Self {
        let path = format!("{}/tests/reference/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let file: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { cases: file["cases"].as_array().expect("a list of cases").clone() }
    }

    /// The case whose `key` is `name`.
    pub fn case(&self, key: &str, name: &str) -> Case<'_> {
        Case(self.cases.iter().find(|case| case[key] == name).unwrap_or_else(|| panic!("no case {name}")))
    }

    /// How many cases there are.
    pub fn len(&self) -> usize {
        self.cases.len()
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("an array").iter().map(|number| number.as_f64().expect("a number")).collect()
}

#[allow(dead_code, reason = "each test program needs some of them")]
impl Case<'_> {
    /// A number.
    pub fn number(&self, key: &str) -> f64 {
        self.0[key].as_f64().expect("a number")
    }

    /// An array of numbers.
    pub fn vector(&self, key: &str) -> Vec<f64> {
        numbers(&self.0[key])
    }

    /// An array of rows.
    pub fn rows<const N: usize>(&self, key: &str) -> Vec<[f64; N]> {
        self.0[key].as_array().expect("rows").iter().map(|row| numbers(row).try_into().expect("rows of this width")).collect()
    }
}

/// `value` is `expected` to `tolerance`: relative, or absolute where they are small (Keras itself loses relative accuracy there).
#[track_caller]
pub fn assert_close(value: f64, expected: f64, tolerance: f64, what: &str) {
    let error = (value - expected).abs();
    assert!(error <= tolerance * expected.abs().max(1e-5), "{what}: {value}, Keras has {expected}");
}
