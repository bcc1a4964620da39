//! Generated code does not depend on what is in scope around it, nor on what a user calls things.
//!
//! `hygiene/identifiers.txt` lists every identifier that the expansions of models with every word consist of, as a test of `mtl-macros`
//! finds them. Everything that a user can name is called by each of them here.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use mtl::prelude::*;

/// A module whose names shadow those of the prelude that generated code might use by mistake.
mod hostile {
    #![allow(dead_code, non_camel_case_types, reason = "only there to be in the way")]

    pub struct Result;
    pub struct Option;
    pub struct Vec;
    pub struct Box;
    pub struct String;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub trait Clone {}
    pub trait Copy {}
    pub trait Debug {}
    pub trait Default {}
    pub trait Iterator {}
    pub trait Layer {}
    pub trait Model {}
    pub trait Scalar {}
    pub trait Activation {}
    pub trait Loss {}
    pub mod core {}
    pub mod std {}
    pub mod mtl_core {}
    pub mod nalgebra {}
    pub const COLUMNS: usize = 3;
    pub const T: usize = 2;
    pub const S: usize = 2;

    ::mtl::multitask! {
        /// Heads with the names of things that generated code talks about.
        pub struct Hostile {
            input values: [COLUMNS];
            input column: class(T);
            let embedded = column -> Embedding(S);
            shared gradient = (values, embedded) -> Concat -> Dense(4, tanh) -> BatchNorm;
            head loss = gradient -> Dense(1) { loss: mse, metrics: [mae] }
            head weight = gradient -> Dense(2, softmax) { loss: categorical_cross_entropy, labels: partial, metrics: [accuracy] }
            head forward = gradient -> Dense(1, sigmoid) { loss: binary_cross_entropy, metrics: [auc] }
            head backward = gradient -> Dense(1) { loss: mae }
            head outputs = gradient -> Dense(1) { loss: mse }
            head inputs = gradient -> Dense(1) { loss: mse }
            head targets = gradient -> Dense(1) { loss: mse }
            head losses = gradient -> Dense(1) { loss: mse }
            head report = gradient -> Dense(1) { loss: mse }
            head self_ = gradient -> Dense(1) { loss: mse }
            head rng = gradient -> Dense(1) { loss: mse }
            head pass = gradient -> Dense(1) { loss: mse }
        }
    }
}

#[test]
fn hostile_surroundings() {
    let model = hostile::Hostile::<f32>::new(&mut rng());
    let outputs = model.predict(&hostile::HostileInputs { values: [0.1, 0.2, 0.3], column: 1 });
    assert!((outputs.weight.sum() - 1.0).abs() < 1e-6);
    assert!(outputs.rng.is_finite());
    assert_eq!(model.predict_loss(&hostile::HostileInputs { values: [0.1, 0.2, 0.3], column: 1 }), outputs.loss);
}

#[test]
fn inside_a_function_body() {
    const FEATURES: usize = 4;
    multitask! {
        struct Local {
            input x: [FEATURES];
            shared body = x -> Dense({ FEATURES * 2 }, relu);
            head a = body -> Dense(1) { loss: mse }
            head b = body -> Dense(1) { loss: mse }
        }
    }
    let model = Local::<f64>::new(&mut rng());
    assert!(model.predict(&LocalInputs { x: [1.0; FEATURES] }).a.is_finite());
    assert_eq!(model.body.dense1.kernel.shape(), (8, 4));
}

multitask! {
    /// Two models in one module.
    struct First {
        input x: [2];
        shared body = x -> Dense(3, relu);
        head a = body -> Dense(1) { loss: mse }
        head b = body -> Dense(1) { loss: mse }
    }
}

multitask! {
    struct Second<const FEATURES: usize, const N: usize = 3> {
        input x: [FEATURES];
        shared body = x -> Dense(N, relu);
        head a = body -> Dense(1) { loss: mse }
        head b = body -> Dense(N, softmax) { loss: categorical_cross_entropy }
    }
}

#[test]
fn two_models_in_one_module() {
    let first = First::<f32>::new(&mut rng());
    let second = Second::<2, 3, f32>::new(&mut rng());
    assert!(first.predict(&FirstInputs { x: [0.0; 2] }).a.is_finite());
    assert_eq!(second.predict(&SecondInputs { x: [0.0; 2] }).b.len(), 3);
}

fn rng() -> impl mtl::rand::Rng {
    <mtl::rand::rngs::Xoshiro256PlusPlus as mtl::rand::SeedableRng>::seed_from_u64(1)
}

const IDENTIFIERS: &str = include_str!("../hygiene/identifiers.txt");

/// Those that a declaration may use: the others are told to be kept for generated code.
fn free() -> Vec<&'static str> {
    IDENTIFIERS.lines().filter(|name| !name.starts_with("__")).collect()
}

/// `cargo check` of a program must have nothing to say.
fn compiles(name: &str, code: &str) -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hygiene").join(name);
    fs::create_dir_all(project.join("src"))?;
    let root = root.display().to_string();
    fs::write(
        project.join("Cargo.toml"),
        format!(
            "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nmtl-nn = {{ path = {root:?} }}\n\n[workspace]\n"
        ),
    )?;
    let _ = fs::copy(Path::new(&root).join("Cargo.lock"), project.join("Cargo.lock"));
    mtl::weights::save(&models::Zz::<2, f32>::new(&mut rng()), project.join("zz.safetensors"))?;
    mtl::weights::save(&models::Zzz::<f32>::new(&mut rng()), project.join("zzz.safetensors"))?;
    fs::write(project.join("src/lib.rs"), code)?;
    let check = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--offline", "--color", "never"])
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("check"))
        .current_dir(&project)
        .output()?;
    let said = String::from_utf8_lossy(&check.stderr);
    assert!(check.status.success(), "{name} does not compile; its code is in {}\n{said}", project.display());
    assert!(!said.contains("warning: "), "{name} gives warnings; its code is in {}\n{said}", project.display());
    Ok(())
}

/// What the names of users would be told themselves.
const ALLOW: &str = "#![allow(dead_code, unused_macros, unused_imports, non_camel_case_types, non_upper_case_globals, non_snake_case)]\n";

/// Models with every kind of statement and step, in eight bits, with a part: their own names are none of the list.
const MODELS: &str = include_str!("../hygiene/models.rs");

/// They are embedded.
const EMBEDDED: &str = "
    pub fn zz_embed() -> (Zzz, ZzHalf<2>) {
        (::mtl::embed!(Zzz, \"zzz.safetensors\"), ::mtl::embed!(Zz<2>, \"zz.safetensors\", heads = [zz_one]))
    }
";

/// What the second of the models has of its user.
const OWN: &str = include_str!("../hygiene/own.rs");

/// The models themselves, for their weight files.
#[allow(dead_code, reason = "nothing else of them is used")]
mod models {
    include!("../hygiene/own.rs");
    include!("../hygiene/models.rs");
}

/// A module with `declarations` and the models behind them.
fn module(name: &str, declarations: &str) -> String {
    format!("mod {name} {{ use super::zz;\n{declarations}\n{MODELS}{EMBEDDED}\n}}\n")
}

#[test]
fn what_is_in_scope_may_have_any_name_of_the_expansion() -> Result<(), Box<dyn Error>> {
    let each = |declaration: fn(&str) -> String| IDENTIFIERS.lines().map(declaration).collect::<String>();
    let constants = each(|name| format!("const {name}: ::core::primitive::usize = 1;\n"));
    let statics = each(|name| format!("static {name}: ::core::primitive::usize = 1;\n"));
    let functions = each(|name| format!("fn {name}() {{}}\n"));
    let units = each(|name| format!("struct {name};\n"));
    let variants = format!("use ZzEnum::*; enum ZzEnum {{ {} }}", each(|name| format!("{name},")));
    let types = each(|name| format!("type {name} = ();\n"));
    let modules = each(|name| format!("mod {name} {{}}\n"));
    let macros = each(|name| format!("macro_rules! {name} {{ () => {{ compile_error!(\"a macro of the user's\"); }} }}\n"));
    // Of every type, and by value, so that they come before what a type has by reference.
    let methods = each(|name| format!("trait {name} {{ fn {name}(self) where Self: ::core::marker::Sized {{}} }} impl<Zz> {name} for Zz {{}}\n"));
    let associated = each(|name| format!("trait Zz_{name} {{ const {name}: () = (); }} impl<Zz> Zz_{name} for Zz {{}}\n"));
    // Values, types and macros do not see each other.
    let code = [
        module("one", &[constants, types, macros].concat()),
        module("two", &[statics, methods, associated].concat()),
        module("three", &[functions, modules].concat()),
        module("four", &units),
        module("five", &variants),
    ];
    compiles("scope", &format!("{ALLOW}{OWN}{}", code.concat()))
}

#[test]
fn a_declaration_may_use_any_name_of_the_expansion() -> Result<(), Box<dyn Error>> {
    const AT_ONCE: usize = 30;
    // A name that begins with an underscore may be another's but for that, `_unused` and `Unused`, and then two heads are.
    let names: Vec<_> = free().into_iter().filter(|name| !name.starts_with('_')).collect();
    let mut code = ALLOW.to_owned();
    // What a type may be taken for: another type.
    let is_type = |name: &&&str| {
        name.starts_with(char::is_uppercase)
            || matches!(**name, "bool" | "f32" | "f64" | "str" | "u8" | "u32" | "u64" | "usize" | "core" | "mtl" | "layer")
    };
    for (number, name) in names.iter().filter(is_type).enumerate() {
        writeln!(
            code,
            "mod s{number} {{ ::mtl::multitask! {{ pub struct {name} {{ input zz_x: [2]; head zz_y = zz_x -> Dense(1) {{ loss: mse }} }} }} }}"
        )?;
    }
    for start in (0..names.len()).step_by(AT_ONCE) {
        let name = |place: usize| names[(start + place) % names.len()];
        let each = |statement: &dyn Fn([&str; 4]) -> String| {
            (0..AT_ONCE).map(|place| statement(std::array::from_fn(|role| name(place + role * AT_ONCE)))).collect::<String>()
        };
        let parameters = each(&|[parameter, ..]| format!("const {parameter}: usize,"));
        let inputs = each(&|[parameter, input, ..]| format!("input {input}: [{{ {parameter} }}];"));
        let blocks = each(&|[_, input, block, _]| format!("let {block} = {input} -> Dense(1);"));
        // `predict_batch` is a method of every model.
        let heads = each(&|[_, _, block, head]| format!("head {} = {block} -> tanh {{ loss: mse }}", if head == "batch" { "batches" } else { head }));
        let part = name(4 * AT_ONCE + 1);
        writeln!(
            code,
            "mod m{start} {{ ::mtl::multitask! {{ #[independent] pub struct Zz<{parameters}> {{ {inputs} {blocks} {heads} part {part} = [{}]; }} }} }}",
            name(3 * AT_ONCE)
        )?;
    }
    compiles("declaration", &code)
}

#[test]
fn a_constant_in_a_declaration_may_have_any_name_of_the_expansion() -> Result<(), Box<dyn Error>> {
    let names = free();
    let mut code = ALLOW.to_owned();
    for (number, names) in names.chunks(40).enumerate() {
        let constants = names.iter().map(|name| format!("pub const {name}: usize = 2;\n")).collect::<String>();
        let steps = names.iter().map(|name| format!("Dense({{ {name} }}) -> ")).collect::<String>();
        writeln!(
            code,
            "mod m{number} {{ {constants} ::mtl::multitask! {{ pub struct Zz {{
                input zz_x: [{{ {} }}];
                shared zz_body = zz_x -> {steps} tanh;
                head zz_one = zz_body -> Dense(1) {{ loss: mse }}
                head zz_two = zz_body -> Dense(2) {{ loss: mse }}
            }} }} }}",
            names[0]
        )?;
    }
    compiles("constant", &code)
}
