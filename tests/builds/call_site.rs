//! Mistakes where a model is used, and in types of the user's own: rustc finds them by the generated types, and must name the user's
//! types and numbers.

mod cases;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use cases::{Case, MODELS, OWN, OWN_TYPES, USED};

/// What `cargo check` says of a program with mistakes.
fn check(name: &str, code: &str) -> Result<String, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("call_site").join(name);
    fs::create_dir_all(project.join("src"))?;
    fs::write(
        project.join("Cargo.toml"),
        format!(
            "[package]\nname = \"call-site\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nmtl-nn = {{ path = {:?} }}\n\n[workspace]\n",
            root.display().to_string()
        ),
    )?;
    let _ = fs::copy(root.join("Cargo.lock"), project.join("Cargo.lock"));
    fs::write(project.join("src/main.rs"), code)?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let check = Command::new(cargo)
        .args(["check", "--offline", "--color", "never"])
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("check"))
        .current_dir(&project)
        .output()?;
    assert!(!check.status.success(), "{name}: the mistakes compile");
    Ok(String::from_utf8_lossy(&check.stderr).into_owned())
}

fn codes(cases: &[Case]) -> String {
    cases.iter().map(|case| case.code).collect::<Vec<_>>().join("\n")
}

/// What should be said and is not. `..` in a case stands for what differs from version to version.
fn missing(cases: &[Case], said: &str) -> Vec<String> {
    let parts = cases.iter().flat_map(|case| case.says.iter().map(move |part| (case.title, part.trim_end_matches(".."))));
    parts.filter(|(_, part)| !said.contains(part)).map(|(title, part)| format!("{title}: `{part}` is not said")).collect()
}

#[test]
fn errors_where_a_model_is_used_name_the_types_of_the_user() -> Result<(), Box<dyn Error>> {
    let said = check("used", &format!("{MODELS}\nfn main() {{\n{}\n}}\n", codes(USED)))?;
    let missing = missing(USED, &said);
    assert!(missing.is_empty(), "{}\n\n{said}", missing.join("\n"));
    Ok(())
}

#[test]
fn a_type_of_the_users_own_that_lacks_a_trait_is_one_error_at_its_path() -> Result<(), Box<dyn Error>> {
    let code = format!("{OWN_TYPES}\n{}\nfn main() {{}}\n", codes(OWN));
    let said = check("own", &code)?;
    let missing = missing(OWN, &said);
    assert!(missing.is_empty(), "{}\n\n{said}", missing.join("\n"));
    // The line and column of every error.
    let errors: Vec<&str> = said.split("\nerror[").skip(1).chain(said.strip_prefix("error[")).collect();
    let place = |error: &str| -> Option<(usize, usize)> {
        let (line, rest) = error.split("--> src/main.rs:").nth(1)?.split_once(':')?;
        Some((line.parse().ok()?, rest.split_whitespace().next()?.parse().ok()?))
    };
    let mut places: Vec<_> = errors.iter().filter_map(|error| place(error)).collect();
    places.sort_unstable();
    let mut expected = Vec::new();
    for case in OWN {
        let line = code.lines().position(|line| line == case.code).ok_or("a case is a line")? + 1;
        expected.push((line, case.code.find("crate::").ok_or("a case names a path")? + 1));
    }
    let at_their_paths =
        places.iter().zip(&expected).all(|(place, expected)| place.0 == expected.0 && (expected.1..expected.1 + 20).contains(&place.1));
    assert!(places.len() == expected.len() && at_their_paths, "errors at {places:?}, mistakes at {expected:?}\n\n{said}");
    Ok(())
}
