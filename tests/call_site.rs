//! Mistakes where a model is used: rustc finds them by the generated types, and must name the user's types and numbers.
//!
//! rustc's wording changes from version to version, so only what matters of it is compared.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// A mistake, and what must stand in the error about it.
struct Case {
    code: &'static str,
    says: &'static [&'static str],
}

const MODELS: &str = "
mtl::multitask! {
    pub struct Patient {
        input record: [5];
        shared body = record -> Dense(8, relu);
        head visits = body -> Dense(1) { loss: mse }
        head health = body -> Dense(4, softmax) { loss: categorical_cross_entropy }
    }
}
mtl::multitask! {
    pub struct Picture {
        input image: [4, 4];
        head digit = image -> Flatten -> Dense(10, softmax) { loss: categorical_cross_entropy }
    }
}
#[derive(Clone, Copy, Default)]
pub struct Stranger;
fn is_sample<S: mtl::data::IntoSample<Patient>>(_: S) {}
fn is_model<M: mtl::Model>() {}
fn is_row<R: mtl::model::Record<f32>>() {}
";

const CASES: &[Case] = &[
    Case { code: "let _ = PatientInputs { record: [0.0f32; 4] };", says: &["an array with a size of 5, found one with a size of 4"] },
    Case { code: "let _ = PictureInputs { image: [[0.0f32; 3]; 4] };", says: &["an array with a size of 4, found one with a size of 3"] },
    Case { code: "let _ = PatientTargets { visits: 3usize, health: 1 };", says: &["found `usize`", "expected `Matrix<"] },
    Case { code: "let _ = PatientTargets { visits: [0.0f32].into(), health: 0.5 };", says: &["expected `usize`, found floating-point number"] },
    Case {
        code: "let _ = PatientTargets { visits: [0.0f32].into(), heath: 1 };",
        says: &["struct `PatientTargets<_>` has no field named `heath`", "a field with a similar name exists"],
    },
    Case {
        code: "fn f(model: &Patient, other: &PictureInputs) { let _ = model.predict(other); }",
        says: &["expected `&PatientInputs", "found `&PictureInputs"],
    },
    Case {
        code: "fn g(model: &Patient, own: &PatientInputs) { let _: PictureOutputs = model.predict(own); }",
        says: &["expected `PictureOutputs", "found `PatientOutputs"],
    },
    Case { code: "fn h(outputs: PatientOutputs) { let _ = outputs.visit; }", says: &["no field `visit` on type `PatientOutputs", "outputs.visits"] },
    Case { code: "is_sample(3);", says: &["is not a sample of the model `Patient", "a sample is `(inputs, targets)`"] },
    Case { code: "is_model::<Stranger>();", says: &["`Stranger` is not a model", "a model is a struct that `multitask!` declares"] },
    Case { code: "is_row::<Stranger>();", says: &["`Stranger` is not a row of inputs or targets", "such as `PatientInputs`"] },
];

/// Own layers and activations that are none: their errors stand at the step.
const OWN: &[Case] = &[
    Case {
        code: "mtl::multitask! { struct A { input x: [4]; head y = x -> Dense(2, crate::Stranger) { loss: mse } } }",
        says: &["`Stranger: Activation`"],
    },
    Case {
        code: "mtl::multitask! { struct B { input x: [4]; head y = x -> Dense(2) { loss: crate::Stranger } } }",
        says: &["`Stranger` is not a loss of 2 outputs"],
    },
];

#[test]
fn errors_where_a_model_is_used_name_the_types_of_the_user() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = Path::new(env!("CARGO_TARGET_TMPDIR")).join("call_site");
    fs::create_dir_all(project.join("src"))?;
    fs::write(
        project.join("Cargo.toml"),
        format!(
            "[package]\nname = \"call-site\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nmtl-nn = {{ path = {:?} }}\n\n[workspace]\n",
            root.display().to_string()
        ),
    )?;
    let _ = fs::copy(root.join("Cargo.lock"), project.join("Cargo.lock"));
    let mut missing = Vec::new();
    // Errors in types keep rustc from looking for those in the other part.
    for (name, cases, in_function) in [("used", CASES, true), ("own", OWN, false)] {
        let code = cases.iter().map(|case| case.code).collect::<Vec<_>>().join("\n");
        let code = if in_function { format!("{MODELS}\nfn main() {{\n{code}\n}}\n") } else { format!("{MODELS}\n{code}\nfn main() {{}}\n") };
        fs::write(project.join("src/main.rs"), code)?;
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let check = Command::new(cargo)
            .args(["check", "--offline", "--color", "never"])
            .env("CARGO_TARGET_DIR", project.join("target"))
            .current_dir(&project)
            .output()?;
        let said = String::from_utf8_lossy(&check.stderr).into_owned();
        assert!(!check.status.success(), "{name}: the mistakes compile");
        for case in cases {
            missing.extend(case.says.iter().filter(|part| !said.contains(**part)).map(|part| format!("{}: `{part}` is not said", case.code)));
        }
        assert!(missing.is_empty(), "{}\n\n{said}", missing.join("\n"));
    }
    Ok(())
}
